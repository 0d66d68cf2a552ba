"""Arrays of .npy files and sparse matrices, read in chunks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._chunks import ChunkedRows
from .._finite import check_finite
from ..errors import DataError
from ._streaming import Watch, chunk_sizes

__all__ = ["npy_chunks", "sparse_chunks"]


def npy_chunks(path: Path, mapped: np.memmap[Any, Any]) -> ChunkedRows | None:
    """Return the rows of a .npy file in chunks.

    The rows are read, not mapped: pages of a map would count as memory of the process.

    Parameters
    ----------
    path : Path
        File.
    mapped : memmap of shape (n_samples, n_features)
        The same rows, in C order.

    Returns
    -------
    ChunkedRows or None
        None if the rows of the array are not one after the other in the file.
    """
    if not mapped.flags.c_contiguous or not len(mapped):
        return None
    dtype, width, start = mapped.dtype, int(mapped.shape[1]), int(mapped.offset)
    watch, sizes = Watch([path]), chunk_sizes(*mapped.shape)
    firsts = np.cumsum([0, *sizes])

    def read(k: int) -> NDArray[Any]:
        watch.check(path)
        offset = start + int(firsts[k]) * width * dtype.itemsize
        found = np.fromfile(path, dtype, sizes[k] * width, offset=offset)
        if len(found) < sizes[k] * width:
            raise DataError(f"`{path}` is truncated or damaged: it ends before row {firsts[k]:,}.")
        rows = found.reshape(-1, width)
        if rows.dtype.kind == "b":
            rows = rows.view(np.uint8)
        check_finite(rows, owner=f"`{path}`")
        return rows

    return ChunkedRows(
        sizes,
        read,
        n_features=width,
        dtype=np.uint8 if dtype.kind == "b" else dtype,
        fingerprint=watch.fingerprint(mapped.shape),
    )


def sparse_chunks(path: Path, matrix: Any) -> ChunkedRows:
    """Return the rows of a sparse matrix as dense chunks; only the matrix itself is in memory.

    Parameters
    ----------
    path : Path
        File.
    matrix : CSR matrix of shape (n_samples, n_features)
        Real numbers.

    Returns
    -------
    ChunkedRows

    Raises
    ------
    DataError
        If it is empty, or values are not finite.
    """
    if not matrix.shape[0] or not matrix.shape[1]:
        raise DataError(f"`{path}` is empty. Got shape {matrix.shape}.")
    check_finite(matrix, owner=f"`{path}`")
    sizes = chunk_sizes(*matrix.shape)
    firsts = np.cumsum([0, *sizes])

    def read(k: int) -> NDArray[Any]:
        rows: NDArray[Any] = matrix[firsts[k] : firsts[k + 1]].toarray().astype(np.float32)
        return rows

    return ChunkedRows(
        sizes,
        read,
        n_features=int(matrix.shape[1]),
        dtype=np.float32,
        fingerprint=Watch([path]).fingerprint(matrix.shape),
    )
