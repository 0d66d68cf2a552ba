"""Networks whose layers can be trained one by one."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from ._affine import Affine, TiedLinear, linear
from ._mlp import MLP, MLPPair

__all__ = ["StackedNetwork"]


class StackedNetwork(MLPPair):
    """Stack of autoencoders with one hidden layer each.

    Unrolled: all encoders in order, then all decoders in reverse order. As a chain: each encoder
    is followed by its own decoder, and the next autoencoder takes the reconstruction.

    Parameters
    ----------
    n_features : int
        Number of features of a row.
    layer_dims : sequence of int
        Widths of the hidden layers, from the first.
    activations : sequence of str
        Activation after each of them.
    output_activation : str, default="identity"
        Activation of reconstructed rows; a reconstructed layer has that layer's activation.
    tied : bool, default=False
        Whether each decoder's weight is its encoder's, transposed.
    is_chain : bool, default=False
        Whether each autoencoder takes the previous one's reconstruction instead of its code.
    fills_missing : bool, default=False
        Whether missing values (NaN) of rows are replaced by 0.
    output : torch.nn.Module, default=None
        Applied to reconstructed rows after their activation, for example a ``CellOutput``; not for
        a chain.
    generator : torch.Generator, default=None
        Draws the initial weights; None leaves them uninitialised.
    """

    def __init__(
        self,
        n_features: int,
        layer_dims: Sequence[int],
        activations: Sequence[str],
        *,
        output_activation: str = "identity",
        tied: bool = False,
        is_chain: bool = False,
        fills_missing: bool = False,
        output: nn.Module | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        below = [n_features, *([n_features] * len(layer_dims) if is_chain else layer_dims)]
        encoders: list[nn.Linear] = []
        decoders: list[Affine] = []
        for width, dim in zip(below, layer_dims, strict=False):
            encoders.append(linear(width, dim, generator))
            decoders.append(
                TiedLinear(encoders[-1], generator) if tied else linear(dim, width, generator)
            )
        outputs = [output_activation, *activations[:-1]]
        if is_chain:
            outputs = [output_activation] * len(layer_dims)
        up = [
            MLP.of([encoder], [name], fills_missing=fills_missing and encoder is encoders[0])
            for encoder, name in zip(encoders, activations, strict=True)
        ]
        down = [
            MLP.of([decoder], [name], output=output if decoder is decoders[0] else None)
            for decoder, name in zip(decoders, outputs, strict=True)
        ]
        if is_chain:
            path = [part for pair in zip(up, down, strict=True) for part in pair]
            super().__init__(_joined(path[:-1]), path[-1])
            self._levels = [_joined(path[: 2 * k + 1]) for k in range(len(layer_dims))]
        else:
            super().__init__(_joined(up), _joined(down[::-1], output))
            self._levels = [_joined(up[: k + 1]) for k in range(len(layer_dims))]
        self._stages = [MLPPair(*pair) for pair in zip(up, down, strict=True)]
        self._is_chain = is_chain

    def stage(self, k: int) -> MLPPair:
        """Return one of the autoencoders; it shares the weights of the network.

        Parameters
        ----------
        k : int
            Index, from 0.

        Returns
        -------
        MLPPair
        """
        return self._stages[k]

    def above(self, k: int) -> MLP | MLPPair:
        """Return the map from the input of one autoencoder to the input of the next.

        Parameters
        ----------
        k : int
            Index, from 0.

        Returns
        -------
        MLP or MLPPair
            The encoder; in a chain the whole autoencoder.
        """
        stage = self._stages[k]
        return stage if self._is_chain else stage.encoder

    def level(self, k: int) -> MLP:
        """Return the map from rows to the features of a hidden layer.

        Parameters
        ----------
        k : int
            Index of the layer, from 0.

        Returns
        -------
        MLP
            From ``(n, n_features)`` to ``(n, layer_dims[k])``.
        """
        return self._levels[k]

    def copy_untied(self, tied: StackedNetwork) -> None:
        """Copy the weights of a tied network of the same shapes.

        Parameters
        ----------
        tied : StackedNetwork
            Not changed.
        """
        with torch.no_grad():
            for (own, _), (other, _) in zip(self.layers(), tied.layers(), strict=True):
                own.weight.copy_(other.weight)
                own.bias.copy_(other.bias)


def _joined(parts: Sequence[MLP], output: nn.Module | None = None) -> MLP:
    layers = [(layer, name) for part in parts for layer, name in part.layers()]
    linears, names = [layer for layer, _ in layers], [name for _, name in layers]
    return MLP.of(linears, names, fills_missing=parts[0].fills_missing, output=output)
