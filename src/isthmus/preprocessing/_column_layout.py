"""Position of a table's columns in encoded rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ColumnLayout"]


@dataclass(frozen=True)
class ColumnLayout:
    """The encoded values of each column of a table, one column after the other.

    A missing cell is NaN in all its encoded values.

    Attributes
    ----------
    names : tuple of str
        Names of the columns.
    sizes : tuple of int
        Number of encoded values of each column.
    heights : tuple of float
        For a category, the encoded value that stands for its level, while those of all other
        levels are 0; 0.0 for columns that are not categories.
    entropies : tuple of float
        Entropy of a category's levels in the training rows, in nats; 0.0 for other columns.
    """

    names: tuple[str, ...]
    sizes: tuple[int, ...]
    heights: tuple[float, ...] = field(default=())
    entropies: tuple[float, ...] = field(default=())

    @property
    def starts(self) -> NDArray[np.intp]:
        """Position of each column's first encoded value."""
        return np.concatenate([[0], np.cumsum(self.sizes)[:-1]]).astype(np.intp)

    @property
    def value_names(self) -> tuple[str, ...]:
        """Name of the column of each encoded value."""
        return tuple(np.repeat(np.array(self.names, dtype=object), self.sizes))

    def as_numbers(self) -> ColumnLayout:
        """Return the same layout with the values of categories as ordinary numbers.

        Returns
        -------
        ColumnLayout
        """
        none = (0.0,) * len(self.sizes)
        return replace(self, heights=none, entropies=none)

    def missing(self, encoded: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which cells of encoded rows are missing.

        Parameters
        ----------
        encoded : ndarray of shape (n, n_encoded)
            Encoded rows.

        Returns
        -------
        ndarray of shape (n, n_columns), bool
        """
        found: NDArray[np.bool_] = np.isnan(encoded[:, self.starts])
        return found

    def column_errors(
        self, encoded: NDArray[Any], reconstructed: NDArray[Any]
    ) -> NDArray[np.float64]:
        """Return the squared error of each cell, summed over its encoded values.

        Parameters
        ----------
        encoded, reconstructed : ndarray of shape (n, n_encoded)
            Rows and their reconstructions, both encoded.

        Returns
        -------
        ndarray of shape (n, n_columns), float64
            In squared scaled units; NaN for missing cells.
        """
        squares = np.square(np.subtract(reconstructed, encoded, dtype=np.float64))
        return self.summed(squares)

    def summed(self, values: NDArray[Any]) -> NDArray[Any]:
        """Sum values over each column's encoded values, along the last axis.

        Parameters
        ----------
        values : ndarray of shape (..., n_encoded)
            One value for each encoded value.

        Returns
        -------
        ndarray of shape (..., n_columns)
        """
        total: NDArray[Any] = np.add.reduceat(values, self.starts, axis=-1)
        return total


def joined(layouts: Sequence[ColumnLayout]) -> ColumnLayout:
    """Return the layout of columns one after the other."""
    parts = [
        [value for layout in layouts for value in getattr(layout, name)]
        for name in ("names", "sizes", "heights", "entropies")
    ]
    return ColumnLayout(*map(tuple, parts))
