"""Linear layers: with weights of their own, and with another's."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["Affine", "TiedLinear", "linear", "steady"]

_NARROW = 16


def linear(fan_in: int, fan_out: int, generator: torch.Generator | None) -> nn.Linear:
    """Return a linear layer with weights drawn as ``MLP`` has it.

    Parameters
    ----------
    fan_in, fan_out : int
        Its widths.
    generator : torch.Generator or None
        On the CPU; None leaves the weights as allocated.

    Returns
    -------
    torch.nn.Linear
    """
    layer: nn.Linear = _Blank(fan_in, fan_out)
    layer.__class__ = nn.Linear  # prints, pickles and compares as any other
    bound = 1 / math.sqrt(fan_in)
    if generator is not None:
        with torch.no_grad():
            layer.weight.uniform_(-bound, bound, generator=generator)
            layer.bias.uniform_(-bound, bound, generator=generator)
    return layer


class _Blank(nn.Linear):
    """A linear layer with its weights as allocated.

    The usual constructor draws from torch's global generator, and ``torch.nn.utils.skip_init``
    imports so much that every process would start a second later.
    """

    def reset_parameters(self) -> None:
        """Leave them."""


class TiedLinear(nn.Module):
    """A linear layer whose weight is another's, transposed: one tensor for both.

    Parameters
    ----------
    source : torch.nn.Linear
        The other; it keeps the weight.
    generator : torch.Generator or None
        Draws the bias, as that of a layer of its own; None leaves it as allocated.
    """

    def __init__(self, source: nn.Linear, generator: torch.Generator | None) -> None:
        super().__init__()
        self._source = (source,)  # not a part of this module: its weight is saved once
        self.bias = linear(source.out_features, source.in_features, generator).bias
        self.out_features = source.in_features

    @property
    def tied(self) -> nn.Parameter:
        """The shared weight, as the other layer has it."""
        weight: nn.Parameter = self._source[0].weight  # type: ignore[assignment]
        return weight

    @property
    def weight(self) -> Tensor:
        """The weight, as a view."""
        return self.tied.t()

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(n, in_features)`` to ``(n, out_features)``.

        Parameters
        ----------
        x : Tensor of shape (n, in_features)
            Any rows.

        Returns
        -------
        Tensor of shape (n, out_features)
        """
        return functional.linear(x, self.weight, self.bias)


Affine = nn.Linear | TiedLinear


def steady(layer: Affine, x: Tensor) -> Tensor:
    """Apply a linear layer so that a row's output does not depend on the row's place.

    For up to 11 outputs the matrix product's kernel rounds by a row's alignment and position; for
    16 it does not.
    """
    missing = _NARROW - layer.out_features
    if missing <= 0:
        return functional.linear(x, layer.weight, layer.bias)
    weight = functional.pad(layer.weight, (0, 0, 0, missing))
    bias = functional.pad(layer.bias, (0, missing))
    return functional.linear(x, weight, bias)[:, : layer.out_features]
