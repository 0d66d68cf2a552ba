"""Multilayer perceptrons, and autoencoders of two of them."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from typing import TypeVar

import torch
from torch import Tensor, nn

from ._activations import make_activation
from ._affine import Affine, TiedLinear, linear, steady
from ._encoder_decoder import EncoderDecoder

__all__ = ["MLP", "MLPAutoencoder", "MLPPair", "mirrored"]

_Part = TypeVar("_Part", bound=nn.Module)


class MLP(nn.Sequential):
    """Multilayer perceptron: linear layers, each with an activation.

    Weights and biases are uniform in ``+-1 / sqrt(fan_in)``, as in torch, but drawn from an
    explicit generator. Without gradients, the output for a row does not depend on the position of
    the row: see ``isthmus.nn.steady``.

    Parameters
    ----------
    dims : sequence of int
        Widths from input to output, at least two.
    activation : str, default="relu"
        Activation after every layer except the last.
    final_activation : str, default="identity"
        Activation after the last layer.
    generator : torch.Generator, default=None
        On the CPU; None leaves the weights uninitialised.
    """

    is_static = True
    fills_missing = False

    def __init__(
        self,
        dims: Sequence[int],
        *,
        activation: str = "relu",
        final_activation: str = "identity",
        generator: torch.Generator | None = None,
    ) -> None:
        names = [activation] * (len(dims) - 2) + [final_activation]
        self._fill([linear(*pair, generator) for pair in itertools.pairwise(dims)], names)

    @classmethod
    def of(
        cls,
        linears: Sequence[Affine],
        names: Sequence[str],
        *,
        fills_missing: bool = False,
        output: nn.Module | None = None,
    ) -> MLP:
        """Build a perceptron from existing layers, which are shared, not copied.

        Parameters
        ----------
        linears : sequence of torch.nn.Linear or TiedLinear
            From input to output.
        names : sequence of str
            Activation after each layer.
        fills_missing : bool, default=False
            Whether missing values (NaN) of its input are replaced by 0.
        output : torch.nn.Module, default=None
            Applied last; not among ``layers()``.

        Returns
        -------
        MLP
        """
        new = cls.__new__(cls)
        new._fill(list(linears), list(names))
        new.fills_missing = fills_missing
        if output is not None:
            new.append(output)
        return new

    def _fill(self, linears: list[Affine], names: list[str]) -> None:
        super().__init__()
        for layer, name in zip(linears, names, strict=True):
            self.append(layer)
            if name != "identity":
                self.append(make_activation(name))
        self._names = names

    def layers(self) -> list[tuple[Affine, str]]:
        """Return the linear layers, and the name of the activation after each."""
        linears = [layer for layer in self if isinstance(layer, nn.Linear | TiedLinear)]
        return list(zip(linears, self._names, strict=True))

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(n, dims[0])`` to ``(n, dims[-1])``.

        Parameters
        ----------
        x : Tensor of shape (n, dims[0])
            Rows.

        Returns
        -------
        Tensor of shape (n, dims[-1])
        """
        if self.fills_missing:
            x = x.nan_to_num(0.0)
        for layer in self:
            if isinstance(layer, Affine) and not torch.is_grad_enabled():
                x = steady(layer, x)
            else:
                x = layer(x)
        return x


class MLPPair(EncoderDecoder):
    """Two perceptrons as encoder and decoder.

    Parameters
    ----------
    encoder, decoder : MLP
        From rows to codes, and from codes to rows.
    """

    encoder: MLP
    decoder: MLP
    is_static = True

    def __init__(self, encoder: MLP, decoder: MLP) -> None:
        super().__init__(encoder, decoder)

    def layers(self) -> list[tuple[Affine, str]]:
        """Return the linear layers from rows to reconstructions, and the activation after each."""
        return [*self.encoder.layers(), *self.decoder.layers()]

    def start_from_zero(self) -> None:
        """Set the last layer to zero, so that the first reconstructions are zeros.

        Rows that are mostly zero are then reconstructed about as well as by their mean from the
        start; random weights would have to be unlearned first, output by output. Tied weights and a
        last layer with an activation are not changed.
        """
        last, name = self.layers()[-1]
        if name == "identity" and isinstance(last, nn.Linear):
            with torch.no_grad():
                last.weight.zero_()
                last.bias.zero_()


class MLPAutoencoder(MLPPair):
    """Fully connected encoder with a mirrored decoder.

    Parameters
    ----------
    n_features : int
        Number of features of a row.
    latent_dim : int
        Code size.
    hidden_dims : sequence of int, default=(128, 64)
        Widths between the row and the code, outermost first; the decoder mirrors them.
    activation : str, default="relu"
        Activation after every hidden layer.
    latent_activation : str, default="identity"
        Activation of the code.
    output_activation : str, default="identity"
        Activation of the reconstruction.
    generator : torch.Generator, default=None
        Draws the initial weights; None leaves them uninitialised.
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
        part = functools.partial(MLP, activation=activation, generator=generator)
        dims = (n_features, *hidden_dims, latent_dim)
        super().__init__(*mirrored(part, dims, latent_activation, output_activation))


def mirrored(
    part: Callable[..., _Part],
    dims: Sequence[int],
    latent_activation: str,
    output_activation: str,
) -> tuple[_Part, _Part]:
    """Return an encoder and a decoder with mirrored widths.

    Parameters
    ----------
    part : callable
        Class of both, such as ``MLP``, called with widths and ``final_activation``.
    dims : sequence of int
        Widths from rows to codes.
    latent_activation, output_activation : str
        Activation of the code, and of the reconstruction.

    Returns
    -------
    tuple of two torch.nn.Module
        The encoder, whose initial weights are drawn first, and the decoder.
    """
    encoder = part(dims, final_activation=latent_activation)
    return encoder, part(dims[::-1], final_activation=output_activation)
