"""Views of selected rows, without a copy."""

from __future__ import annotations

import mmap
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ._chunks import ChunkedRows, Chunks
from ._row_blocks import is_sparse, row_blocks

__all__ = ["SelectedRows", "is_lazy", "select_rows"]


def select_rows(X: Any, indices: NDArray[np.intp]) -> Any:
    """Return selected rows: a view of a memory map, a copy of an array in memory.

    Parameters
    ----------
    X : ndarray, SelectedRows, Chunks, CSR array of shape (n_samples, ...) or pyarrow.Table
        The rows.
    indices : ndarray of shape (n,), int
        Indices of the rows, in the desired order.

    Returns
    -------
    SelectedRows, ndarray, CSR array of shape (n, ...) or pyarrow.Table
        ``SelectedRows`` for a memory map and for ``SelectedRows``; otherwise a copy.
    """
    if isinstance(X, Chunks):
        return X.at(indices)
    if isinstance(X, SelectedRows):
        return SelectedRows(X.base, X.indices[indices])
    if not is_sparse(X) and _is_memory_map(X):
        return SelectedRows(X, indices)
    if isinstance(X, pa.Table):
        return X.take(pa.array(indices))
    return X[indices]


def is_lazy(X: Any) -> bool:
    """Return whether rows are read on access, so that they may be larger than memory.

    Parameters
    ----------
    X : object
        Rows.

    Returns
    -------
    bool
    """
    return isinstance(X, SelectedRows | ChunkedRows)


class SelectedRows:
    """Lazy selection of an array's rows, which are read on access.

    Supports the read-only array interface that row-wise code needs: ``shape``, ``dtype``, ``ndim``,
    ``len``, indexing (which returns plain arrays), and a few reductions, computed in blocks.

    Parameters
    ----------
    base : ndarray of shape (n_samples, ...)
        Array to select from, for example a memory map.
    indices : ndarray of shape (n,), int
        Indices of the rows, in the desired order.
    """

    def __init__(self, base: NDArray[Any], indices: NDArray[np.intp]) -> None:
        # int32 halves the memory where it can hold all indices.
        is_small = len(base) <= np.iinfo(np.int32).max
        self.base = base
        self.indices: NDArray[Any] = np.asarray(indices, np.int32 if is_small else np.int64)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the selection."""
        return (len(self.indices), *self.base.shape[1:])

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.base.ndim

    @property
    def dtype(self) -> np.dtype[Any]:
        """Data type of the values."""
        return self.base.dtype

    @property
    def nbytes(self) -> int:
        """Size in bytes of a copy of the selected rows."""
        return self.base.itemsize * int(np.prod(self.shape))

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, where: Any) -> NDArray[Any]:
        rows, *rest = where if isinstance(where, tuple) else (where,)
        # Index a plain view: indexing a memory map itself goes through Python for each result.
        found: NDArray[Any] = np.asarray(self.base)[self.indices[rows]]
        if not rest:
            return found
        picked: NDArray[Any] = found[(slice(None),) * np.ndim(self.indices[rows]) + tuple(rest)]
        return picked

    def min(self) -> Any:
        """Return the smallest value, computed in blocks."""
        return min(block.min() for block in row_blocks(self))

    def max(self) -> Any:
        """Return the largest value, computed in blocks."""
        return max(block.max() for block in row_blocks(self))

    def mean(self, axis: int, dtype: Any = np.float64) -> NDArray[Any]:
        """Return the mean row, computed in blocks.

        Parameters
        ----------
        axis : int
            Must be 0.
        dtype : data type, default=numpy.float64
            Data type of the sums.

        Returns
        -------
        ndarray of the shape of a row
        """
        if axis != 0:
            raise ValueError(f"`axis` must be 0. Got {axis}.")
        total: NDArray[Any] = np.zeros(self.shape[1:], dtype)
        for block in row_blocks(self):
            total += block.sum(axis=0, dtype=dtype)
        return total / len(self)

    def astype(self, dtype: Any) -> NDArray[Any]:
        """Return a copy of the rows with another data type."""
        return self[:].astype(dtype)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Return a copy of the rows, for functions that need a plain array."""
        return np.asarray(self[:], dtype=dtype)


def _is_memory_map(X: Any) -> bool:
    while isinstance(X, np.ndarray):
        X = X.base
    return isinstance(X, mmap.mmap)
