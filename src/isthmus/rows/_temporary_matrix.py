"""Matrices that may be too large for memory and are not needed after the process."""

from __future__ import annotations

import mmap
import os
import tempfile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError

__all__ = ["release_pages", "temporary_matrix"]

_IN_MEMORY_BYTES = 2**28


def temporary_matrix(n_rows: int, n_columns: int) -> NDArray[np.float32]:
    """Return a matrix in memory, or above 256 MiB in a temporary file.

    The file has no name, if the system supports it, or is deleted when it is closed: nothing is
    left behind, even after a crash.

    Parameters
    ----------
    n_rows, n_columns : int
        Shape, at least one of each.

    Returns
    -------
    ndarray of shape (n_rows, n_columns), float32
        Uninitialised.

    Raises
    ------
    DataError
        If there is not enough space for the file.
    """
    size = 4 * n_rows * n_columns
    if size <= _IN_MEMORY_BYTES:
        return np.empty((n_rows, n_columns), np.float32)
    try:
        with tempfile.TemporaryFile(prefix="isthmus-") as file:
            if hasattr(os, "posix_fallocate"):
                # Otherwise a full disk would crash the process while the matrix is written.
                os.posix_fallocate(file.fileno(), 0, size)
            mapped: Any = np.memmap(file, np.float32, "w+", shape=(n_rows, n_columns))
    except OSError as error:
        raise DataError(
            f"Codes between layers require {size / 2**30:.1f} GiB in {tempfile.gettempdir()}. Got: "
            f"{error.strerror or error}. Free some space, or set TMPDIR to another folder."
        ) from None
    return mapped  # type: ignore[no-any-return]


def release_pages(matrix: NDArray[Any]) -> None:
    """Release the memory of a file-backed matrix; the values stay in the file.

    Not for a private map that was written to: its changes would be lost.

    Parameters
    ----------
    matrix : ndarray
        Matrix of a temporary file, or of a file opened for reading; one in memory is not changed.
    """
    while isinstance(matrix.base, np.ndarray):
        matrix = matrix.base
    mapped: Any = matrix.base
    if isinstance(mapped, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)
