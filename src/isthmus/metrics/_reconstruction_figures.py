"""Reconstruction metrics that an autoencoder and PCA share."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ReconstructionFigures"]


class ReconstructionFigures:
    """Reconstruction metrics, accumulated block by block in double precision.

    Missing cells (NaN) do not count.

    Parameters
    ----------
    center : ndarray of shape (n_features,)
        Any row near the columns' means: variances are summed relative to it, so that large means
        cost no digits.
    starts : ndarray of int, default=None
        Position of the first value of each column, if columns have several values each; their
        errors and variances are then summed. None for one value per column.
    """

    def __init__(self, center: NDArray[Any], starts: NDArray[np.intp] | None = None) -> None:
        self._starts = starts
        self._center = np.asarray(center, dtype=np.float64)
        self.n_rows = 0
        self._count = np.zeros_like(self._center)
        self._error = np.zeros_like(self._center)
        self._sum = np.zeros_like(self._center)
        self._square = np.zeros_like(self._center)

    def add(self, X: NDArray[Any], X_hat: NDArray[Any]) -> None:
        """Add rows ``(n, n_features)`` and their reconstructions, both in scaled units."""
        offset, error = X - self._center, np.subtract(X_hat, X, dtype=np.float64)
        missing = np.isnan(X)
        if missing.any():
            offset[missing], error[missing] = 0.0, 0.0
        self._count += len(X) - missing.sum(axis=0)
        self._error += _squares(error)
        self._sum += offset.sum(axis=0)
        self._square += _squares(offset)
        self.n_rows += len(X)

    @property
    def total_per_column(self) -> NDArray[np.float64]:
        """Squared distance of each column from its mean, summed over rows."""
        total = self._square - np.square(self._sum) / np.maximum(1, self._count)
        # Rounding errors of a constant column are not variance.
        total[total <= 1e-9 * self._square] = 0.0
        return self._by_column(total)

    @property
    def variance_explained_per_column(self) -> NDArray[np.float64]:
        """``1 - SSE / SST`` of each column; NaN for constant columns."""
        total = self.total_per_column
        share = np.full_like(total, np.nan)
        np.divide(self._by_column(self._error), total, out=share, where=total > 0)
        return 1 - share

    @property
    def squared_error_per_column(self) -> NDArray[np.float64]:
        """Mean squared error of each column, in squared units of the scaling."""
        return self._by_column(self._error / np.maximum(1, self._count))

    @property
    def cells_per_column(self) -> NDArray[np.float64]:
        """Number of observed cells of each column."""
        return self._count if self._starts is None else self._count[self._starts]

    def _by_column(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        if self._starts is None:
            return values
        total: NDArray[np.float64] = np.add.reduceat(values, self._starts)
        return total

    @property
    def squared_error(self) -> float:
        """Squared error summed over features, mean over rows, in squared units of the scaling."""
        return float(self._error.sum()) / self.n_rows

    def as_dict(self) -> dict[str, float | int | None]:
        """Return the metrics by name.

        Returns
        -------
        dict
            ``n_rows``; ``squared_error``: summed over features, mean over rows, in squared units
            of the scaling; ``mean_squared_error``: the same, mean over features too;
            ``variance_explained``: ``1 - SSE / SST``, or None for rows without variance.
        """
        error, total = float(self._error.sum()), float(self.total_per_column.sum())
        return {
            "n_rows": self.n_rows,
            "squared_error": self.squared_error,
            "mean_squared_error": error / max(1.0, float(self.cells_per_column.sum())),
            "variance_explained": 1 - error / total if total > 0 else None,
        }


def _squares(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the column sums of squares, without a matrix of the squares."""
    sums: NDArray[np.float64] = np.einsum("ij,ij->j", values, values)
    return sums
