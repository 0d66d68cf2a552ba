"""Statistics of columns, joined from those of blocks of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["ColumnStatistics"]

_STEP_VALUES = 2**20  # values at a time, which a processor's cache holds


@dataclass(frozen=True, eq=False)
class ColumnStatistics:
    """Exact statistics of columns, without missing values (NaN).

    Attributes
    ----------
    n_rows : int
        Number of rows.
    n_missing, n_infinite, n_nonzero : ndarray of shape (n_features,), int64
        Numbers of values.
    low, high, mean, squares : ndarray of shape (n_features,), float64
        Extremes and mean, and the sum of squared deviations from it; NaN for a column without
        values.
    is_whole : ndarray of shape (n_features,), bool
        Whether all values are whole numbers.
    """

    n_rows: int
    n_missing: NDArray[np.int64]
    n_infinite: NDArray[np.int64]
    n_nonzero: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    mean: NDArray[np.float64]
    squares: NDArray[np.float64]
    is_whole: NDArray[np.bool_]

    @property
    def variance(self) -> NDArray[np.float64]:
        """Variance of each column."""
        return self.squares / np.maximum(1, self.n_rows - self.n_missing)

    @classmethod
    def none(cls, n_features: int) -> Self:
        """Return the statistics of no rows."""
        zeros = np.zeros(n_features, np.int64)
        nan = np.full(n_features, np.nan)
        nothing = np.zeros(n_features)
        whole = np.ones(n_features, np.bool_)
        return cls(0, zeros, zeros, zeros, nan, nan, nothing, nothing, whole)

    def updated(self, block: NDArray[Any]) -> ColumnStatistics:
        """Return the statistics with further rows.

        Parameters
        ----------
        block : ndarray of shape (n, n_features)
            Any real dtype.
        """
        step = max(1, _STEP_VALUES // max(1, block.shape[1]))
        found = self
        for start in range(0, len(block), step):
            found = found._joined(_statistics_of(block[start : start + step]))
        return found

    def of(self, columns: Any) -> ColumnStatistics:
        """Return the statistics of some columns."""
        own = {
            name: value[columns] if isinstance(value, np.ndarray) else value
            for name, value in vars(self).items()
        }
        return ColumnStatistics(**own)

    def _joined(self, other: ColumnStatistics) -> ColumnStatistics:
        """Chan, Golub & LeVeque (1979): variances of parts combine without loss of digits."""
        n_own, n_other = self.n_rows - self.n_missing, other.n_rows - other.n_missing
        total = np.maximum(1, n_own + n_other)
        with np.errstate(over="ignore", invalid="ignore"):
            gap = other.mean - self.mean
            mean = self.mean + gap * (n_other / total)
            squares = self.squares + other.squares + gap * gap * (n_own * n_other / total)
        return ColumnStatistics(
            self.n_rows + other.n_rows,
            self.n_missing + other.n_missing,
            self.n_infinite + other.n_infinite,
            self.n_nonzero + other.n_nonzero,
            np.fmin(self.low, other.low),
            np.fmax(self.high, other.high),
            mean,
            squares,
            self.is_whole & other.is_whole,
        )


def _statistics_of(block: NDArray[Any]) -> ColumnStatistics:
    """Return the statistics of rows that fit into a processor's cache."""
    n, width = block.shape
    values = block.astype(np.float64)
    zeros = np.zeros(width, np.int64)
    n_missing, n_infinite, weight = zeros, zeros, np.full(width, max(1, n))
    with np.errstate(over="ignore", invalid="ignore"):
        total = values.sum(axis=0)
        has_holes = block.dtype.kind == "f" and not np.isfinite(total).all()
        low, high = values.min(axis=0), values.max(axis=0)
        if has_holes:
            is_missing = np.isnan(values)
            n_missing = is_missing.sum(axis=0)
            n_infinite = np.isinf(values).sum(axis=0)
            weight = np.maximum(1, n - n_missing)
            low, high = np.fmin.reduce(values), np.fmax.reduce(values)
            total = np.where(is_missing, 0.0, values).sum(axis=0)
        mean = total / weight
        apart = values - mean
        if has_holes:
            apart[is_missing] = 0.0
        squares = np.einsum("ij,ij->j", apart, apart)
    return ColumnStatistics(
        n,
        n_missing,
        n_infinite,
        np.count_nonzero(block, axis=0) - n_missing,
        low,
        high,
        mean,
        squares,
        _are_whole(block, values),
    )


def _are_whole(block: NDArray[Any], values: NDArray[np.float64]) -> NDArray[np.bool_]:
    if block.dtype.kind != "f":
        return np.ones(block.shape[1], np.bool_)
    found: NDArray[np.bool_] = (values[:1] == np.round(values[:1]))[0] | np.isnan(values[0])
    if found.any():  # most columns of measurements are refuted by their first row
        own = values[:, found]
        found[found] = ((own == np.round(own)) | np.isnan(own)).all(axis=0)
    return found
