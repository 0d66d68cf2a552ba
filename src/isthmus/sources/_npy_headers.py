"""Headers of .npy files and of the members of .npz files, checked before memory is taken."""

from __future__ import annotations

import io
import math
import os
import zipfile
import zlib
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any

import numpy as np

from .._documents import open_regular
from ..errors import DataError
from .tables import check_archive, check_memory

__all__ = ["UNREADABLE", "check_npy", "check_npz"]

_MAGIC = b"\x93NUMPY"
_LONGEST_HEADER = 10_000  # NumPy's own limit, which it applies after reading the header
_MOST_AXES = 32
# What NumPy and zipfile raise for damaged content.
UNREADABLE = (
    ValueError,
    TypeError,
    EOFError,
    KeyError,
    OverflowError,
    SyntaxError,
    RecursionError,
    NotImplementedError,
    RuntimeError,
    TokenError,
    zipfile.BadZipFile,
    zlib.error,
)


def check_npy(path: Path) -> int:
    """Raise ``DataError`` if a .npy file has less than its header claims.

    Parameters
    ----------
    path : Path
        Regular file; one that is no .npy file passes.

    Returns
    -------
    int
        Number of bytes after the array.
    """
    with open_regular(path) as file:
        return _check_header(f"`{path}`", file, os.fstat(file.fileno()).st_size)


def check_npz(path: Path, max_memory: int | None = None) -> None:
    """Raise ``DataError`` if a .npz file unpacks to too much, or has less than it claims.

    Parameters
    ----------
    path : Path
        Regular file; one that is no .npz file passes.
    max_memory : int, default=None
        Largest size of its content, in bytes; None allows 500 times its size.
    """
    check_archive(path, max_memory)
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                with archive.open(entry) as member:
                    _check_header(f"`{entry.filename}` of `{path}`", member, entry.file_size)
                check_memory(path, entry.file_size, max_memory)
    except UNREADABLE as error:
        if isinstance(error, DataError):
            raise
        reason = str(error)[:200] or type(error).__name__
        raise DataError(f"`{path}` is truncated or damaged: {reason}.") from None


def _check_header(owner: str, stream: IO[bytes], size: int) -> int:
    """Return how many bytes follow the array."""
    start = stream.read(len(_MAGIC) + 2)
    if not start.startswith(_MAGIC) or len(start) < len(_MAGIC) + 2:
        return 0
    n_length = 2 if start[len(_MAGIC)] == 1 else 4
    length = int.from_bytes(stream.read(n_length), "little")
    if length > _LONGEST_HEADER:
        raise DataError(
            f"{owner} is truncated or damaged: its header must have at most {_LONGEST_HEADER:,} "
            f"bytes. It claims {length:,}."
        )
    shape, dtype = _shape_and_dtype(owner, start, n_length, stream.read(length))
    if not dtype.itemsize:  # any number of them takes no bytes of the file
        raise DataError(f"{owner} must contain real numbers. Got values without any bytes.")
    has = size - len(start) - n_length - length
    claimed = math.prod(shape) * dtype.itemsize
    if claimed > has and not dtype.hasobject:
        raise DataError(
            f"{owner} is truncated: its header claims {claimed:,} bytes of values. Got {has:,}."
        )
    return 0 if dtype.hasobject else has - claimed


def _shape_and_dtype(
    owner: str, start: bytes, n_length: int, header: bytes
) -> tuple[tuple[int, ...], np.dtype[Any]]:
    headers = np.lib.format
    read = headers.read_array_header_1_0 if n_length == 2 else headers.read_array_header_2_0
    content = io.BytesIO(len(header).to_bytes(n_length, "little") + header)
    try:
        shape, _, dtype = read(content)
    except UNREADABLE as error:
        reason = str(error).splitlines()[0][:100] if str(error) else type(error).__name__
        raise DataError(f"{owner} is truncated or damaged: {reason}.") from None
    if len(shape) > _MOST_AXES or any(n < 0 for n in shape):
        raise DataError(
            f"{owner} must have at most {_MOST_AXES} axes, each of at least 0 values. Got "
            f"{len(shape)} axes, the least of {min(shape)}."
        )
    return shape, dtype
