"""Scalings as modules, from columns to scaled units and back."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..preprocessing import Scaling
from ._interpolation import Interpolation

__all__ = ["Scaled", "Unscaled", "fits_single"]

_LIMIT = 5.0  # of the soft clip
_MOST_SHIFT = 128.0  # in units of the scale: more would cost float32 rows digits that count


def fits_single(scaling: Scaling) -> bool:
    """Return whether rows in single precision keep all digits that a scaling needs."""
    if scaling.curve is not None:
        return False
    return bool(
        np.all(np.abs(scaling.shift) < _MOST_SHIFT * scaling.scale) and scaling.scale.min() > 1e-30
    )


class Scaled(nn.Module):
    """Map from columns to scaled units, float32.

    Parameters
    ----------
    scaling : isthmus.preprocessing.Scaling
        Fitted.
    """

    shift: Tensor
    scale: Tensor

    def __init__(self, scaling: Scaling) -> None:
        super().__init__()
        _keep(self, scaling)
        self.curve = _bend(scaling)

    def forward(self, x: Tensor) -> Tensor:
        """Map rows of the matrix, float32 or float64, to scaled rows of the same shape."""
        if x.dtype == torch.float32:  # as ``Scaling.apply``
            return (x - self.shift.float()) * (1 / self.scale).float()
        scaled: Tensor = self.curve((x - self.shift) / self.scale)
        return scaled.float()


class Unscaled(nn.Module):
    """Map from scaled units back to columns, float64.

    Parameters
    ----------
    scaling : isthmus.preprocessing.Scaling
        Fitted.
    """

    shift: Tensor
    scale: Tensor
    varies: Tensor

    def __init__(self, scaling: Scaling) -> None:
        super().__init__()
        _keep(self, scaling)
        constant = np.zeros(1, bool) if scaling.constant is None else scaling.constant
        self._has_constants = bool(constant.any())
        self.register_buffer("varies", torch.from_numpy(~constant))
        self.curve = _unbend(scaling)

    def forward(self, x: Tensor) -> Tensor:
        """Map scaled rows to rows of the matrix, of the same shape."""
        raw: Tensor = self.curve(x.double()) * self.scale + self.shift
        return torch.where(self.varies, raw, self.shift) if self._has_constants else raw


class _SoftClip(nn.Module):
    """The curve of "squash"."""

    def forward(self, x: Tensor) -> Tensor:
        size = x.abs() / _LIMIT
        largest = torch.where(size > 1, size, 1.0)  # squares could overflow
        ones = 1 / largest
        return x * ones / torch.sqrt(ones * ones + (size * ones) * (size * ones))


class _SoftUnclip(nn.Module):
    """The inverse of "squash", within the range of the training rows."""

    low: Tensor
    high: Tensor

    def __init__(self, low: NDArray[np.float64], high: NDArray[np.float64]) -> None:
        super().__init__()
        self.register_buffer("low", torch.from_numpy(low))
        self.register_buffer("high", torch.from_numpy(high))

    def forward(self, x: Tensor) -> Tensor:
        share = (x / _LIMIT).clamp(-1.0, 1.0)
        values = x / torch.sqrt((1 - share) * (1 + share))
        return torch.minimum(torch.maximum(values, self.low), self.high)


def _keep(module: nn.Module, scaling: Scaling) -> None:
    module.register_buffer("shift", torch.from_numpy(np.ascontiguousarray(scaling.shift)))
    module.register_buffer("scale", torch.from_numpy(np.ascontiguousarray(scaling.scale)))


def _bend(scaling: Scaling) -> nn.Module:
    if scaling.curve is None:
        return nn.Identity()
    own = scaling.curve.tensors()
    if scaling.kind == "squash":
        return _SoftClip()
    return Interpolation(_curves(own["knots"], own["scores"]))


def _unbend(scaling: Scaling) -> nn.Module:
    if scaling.curve is None:
        return nn.Identity()
    own = scaling.curve.tensors()
    if scaling.kind == "squash":
        return _SoftUnclip(own["low"], own["high"])
    return Interpolation(_curves(own["scores"], own["knots"]))


def _curves(
    x: NDArray[np.float64], y: NDArray[np.float64]
) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Return the knots of each column without the NaN after them."""
    sizes = (~np.isnan(x)).sum(axis=0)
    return [(x[:n, k], y[:n, k]) for k, n in enumerate(sizes)]
