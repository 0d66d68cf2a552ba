"""IDX files, the format of MNIST: a magic number, the size of each axis, then the values."""

from __future__ import annotations

import gzip
import math
import os
import zlib
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from .._documents import open_regular
from ..errors import DataError
from .tables import check_unpacked

__all__ = ["read_idx"]

# Type codes, the third byte of the magic number. Values in the file are big-endian.
_DTYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_GZIP_MAGIC = b"\x1f\x8b"
# Deflate cannot compress by more than about 1:1032, so a file that declares more is truncated.
# Checking this before allocation keeps a forged header from claiming terabytes.
_MOST_SHRUNK = 1040
_MOST_AXES = 32


def read_idx(path: Path, max_memory: int | None = None) -> NDArray[Any]:
    """Read an IDX file, gzipped or not (detected from the content, not the name).

    Reads at most one byte more than the header declares, whatever a gzip file would unpack to.

    Parameters
    ----------
    path : Path
        Rank 1 to 32; signed and unsigned bytes, 16- and 32-bit integers, 32- and 64-bit
        floats.
    max_memory : int, default=None
        Largest size of the values, in bytes; None allows the memory of the machine, and 500 times
        the size of a gzip file.

    Returns
    -------
    ndarray
        In the declared shape and the machine's byte order.

    Raises
    ------
    DataError
        If the magic number is wrong, the file is shorter or longer than declared, or the gzip
        data is damaged, or it unpacks to more than is allowed.
    """
    with open_regular(path) as raw:
        size = os.fstat(raw.fileno()).st_size
        packed = raw.read(2) == _GZIP_MAGIC
        raw.seek(0)
        if not packed:
            return _read(raw, path, size, max_memory, most=size)
        try:
            with gzip.GzipFile(fileobj=raw) as stream:
                return _read(
                    cast(BinaryIO, stream), path, size, max_memory, most=size * _MOST_SHRUNK
                )
        except EOFError:
            raise DataError(
                f"`{path}` is truncated: its gzip data ends too early. Download the file again."
            ) from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise DataError(
                f"`{path}` is damaged: its gzip data cannot be unpacked ({error})."
                " Download the file again."
            ) from None


def _read(
    stream: BinaryIO, path: Path, size: int, max_memory: int | None, *, most: int
) -> NDArray[Any]:
    dtype, shape = _read_header(stream, path)
    declared = math.prod(shape) * dtype.itemsize
    if not declared:
        sizes = " x ".join(str(n) for n in shape)
        raise DataError(f"`{path}` is empty: its header declares {sizes} values.")
    if declared > most:
        raise _wrong_size(path, shape, declared, "fewer")
    check_unpacked(path, declared, size, max_memory)
    values = np.empty(declared, dtype=np.uint8)
    filled = _fill(stream, values.data)
    if filled < declared:
        raise _wrong_size(path, shape, declared, f"{filled:,}")
    if stream.read(1):  # on gzip this also reads the end, where the checksum is
        raise _wrong_size(path, shape, declared, "more")
    return values.view(dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)


def _read_header(stream: BinaryIO, path: Path) -> tuple[np.dtype[Any], tuple[int, ...]]:
    magic = stream.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _DTYPES or magic[3] == 0:
        got = f"0x{magic.hex()}" if magic else "an empty file"
        raise DataError(
            f"`{path}` is not an IDX file: it must start with 0x0000, a type and a number of axes"
            f" (pictures: 0x00000803, labels: 0x00000801). Got {got}."
        )
    rank = magic[3]
    if rank > _MOST_AXES:
        raise DataError(f"`{path}` must have at most {_MOST_AXES} axes. Got {rank}.")
    sizes = stream.read(4 * rank)
    if len(sizes) < 4 * rank:
        raise DataError(f"`{path}` is truncated: the file ends within its IDX header.")
    return np.dtype(_DTYPES[magic[2]]), tuple(int(n) for n in np.frombuffer(sizes, ">u4"))


def _fill(stream: BinaryIO, target: memoryview) -> int:
    filled = 0
    while filled < len(target):
        block = stream.read(min(1 << 20, len(target) - filled))
        if not block:
            break
        target[filled : filled + len(block)] = block
        filled += len(block)
    return filled


def _wrong_size(path: Path, shape: tuple[int, ...], declared: int, got: str) -> DataError:
    sizes = " x ".join(str(n) for n in shape)
    what = "has more data than it declares" if got == "more" else "is truncated"
    return DataError(
        f"`{path}` {what}: its header declares {sizes} ({declared:,} bytes of values). Got {got}."
        " Download the file again."
    )
