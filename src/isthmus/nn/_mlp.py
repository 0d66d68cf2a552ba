"""Multilayer perceptrons, and the autoencoder made of two of them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Self

import torch
from torch import Tensor, nn

from ._activations import activate_, make_activation
from ._affine import Affine, linear, steady
from ._encoder_decoder import EncoderDecoder
from ._pass import Evaluate, Layers

__all__ = ["MLP", "MLPAutoencoder", "MLPPair"]


class MLP(nn.Sequential):
    """Linear layers with an activation after each.

    Weights and biases are drawn uniformly from ``+-1 / sqrt(fan_in)``, torch's own default for a
    linear layer, but from an explicit generator. While it trains, the whole stack is one node for
    autograd, which can be differentiated once.

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
    """

    is_static = True

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
    def of(cls, linears: Sequence[Affine], names: Sequence[str]) -> MLP:
        """Make one of layers that are there, which it shares with others.

        Parameters
        ----------
        linears : sequence of torch.nn.Linear or TiedLinear
            From input to output.
        names : sequence of str
            The activation after each.

        Returns
        -------
        MLP
        """
        new = cls.__new__(cls)
        new._fill(list(linears), list(names))
        return new

    def _fill(self, linears: list[Affine], names: list[str]) -> None:
        super().__init__()
        for layer, name in zip(linears, names, strict=True):
            self.append(layer)
            if name != "identity":
                self.append(make_activation(name))
        self._layers = Layers(linears, names)

    def layers(self) -> list[tuple[Affine, str]]:
        """Return the linear layers, and the activation after each."""
        return self._layers.pairs()

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(n, dims[0])`` to ``(n, dims[-1])``.

        Parameters
        ----------
        x : Tensor of shape (n, dims[0])
            Any rows.

        Returns
        -------
        Tensor of shape (n, dims[-1])
        """
        if torch.is_grad_enabled():
            return self._layers.through(x)
        for layer in self:
            x = steady(layer, x) if isinstance(layer, Affine) else activate_(layer, x)
        return x

    def train(self, mode: bool = True) -> MLP:
        """Switch to training or back; only while it trains are buffers kept between steps.

        The output of a forward pass is one of them: once it has been differentiated, the next
        pass may overwrite it.

        Parameters
        ----------
        mode : bool, default=True
            Whether to train.

        Returns
        -------
        MLP
            Itself.
        """
        self._layers.keeps_buffers(mode)
        return super().train(mode)


class MLPPair(EncoderDecoder):
    """Two perceptrons as encoder and decoder; while they train, one node for autograd at most.

    Parameters
    ----------
    encoder, decoder : MLP
        From rows to codes, and back.
    """

    encoder: MLP
    decoder: MLP
    is_static = True

    def __init__(self, encoder: MLP, decoder: MLP) -> None:
        super().__init__(encoder, decoder)
        self._layers = encoder._layers + decoder._layers

    def layers(self) -> list[tuple[Affine, str]]:
        """Return the linear layers from rows to rows, and the activation after each."""
        return self._layers.pairs()

    def start_from_zero(self) -> None:
        """Let the first reconstructions be zeros, whatever the code.

        Rows that are mostly zero are then matched about as well as by their mean from the start;
        random weights would have to be unlearned first, output by output. A tied weight stays, and
        so does a last layer whose activation has no 0 at 0.
        """
        last, name = self.layers()[-1]
        if name == "identity" and isinstance(last, nn.Linear):
            with torch.no_grad():
                last.weight.zero_()
                last.bias.zero_()

    def differentiate(self, x: Tensor, evaluate: Evaluate) -> Tensor:
        """Write the gradients of a loss of the reconstructions to the parameters, by itself.

        What the parameters' gradients were before is overwritten.

        Parameters
        ----------
        x : Tensor of shape (n, n_features)
            Scaled rows.
        evaluate : callable
            Of the reconstructions and a matrix of their shape: returns the loss and a factor, and
            leaves in the matrix what times the factor is the loss's gradient.

        Returns
        -------
        Tensor of shape ()
            The loss; nothing is left to differentiate.
        """
        return self._layers.differentiate(x, evaluate)

    def train(self, mode: bool = True) -> Self:
        """Switch to training or back; see ``MLP.train``.

        Parameters
        ----------
        mode : bool, default=True
            Whether to train.

        Returns
        -------
        MLPPair
            Itself.
        """
        self._layers.keeps_buffers(mode)
        return super().train(mode)

    def forward(self, x: Tensor) -> Tensor:
        """Reconstruct rows.

        Parameters
        ----------
        x : Tensor of shape (n, n_features)
            Scaled rows.

        Returns
        -------
        Tensor of shape (n, n_features)
        """
        return self._layers.through(x) if torch.is_grad_enabled() else super().forward(x)


class MLPAutoencoder(MLPPair):
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
        encoder = MLP(
            dims, activation=activation, final_activation=latent_activation, generator=generator
        )
        decoder = MLP(
            dims[::-1],
            activation=activation,
            final_activation=output_activation,
            generator=generator,
        )
        super().__init__(encoder, decoder)
