"""Multilayer perceptrons, and the autoencoder made of two of them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from ._activations import make_activation
from ._encoder_decoder import EncoderDecoder

__all__ = ["MLPAutoencoder", "mlp"]


def mlp(
    dims: Sequence[int],
    *,
    activation: str = "relu",
    final_activation: str = "identity",
    generator: torch.Generator | None = None,
) -> nn.Sequential:
    """Build linear layers with an activation after each.

    Weights and biases are drawn uniformly from ``+-1 / sqrt(fan_in)``, torch's own default for a
    linear layer, but from an explicit generator.

    Parameters
    ----------
    dims : sequence of int
        Widths from input to output, at least two.
    activation : str, default="relu"
        After every layer but the last.
    final_activation : str, default="identity"
        After the last layer.
    generator : torch.Generator, default=None
        On the CPU; None leaves the weights as allocated, for a caller that fills them.

    Returns
    -------
    torch.nn.Sequential
        Maps ``(n, dims[0])`` to ``(n, dims[-1])``.
    """
    layers: list[nn.Module] = []
    last = len(dims) - 2
    for k, (fan_in, fan_out) in enumerate(itertools.pairwise(dims)):
        layers.append(_linear(fan_in, fan_out, generator))
        name = final_activation if k == last else activation
        if name != "identity":
            layers.append(make_activation(name))
    return nn.Sequential(*layers)


_NARROW = 16


class _Linear(nn.Linear):
    """A linear layer whose outputs without gradients do not depend on a row's place.

    For up to 11 outputs the matrix product's kernel rounds by a row's alignment and position, so
    that a row's code would depend on the rows beside it. With 16 outputs it does not.
    """

    def forward(self, x: Tensor) -> Tensor:
        missing = _NARROW - self.out_features
        if missing <= 0 or torch.is_grad_enabled():
            return super().forward(x)
        weight = functional.pad(self.weight, (0, 0, 0, missing))
        bias = functional.pad(self.bias, (0, missing))
        return functional.linear(x, weight, bias)[:, : self.out_features]


def _linear(fan_in: int, fan_out: int, generator: torch.Generator | None) -> nn.Linear:
    # skip_init: the usual constructor would draw from torch's global generator.
    layer: nn.Linear = nn.utils.skip_init(_Linear, fan_in, fan_out)
    bound = 1 / math.sqrt(fan_in)
    if generator is not None:
        with torch.no_grad():
            layer.weight.uniform_(-bound, bound, generator=generator)
            layer.bias.uniform_(-bound, bound, generator=generator)
    return layer


class MLPAutoencoder(EncoderDecoder):
    """A fully connected encoder and its mirrored decoder.

    Parameters
    ----------
    n_features : int
        Width of a row.
    latent_dim : int
        Width of a code.
    hidden_dims : sequence of int, default=(128, 64)
        Widths between the row and the code, outermost first; the decoder mirrors them.
    activation : str, default="relu"
        After every hidden layer.
    latent_activation : str, default="identity"
        On the code.
    output_activation : str, default="identity"
        On the reconstruction.
    generator : torch.Generator, default=None
        Draws the initial weights; None leaves them as allocated.
    """

    def __init__(
        self,
        n_features: int,
        latent_dim: int,
        hidden_dims: Sequence[int] = (128, 64),
        *,
        activation: str = "relu",
        latent_activation: str = "identity",
        output_activation: str = "identity",
        generator: torch.Generator | None = None,
    ) -> None:
        dims = (n_features, *hidden_dims, latent_dim)
        encoder = mlp(
            dims, activation=activation, final_activation=latent_activation, generator=generator
        )
        decoder = mlp(
            dims[::-1],
            activation=activation,
            final_activation=output_activation,
            generator=generator,
        )
        super().__init__(encoder, decoder)
