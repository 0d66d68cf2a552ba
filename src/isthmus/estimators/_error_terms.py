"""Errors of reconstructed rows, before they are added up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..preprocessing import ColumnLayout

__all__ = ["SMALLEST", "ErrorTerms"]

SMALLEST = 1e-30  # probability of a level


class ErrorTerms:
    """Terms of a row's error: the square of each number's residual, and one term per category.

    That of a category is the surprise at its level, ``-log(p)``, divided by the entropy of the
    levels, so that both kinds of terms are 1 on average for the best constant reconstruction of a
    column with a variance of 1.

    Parameters
    ----------
    layout : ColumnLayout, default=None
        Position of the columns of a table; None for one number per column.
    """

    def __init__(self, layout: ColumnLayout | None = None) -> None:
        self._layout = layout
        if layout is None:
            return
        heights, starts = np.array(layout.heights), layout.starts
        self._categories = np.flatnonzero(heights > 0)
        self._squared_heights = np.square(heights[self._categories])
        self._entropies = np.maximum(np.array(layout.entropies)[self._categories], SMALLEST)
        self._sizes = np.where(heights > 0, 1, layout.sizes)
        self._kept = np.concatenate(
            [start + np.arange(size) for start, size in zip(starts, self._sizes, strict=True)]
        )
        self._starts = np.cumsum(self._sizes) - self._sizes

    def of(self, x: NDArray[np.float32], x_hat: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the terms of rows and their reconstructions.

        Parameters
        ----------
        x : ndarray of shape (n, n_encoded)
            Encoded rows, NaN where missing.
        x_hat : ndarray of shape (n, n_encoded) or (n_encoded,)
            Reconstructions; those of a category are probabilities times its height.

        Returns
        -------
        ndarray of shape (n, n_terms), float64
            NaN for missing cells.
        """
        squares: NDArray[np.float64] = np.square(x_hat - x, dtype=np.float64)
        if self._layout is None:
            return squares
        terms = squares[:, self._kept]
        if len(self._categories):
            products = self._layout.summed(x_hat * x)[:, self._categories]
            shares = np.maximum(products / self._squared_heights, SMALLEST)
            terms[:, self._starts[self._categories]] = -np.log(shares) / self._entropies
        return terms

    def by_column(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the mean over the terms of each column.

        Parameters
        ----------
        values : ndarray of shape (n, n_terms)
            One value for each term.

        Returns
        -------
        ndarray of shape (n, n_columns)
        """
        if self._layout is None:
            return values
        means: NDArray[np.float64]
        means = np.add.reduceat(values, self._starts, axis=1) / self._sizes
        return means
