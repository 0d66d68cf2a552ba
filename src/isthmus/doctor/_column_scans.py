"""Scans for repeated rows and columns and for column ranges, in blocks of rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils.sparsefuncs import min_max_axis

from .._row_blocks import row_blocks

__all__ = ["column_ranges", "repeated_columns", "rows_also_in"]


def column_ranges(X: Any) -> NDArray[np.float64]:
    """Return the range (largest minus smallest value) of each column."""
    if sparse.issparse(X):
        low, high = min_max_axis(X, axis=0)
    else:
        pairs = [(block.min(axis=0), block.max(axis=0)) for block in row_blocks(X)]
        low = np.min([pair[0] for pair in pairs], axis=0)
        high = np.max([pair[1] for pair in pairs], axis=0)
    with np.errstate(over="ignore"):
        ranges: NDArray[np.float64] = high.astype(np.float64) - low.astype(np.float64)
    return ranges


def repeated_columns(X: Any, among: NDArray[np.intp]) -> list[tuple[int, int]]:
    """Return pairs of equal columns: the first one, and a later one.

    Columns are dropped as soon as a block distinguishes them, so after the first block few are
    left to compare.

    Parameters
    ----------
    X : ndarray or CSR array of shape (n_samples, n_features)
        Rows.
    among : ndarray of int
        Columns to compare, in ascending order.
    """
    groups = [among.tolist()]
    for block in row_blocks(X):
        split: list[list[int]] = []
        for group in groups:
            alike: dict[Any, list[int]] = {}
            for column, content in zip(group, _contents(block, group), strict=True):
                alike.setdefault(content, []).append(column)
            split += [columns for columns in alike.values() if len(columns) > 1]
        groups = split
        if not groups:
            break
    return sorted(((group[0], later) for group in groups for later in group[1:]), key=_later)


def _later(pair: tuple[int, int]) -> int:
    return pair[1]


def _contents(block: Any, columns: list[int]) -> Iterator[Any]:
    """Yield a key for each column; equal columns have equal keys."""
    if not sparse.issparse(block):
        for values in np.ascontiguousarray(block[:, columns].T) + 0:  # -0.0 becomes 0.0
            yield values.tobytes()
        return
    entries = _canonical(sparse.csc_array(block[:, columns]))
    yield from _slices(entries)


def rows_also_in(X: Any, known: Any) -> NDArray[np.bool_]:
    """Return which rows of ``X`` are equal to a row of ``known``.

    By 64-bit hashes: for a million rows, the probability of a false match is about 1e-7. A sparse
    row without entries, which is a text without known words, never matches.
    """
    dtype = np.result_type(X.dtype, known.dtype)
    theirs, ours = _hashes(known, dtype), _hashes(X, dtype)
    found = np.isin(ours, theirs)
    return found & (np.diff(X.indptr) > 0) if sparse.issparse(X) else found


def _hashes(X: Any, dtype: np.dtype[Any]) -> NDArray[np.int64]:
    found = [
        np.fromiter(map(hash, _row_contents(block, dtype)), dtype=np.int64, count=block.shape[0])
        for block in row_blocks(X)
    ]
    return np.concatenate([np.empty(0, dtype=np.int64), *found])


def _row_contents(block: Any, dtype: np.dtype[Any]) -> Iterator[Any]:
    if sparse.issparse(block):
        yield from _slices(_canonical(sparse.csr_array(block).astype(dtype)))
        return
    rows = np.ascontiguousarray(block, dtype=dtype) + 0
    width, content = rows.itemsize * rows.shape[1], rows.tobytes()
    for start in range(0, len(content), width):
        yield content[start : start + width]


def _canonical(entries: Any) -> Any:
    """Return entries sorted, without duplicates and zeros, so that equal rows compare equal."""
    entries = entries.copy()
    entries.sum_duplicates()
    entries.eliminate_zeros()
    return entries


def _slices(entries: Any) -> Iterator[tuple[bytes, bytes]]:
    """Yield positions and values of the entries of each row of CSR, or each column of CSC."""
    places = entries.indices.astype(np.int64)
    for start, stop in zip(entries.indptr[:-1], entries.indptr[1:], strict=True):
        yield places[start:stop].tobytes(), entries.data[start:stop].tobytes()
