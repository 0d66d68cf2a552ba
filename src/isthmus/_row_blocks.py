"""Iteration over blocks of rows, so that memory-mapped files need not fit into memory."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

__all__ = ["as_dense", "is_sparse", "row_blocks"]

_BLOCK_VALUES = 2**22  # 32 MiB in double precision


def row_blocks(X: Any) -> Iterator[Any]:
    """Yield all rows in order, in blocks of about four million values.

    Parameters
    ----------
    X : ndarray, ChunkedRows or CSR array of shape (n_samples, ...)
        May be a memory map.

    Yields
    ------
    ndarray or CSR array of shape (n, ...)
        Dense blocks are plain views, not memory maps.
    """
    step = max(1, _BLOCK_VALUES // max(1, math.prod(X.shape[1:])))
    if hasattr(X, "pieces"):  # rows in chunks, of which it reads the next one ahead
        yield from X.pieces(step)
        return
    for start in range(0, X.shape[0], step):
        block = X[start : start + step]
        yield block if is_sparse(block) else np.asarray(block)


def as_dense(X: Any, dtype: DTypeLike | None = None) -> NDArray[Any]:
    """Return rows as a plain array.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n_samples, n_features)
        Few rows: the result is dense.
    dtype : dtype, default=None
        Type of the result; None keeps that of ``X``.

    Returns
    -------
    ndarray of shape (n_samples, n_features)
    """
    return np.asarray(X.toarray() if is_sparse(X) else X, dtype=dtype)


def is_sparse(X: Any) -> bool:
    """Return whether rows are a sparse array or matrix of SciPy.

    Parameters
    ----------
    X : object
        Rows.

    Returns
    -------
    bool
        As of ``scipy.sparse.issparse``, without importing SciPy, which takes 0.2 s and is not
        needed to read a table.
    """
    scipy_sparse = sys.modules.get("scipy.sparse")
    return scipy_sparse is not None and bool(scipy_sparse.issparse(X))
