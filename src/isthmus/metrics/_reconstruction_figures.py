"""Reconstruction metrics that an autoencoder and PCA share."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ReconstructionFigures"]


class ReconstructionFigures:
    """Reconstruction metrics, accumulated block by block in double precision.

    Parameters
    ----------
    center : ndarray of shape (n_features,)
        Any row near the columns' means: variances are summed relative to it, so that large means
        cost no digits.
    """

    def __init__(self, center: NDArray[Any]) -> None:
        self._center = np.asarray(center, dtype=np.float64)
        self.n_rows = 0
        self._error = np.zeros_like(self._center)
        self._sum = np.zeros_like(self._center)
        self._square = np.zeros_like(self._center)

    def add(self, X: NDArray[Any], X_hat: NDArray[Any]) -> None:
        """Add rows ``(n, n_features)`` and their reconstructions, both in scaled units."""
        offset = X - self._center
        self._error += _squares(np.subtract(X_hat, X, dtype=np.float64))
        self._sum += offset.sum(axis=0)
        self._square += _squares(offset)
        self.n_rows += len(X)

    @property
    def total_per_column(self) -> NDArray[np.float64]:
        """Squared distance of each column from its mean, summed over rows."""
        total = self._square - np.square(self._sum) / max(1, self.n_rows)
        # Rounding errors of a constant column are not variance.
        total[total <= 1e-9 * self._square] = 0.0
        return total

    @property
    def variance_explained_per_column(self) -> NDArray[np.float64]:
        """``1 - SSE / SST`` of each column; NaN for constant columns."""
        total = self.total_per_column
        share = np.full_like(total, np.nan)
        np.divide(self._error, total, out=share, where=total > 0)
        return 1 - share

    @property
    def squared_error_per_column(self) -> NDArray[np.float64]:
        """Mean squared error of each column, in squared units of the scaling."""
        return self._error / max(1, self.n_rows)

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
            "mean_squared_error": error / self.n_rows / len(self._error),
            "variance_explained": 1 - error / total if total > 0 else None,
        }


def _squares(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the column sums of squares, without a matrix of the squares."""
    sums: NDArray[np.float64] = np.einsum("ij,ij->j", values, values)
    return sums
