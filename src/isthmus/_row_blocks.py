"""Iteration over blocks of rows, so that memory-mapped files need not fit into memory."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy import sparse

__all__ = ["row_blocks"]

_BLOCK_VALUES = 2**22  # 32 MiB in double precision


def row_blocks(X: Any) -> Iterator[Any]:
    """Yield all rows in order, in blocks of about four million values.

    Parameters
    ----------
    X : ndarray or CSR array of shape (n_samples, ...)
        May be a memory map.

    Yields
    ------
    ndarray or CSR array of shape (n, ...)
        Dense blocks are plain views, not memory maps.
    """
    step = max(1, _BLOCK_VALUES // max(1, math.prod(X.shape[1:])))
    for start in range(0, X.shape[0], step):
        block = X[start : start + step]
        yield block if sparse.issparse(block) else np.asarray(block)
