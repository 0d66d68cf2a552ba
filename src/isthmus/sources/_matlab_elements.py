"""Variables of MATLAB files of version 5 to 7, checked before SciPy reads them.

SciPy uses the types and sizes that a file states without checks: a wrong byte in it ends the
process (scipy/scipy#25829). Layout: MATLAB, MAT-File Format, chapter 1.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ..errors import DataError
from .tables import check_unpacked

__all__ = ["matlab_variables"]

_HEADER_BYTES = 128
_BYTE_ORDERS = {b"IM": "<", b"MI": ">"}
_MATRIX, _COMPRESSED = 14, 15
_CHUNK_BYTES = 1 << 20
_SIZES = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8, 13: 8}  # of types of numbers
_TEXTS = {1, 2, 4, 16, 17, 18}  # types of texts: also UTF-8, UTF-16 and UTF-32
_CHAR, _SPARSE, _NUMBERS = 4, 5, range(6, 16)  # classes of matrices
_COMPLEX = 0x800
_MOST_AXES = 32
_LONGEST_NAME = 1024


def matlab_variables(path: Path, max_memory: int | None = None) -> list[str] | None:
    """Return the names of the variables with numbers or texts, after a check of their elements.

    Parameters
    ----------
    path : Path
        File.
    max_memory : int, default=None
        Largest size of the variables, in bytes; None allows 500 times the size of the file.

    Returns
    -------
    list of str or None
        None for a file of version 4, which has no elements.

    Raises
    ------
    DataError
        If an element does not fit the shape of its variable, or the variables are too large.
    """
    size = path.stat().st_size
    names = []
    with path.open("rb") as stream:
        order = _BYTE_ORDERS.get(stream.read(_HEADER_BYTES)[-2:])
        if order is None:
            return None
        total = 0
        while len(tag := stream.read(8)) == 8:
            kind, n_bytes = struct.unpack(order + "II", tag)
            end = stream.tell() + n_bytes
            if kind in (_MATRIX, _COMPRESSED):
                pieces = _pieces(stream, n_bytes, packed=kind == _COMPRESSED)
                element = _Elements(path, pieces, order)
                if kind == _COMPRESSED:
                    kind = element.tag()[0]
                if kind == _MATRIX and (name := _name_of_values(element)) is not None:
                    names.append(name)
                for n_unpacked in element.rest():
                    check_unpacked(path, total + n_unpacked, size, max_memory)
                total += element.n_read
            stream.seek(end)
    return names


def _pieces(stream: BinaryIO, n_bytes: int, *, packed: bool) -> Iterator[bytes]:
    """Yield the content of a variable."""
    unpacker = zlib.decompressobj()
    while n_bytes > 0 and (chunk := stream.read(min(n_bytes, _CHUNK_BYTES))):
        n_bytes -= len(chunk)
        if not packed:
            yield chunk
        while packed and chunk:
            try:
                yield unpacker.decompress(chunk, _CHUNK_BYTES)
            except zlib.error:
                return  # the variable is too short then
            chunk = unpacker.unconsumed_tail


class _Elements:
    """Elements of a variable, one after the other.

    Attributes
    ----------
    n_read : int
        Number of bytes read so far.
    """

    def __init__(self, path: Path, pieces: Iterator[bytes], order: str) -> None:
        self._path, self._pieces, self._order = path, pieces, order
        self._waiting = b""
        self.n_read = 0

    def tag(self) -> tuple[int, int, int]:
        """Return the type of the next element, its size, and that of what follows the tag."""
        content = self._take(8)
        kind, n_bytes = struct.unpack(self._order + "II", content)
        if kind >> 16:  # small: type and size in four bytes, the content in the other four
            self._waiting = content[4:] + self._waiting
            self.n_read -= 4
            return kind & 0xFFFF, kind >> 16, 4
        return kind, n_bytes, -(-n_bytes // 8) * 8

    def read(self, most: int) -> tuple[int, bytes]:
        """Return the type and the content of the next element."""
        kind, n_bytes, n_padded = self.tag()
        self.check(n_bytes <= min(most, n_padded))
        return kind, self._take(n_padded)[:n_bytes]

    def skip(self) -> tuple[int, int]:
        """Return the type and the size of the next element; the last may lack its padding."""
        kind, n_bytes, n_padded = self.tag()
        self.check(n_bytes <= n_padded)
        self._take(n_bytes, keep=False)
        self._take(min(n_padded - n_bytes, self._n_left(n_padded - n_bytes)), keep=False)
        return kind, n_bytes

    def numbers(self, n_values: int | None) -> int:
        """Skip numbers, and return how many there are.

        Parameters
        ----------
        n_values : int or None
            Required number of them; None for any.
        """
        kind, n_bytes = self.skip()
        width = _SIZES.get(kind, 0)
        self.check(width > 0 and (n_values is None or n_bytes == n_values * width))
        return n_bytes // width

    def integers(self, content: bytes) -> list[int]:
        """Return whole numbers of four bytes each."""
        return list(struct.unpack(f"{self._order}{len(content) // 4}i", content))

    def check(self, holds: bool) -> None:
        """Raise ``DataError`` unless a condition holds."""
        if not holds:
            raise DataError(
                f"`{self._path}` cannot be read as a MATLAB file: it is truncated or damaged, as "
                "an element of it does not fit the shape of its variable. Save it again."
            )

    def rest(self) -> Iterator[int]:
        """Read what is left, and yield the number of bytes read so far."""
        yield self.n_read
        for piece in self._pieces:
            self.n_read += len(piece)
            yield self.n_read

    def _n_left(self, most: int) -> int:
        while len(self._waiting) < most and (piece := next(self._pieces, None)) is not None:
            self._waiting += piece
        return len(self._waiting)

    def _take(self, n_bytes: int, *, keep: bool = True) -> bytes:
        found = []
        while n_bytes > 0:
            self.check(self._n_left(1) > 0)
            piece, self._waiting = self._waiting[:n_bytes], self._waiting[n_bytes:]
            n_bytes -= len(piece)
            self.n_read += len(piece)
            if keep:
                found.append(piece)
        return b"".join(found)


def _name_of_values(elements: _Elements) -> str | None:
    """Return the name of a variable with numbers or texts; None for another."""
    kind, flags = elements.read(8)
    elements.check(kind in (5, 6) and len(flags) == 8)
    flag = elements.integers(flags)[0]
    kind, content = elements.read(4 * _MOST_AXES)
    elements.check(kind in (5, 6) and len(content) % 4 == 0)
    shape = elements.integers(content)
    elements.check(len(shape) > 1 and min(shape) >= 0)
    kind, name = elements.read(_LONGEST_NAME)
    elements.check(kind in (1, 2, 16))
    own, n_values = flag & 0xFF, math.prod(shape)
    if own in _NUMBERS:
        elements.numbers(n_values)
    elif own == _SPARSE:
        elements.check(len(shape) == 2)
        n_indices = elements.numbers(None)
        elements.numbers(shape[1] + 1)
        n_values = elements.numbers(None)
        elements.check(n_values <= n_indices)
    elif own == _CHAR:
        kind, n_bytes = elements.skip()
        elements.check(kind in _TEXTS and (n_bytes > 0 or n_values == 0))
    else:
        return None
    if flag & _COMPLEX and own != _CHAR:
        elements.numbers(n_values)
    return name.decode("latin-1")
