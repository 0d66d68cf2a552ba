"""Piecewise linear curves of columns as a module."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

__all__ = ["Interpolation"]


class Interpolation(nn.Module):
    """``numpy.interp`` of each column, with knots of its own; NaN stays NaN.

    The segment of a value is found by bisection, all columns at once: exporters have no operator
    for a sorted search.

    Parameters
    ----------
    curves : sequence of (ndarray of shape (n_knots,), ndarray of the same shape)
        Ascending knots of each column, and their values.
    """

    knots: Tensor
    values: Tensor
    starts: Tensor
    last: Tensor

    def __init__(self, curves: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]]) -> None:
        super().__init__()
        sizes = [len(knots) for knots, _ in curves]
        self._steps = [2**k for k in reversed(range(max(sizes).bit_length()))]
        for name, array in {
            "knots": np.concatenate([knots for knots, _ in curves]),
            "values": np.concatenate([values for _, values in curves]),
            "starts": np.cumsum([0, *sizes[:-1]]),
            "last": np.array(sizes) - 1,
        }.items():
            self.register_buffer(name, torch.from_numpy(np.ascontiguousarray(array)))

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(n, n_columns)`` to values of the same shape, float64."""
        place = torch.zeros_like(x, dtype=torch.long)
        for step in self._steps:  # the last knot that is not above the value
            further = (place + step).minimum(self.last)
            place = torch.where(self._at(self.knots, further) <= x, further, place)
        after = (place + 1).minimum(self.last)
        low, high = self._at(self.knots, place), self._at(self.knots, after)
        width = torch.where(high > low, high - low, 1.0)
        share = ((x - low) / width).clamp(0.0, 1.0)
        share = torch.where(x.isnan(), x, share)  # a clamp may lose NaN
        bottom = self._at(self.values, place)
        return bottom + share * (self._at(self.values, after) - bottom)

    def _at(self, array: Tensor, place: Tensor) -> Tensor:
        return array[(place + self.starts)]
