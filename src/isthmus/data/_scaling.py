"""Scaling: the map between raw features and what the network sees; part of the model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.preprocessing import RobustScaler, StandardScaler
from sklearn.utils.sparsefuncs import mean_variance_axis, min_max_axis

from ..errors import DataError, UsageError, did_you_mean

__all__ = ["SCALINGS", "Scaling", "fit_scaling"]

SCALINGS = ("auto", "none", "unit", "symmetric", "minmax", "standard", "robust")

_BLOCK_VALUES = 2**22  # statistics are gathered over blocks of about this many values


@dataclass(frozen=True, eq=False)
class Scaling:
    """An affine map of each feature: ``(x - shift) / scale``.

    Parameters
    ----------
    kind : str
        One of ``SCALINGS`` but "auto": the rule that gave the figures.
    shift : ndarray of shape (1,) or (n_features,)
        In the features' own units, float64; one figure for all columns, or one for each.
    scale : ndarray of the same shape
        In the features' own units, float64, never 0.
    """

    kind: str
    shift: NDArray[np.float64]
    scale: NDArray[np.float64]

    def apply(self, X: NDArray[Any]) -> NDArray[np.float32]:
        """Map dense rows to the network's units.

        Single precision suffices for bytes and for what is single already; everything else is
        shifted in double first, or a column of time stamps would lose its digits.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features)
            Raw rows.

        Returns
        -------
        ndarray of shape (n_samples, n_features), float32
            A new array.
        """
        if X.dtype == np.uint8 or (X.dtype == np.float32 and self._single_will_do()):
            out: NDArray[np.float32] = X.astype(np.float32)
            if self.shift.any():
                out -= self.shift.astype(np.float32)
            if np.any(self.scale != 1):
                out *= (1 / self.scale).astype(np.float32)
            return out
        return ((X - self.shift) / self.scale).astype(np.float32)

    def _single_will_do(self) -> bool:
        # Far from 0, the shift's own rounding would show; near 1e-38 the inverse overflows.
        return bool(np.all(np.abs(self.shift) < 2**12 * self.scale) and self.scale.min() > 1e-37)

    def invert(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """Map the network's units back to raw ones, in double precision."""
        return X.astype(np.float64) * self.scale + self.shift


def fit_scaling(X: Any, kind: str = "auto") -> Scaling:
    """Learn a scaling from training rows.

    "unit" maps the smallest and the largest value of the whole array to 0 and 1, "symmetric" to -1
    and 1: one shift and one scale for all columns, as pictures want it. "minmax" maps each column
    to [0, 1], "standard" to mean 0 and variance 1, "robust" to median 0 and inter-quartile range
    1. "auto" is "unit" for bytes, for sparse rows and wherever the columns share one range (at
    least half of those that vary reach the array's smallest value, and half its largest), else
    "standard".

    Parameters
    ----------
    X : ndarray or CSR array of shape (n_samples, n_features)
        Finite training rows, any real dtype; read in blocks.
    kind : str, default="auto"
        One of ``SCALINGS``.

    Returns
    -------
    Scaling
        Columns without variation keep the scale 1, so that they come out as constants.

    Raises
    ------
    UsageError
        If there is no such kind, or it does not suit sparse rows.
    DataError
        If the values are too large for their variance to be a number.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return _checked(_fit(X, kind))


def _fit(X: Any, kind: str) -> Scaling:
    if kind not in SCALINGS:
        raise UsageError(
            f"`scaling` must be one of {', '.join(SCALINGS)}. Got {kind!r}."
            + did_you_mean(str(kind), SCALINGS)
        )
    if kind == "none":
        return Scaling("none", np.zeros(1), np.ones(1))
    if kind in ("standard", "robust"):
        return _by_spread(X, kind)
    low, high = _column_ranges(X)
    if kind == "auto":
        is_pixels = sparse.issparse(X) or X.dtype == np.uint8 or _share_one_range(low, high)
        return _unit(low, high) if is_pixels else _by_spread(X, "standard")
    if kind == "minmax":
        return Scaling("minmax", low, _nonzero(high - low))
    if kind == "symmetric":
        unit = _unit(low, high)
        return Scaling("symmetric", unit.shift + unit.scale / 2, unit.scale / 2)
    return _unit(low, high)


def _unit(low: NDArray[np.float64], high: NDArray[np.float64]) -> Scaling:
    shift = low.min(keepdims=True)
    return Scaling("unit", shift, _nonzero(high.max(keepdims=True) - shift))


def _by_spread(X: Any, kind: str) -> Scaling:
    if sparse.issparse(X):
        if kind == "robust":
            raise UsageError(
                "`scaling='robust'` needs dense rows: the quantiles of a sparse column are mostly "
                "zero. Got a sparse matrix; use 'unit' or 'standard'."
            )
        mean, variance = mean_variance_axis(X.astype(np.float64), axis=0)
        return Scaling("standard", mean, _nonzero(np.sqrt(variance)))
    spread = StandardScaler()
    with np.errstate(over="ignore", invalid="ignore"):
        for block in _blocks(X):
            spread.partial_fit(block.astype(np.float64))
    if kind == "standard":
        # scikit-learn takes a variance that overflows for that of a constant.
        scale = np.where(np.isfinite(spread.var_), spread.scale_, np.inf)
        return Scaling("standard", spread.mean_, scale)
    quartiles = RobustScaler().fit(np.asarray(X, dtype=np.float64))
    # A column whose middle half is one value still varies: its standard deviation has to serve.
    middle = np.subtract(*np.percentile(X, (75, 25), axis=0))
    scale = np.where(middle > 0, quartiles.scale_, spread.scale_)
    return Scaling("robust", quartiles.center_, scale)


def _column_ranges(X: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if sparse.issparse(X):
        low, high = min_max_axis(X, axis=0)
    else:
        extremes = [(block.min(axis=0), block.max(axis=0)) for block in _blocks(X)]
        low = np.min([pair[0] for pair in extremes], axis=0)
        high = np.max([pair[1] for pair in extremes], axis=0)
    return low.astype(np.float64), high.astype(np.float64)


def _share_one_range(low: NDArray[np.float64], high: NDArray[np.float64]) -> bool:
    varies = high > low
    at_floor = (low == low.min())[varies].mean() if varies.any() else 0.0
    at_ceiling = (high == high.max())[varies].mean() if varies.any() else 0.0
    return bool(at_floor >= 0.5 and at_ceiling >= 0.5 and varies.sum() > 1)


def _nonzero(scale: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(scale == 0, 1.0, scale)


def _checked(scaling: Scaling) -> Scaling:
    figures = np.broadcast_arrays(scaling.shift, scaling.scale)
    wild = np.flatnonzero(~(np.isfinite(figures[0]) & np.isfinite(figures[1])))
    if len(wild):
        raise DataError(
            "Values must be small enough for their spread to be a number (below about 1e150). "
            f"Column {int(wild[0])} holds larger ones: rescale it, or leave it out."
        )
    return scaling


def _blocks(X: NDArray[Any]) -> Iterator[NDArray[Any]]:
    step = max(1, _BLOCK_VALUES // X.shape[1])
    for start in range(0, len(X), step):
        yield np.asarray(X[start : start + step])
