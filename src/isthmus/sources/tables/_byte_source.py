"""Bytes of a file or of standard input, decompressed, with limits."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

import pyarrow as pa

from ..._documents import kind_of_special
from ..._machine_memory import machine_memory
from ...errors import DataError
from .._dataset import listed, quantity
from ._text_encoding import encoding_of

__all__ = [
    "DAMAGED",
    "ByteSource",
    "check_archive",
    "check_memory",
    "check_regular",
    "check_unpacked",
    "is_stdin",
]

_CHUNK_BYTES = 1 << 20
DAMAGED = (
    EOFError,
    OSError,
    NotImplementedError,  # of a compression method that zipfile lacks
    UnicodeDecodeError,  # of a name in an archive or a schema
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    pa.ArrowException,
)
# Directories of an archive that zipfile cannot read: damaged, of a later version, with bad names.
_BAD_ZIP = (zipfile.BadZipFile, NotImplementedError, ValueError)

# A table is seldom packed to a hundredth of its size, a decompression bomb to a thousandth.
_HARMLESS_BYTES = 1 << 26
_LARGEST_RATIO = 500
_HEAD_BYTES = 1 << 18  # of standard input, to see whether it is text before all of it is read
_STDIN = ("-", "/dev/stdin")
_ENCRYPTED = 1  # flag of a member of a zip archive


class ByteSource:
    """Content of a file or of standard input, which can be read several times.

    Parameters
    ----------
    path : Path
        Regular file, plain or packed with gzip, bzip2, xz, Zstandard or zip (then with one file
        in it), whatever its name; "-" is standard input.
    max_memory : int, default=None
        Largest size of the content, unpacked, in bytes. None allows as much as the machine has
        memory, and a packed file 500 times its size.

    Raises
    ------
    DataError
        If it is not a regular file, too large, or a zip archive without exactly one file; or if
        standard input is empty or no text.
    """

    def __init__(self, path: Path, max_memory: int | None = None) -> None:
        self.path, self._max_memory = path, max_memory
        self._piped = self._piped_bytes() if is_stdin(path) else None
        if self._piped is None:
            check_regular(path)
            self._size = path.stat().st_size
        else:
            self._size = len(self._piped)
        with self._raw() as raw:
            self._unpack = _unpacker(raw.read(6))
        if self._unpack is None:
            self.check_size(self._size)
        elif self._unpack is _unzipped:
            with self._raw() as raw:
                self._check(_size_in_directory(raw), self._size)

    @property
    def is_packed(self) -> bool:
        """Whether the content is compressed."""
        return self._unpack is not None

    def chunks(self) -> Iterator[bytes]:
        """Yield the content in blocks.

        Yields
        ------
        bytes

        Raises
        ------
        DataError
            If it unpacks to far more than its size or than is allowed, or the file grows while it
            is read.
        """
        with self._raw() as raw:
            stream = raw if self._unpack is None else self._unpack(self.path, raw)
            total = 0
            while chunk := stream.read(_CHUNK_BYTES):
                total += len(chunk)
                self._check(total, raw.tell())
                yield chunk

    def head(self, size: int) -> bytes:
        """Return the first bytes.

        Parameters
        ----------
        size : int
            At least so many are returned, if there are.

        Returns
        -------
        bytes
        """
        parts: list[bytes] = []
        chunks = self.chunks()
        try:
            while sum(map(len, parts)) < size and (chunk := next(chunks, b"")):
                parts.append(chunk)
        finally:
            chunks.close()  # type: ignore[attr-defined]
        return b"".join(parts)

    def _raw(self) -> BinaryIO:
        return self.path.open("rb") if self._piped is None else io.BytesIO(self._piped)

    def check_size(self, n_bytes: int) -> None:
        """Raise an error if something that was made of the content is larger than allowed.

        Parameters
        ----------
        n_bytes : int
            Its size.

        Raises
        ------
        DataError
            If it is larger than ``max_memory``.
        """
        check_memory(self.path, n_bytes, self._max_memory)

    def _check(self, total: int, n_packed: int) -> None:
        if self._unpack is None:
            if total > self._size:
                raise DataError(
                    f"`{self.path}` grew while it was read. Copy it, and read the copy."
                )
            self.check_size(total)
        else:
            check_unpacked(self.path, total, n_packed, self._max_memory)

    def _piped_bytes(self) -> bytes:
        """Return all of standard input, if it is text and not too large."""
        stream = sys.stdin.buffer
        parts = [] if sys.stdin.isatty() else [stream.read(_HEAD_BYTES)]
        if not parts or not parts[0]:
            raise DataError("Standard input (`-`) is empty. Pipe a CSV table into the command.")
        if _unpacker(parts[0]) is None:
            encoding_of(self.path, parts[0])  # raises an error if it is no text
        total = len(parts[0])
        while chunk := stream.read(_CHUNK_BYTES):
            parts.append(chunk)
            total += len(chunk)
            self.check_size(total)
        return b"".join(parts)


def is_stdin(path: Path) -> bool:
    """Return whether a path stands for standard input.

    Parameters
    ----------
    path : Path
        "-", or "/dev/stdin", which the command line makes of it.

    Returns
    -------
    bool
    """
    return path.as_posix() in _STDIN


def check_archive(path: Path, max_memory: int | None = None) -> None:
    """Raise an error if a file that is a zip archive unpacks to far more than its size.

    Parameters
    ----------
    path : Path
        File.
    max_memory : int, default=None
        Largest size of its content, in bytes; None allows 500 times its size.

    Raises
    ------
    DataError
        If it is larger, damaged or protected by a password, or the file is empty.
    """
    check_regular(path)
    if not path.stat().st_size:
        raise DataError(f"`{path}` is empty.")
    if not zipfile.is_zipfile(path):
        return
    with _opened_zip(path) as archive:
        total = sum(entry.file_size for entry in archive.infolist())
        if any(entry.flag_bits & _ENCRYPTED for entry in archive.infolist()):
            raise DataError(f"`{path}` is protected by a password. Save a copy without one.")
    check_unpacked(path, total, path.stat().st_size, max_memory)


def check_unpacked(path: Path, n_bytes: int, n_packed: int, max_memory: int | None = None) -> None:
    """Raise an error if a file unpacks to far more than its size, or than is allowed.

    Parameters
    ----------
    path : Path
        File.
    n_bytes, n_packed : int
        Bytes unpacked, or to be unpacked, of so many packed ones.
    max_memory : int, default=None
        Largest size, in bytes; None allows 500 times the packed size, and the machine's memory.

    Raises
    ------
    DataError
        If it is larger.
    """
    if max_memory is None and n_bytes > max(_HARMLESS_BYTES, _LARGEST_RATIO * n_packed):
        raise DataError(
            f"`{path}` unpacks to more than {_LARGEST_RATIO} times its size, which no usual file "
            "does. If you trust it, allow a size with `max_memory` (--max-memory 8GB)."
        )
    check_memory(path, n_bytes, max_memory)


def _opened_zip(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except _BAD_ZIP as error:
        raise _bad_zip(path, error) from None


def _bad_zip(path: Path, error: Exception) -> DataError:
    is_name = isinstance(error, UnicodeDecodeError)
    reason = "a name in it is not UTF-8" if is_name else error
    return DataError(f"`{path}` is truncated or damaged: {reason}.")


def check_memory(path: Path, n_bytes: int, max_memory: int | None = None) -> None:
    """Raise an error if what is made of a file is larger than allowed.

    Parameters
    ----------
    path : Path
        File.
    n_bytes : int
        Size of its content, unpacked, or of columns made of it.
    max_memory : int, default=None
        Largest size; None allows as much as the machine has memory.

    Raises
    ------
    DataError
        If it is larger.
    """
    limit = machine_memory() if max_memory is None else max_memory
    if n_bytes > limit:
        raise DataError(_too_large(path, max_memory, limit))


def _size_in_directory(raw: BinaryIO) -> int:
    """Return the unpacked size of the files of a zip archive; 0 if its directory is damaged."""
    try:
        with zipfile.ZipFile(raw) as archive:
            return sum(entry.file_size for entry in archive.infolist())
    except _BAD_ZIP:
        return 0  # the error is raised when the file is read


def _too_large(path: Path, max_memory: int | None, limit: int) -> str:
    if max_memory is None:
        return (
            f"`{path}` must fit into the memory of this machine, {limit / 1e9:.1f} GB. Split it, or"
            " save it as .npy, which is read as needed."
        )
    return (
        f"`{path}` must have at most {limit:,} bytes once it is unpacked and read (`max_memory`, "
        "--max-memory). It has more: allow more, or split it."
    )


def check_regular(path: Path) -> None:
    """Raise an error for a named pipe or a device: reading it might never end.

    Parameters
    ----------
    path : Path
        Existing file or folder.

    Raises
    ------
    DataError
        If it is neither a regular file nor a folder.
    """
    kind = kind_of_special(path.stat().st_mode)
    if kind is not None:
        raise DataError(
            f"`{path}` must be a regular file. Got a {kind}: pass `-` to read a CSV table from "
            "standard input."
        )


def _unpacker(magic: bytes) -> Callable[[Path, BinaryIO], Any] | None:
    for start, unpack in _UNPACKERS.items():
        if magic.startswith(start):
            return unpack
    return None


def _unzipped(path: Path, raw: BinaryIO) -> Any:
    try:
        archive = zipfile.ZipFile(raw)
    except _BAD_ZIP as error:
        if path.suffix.lower() != ".zip":
            raise DataError(
                f"`{path}` is not a text file. Save the table as CSV or Parquet."
            ) from None
        raise _bad_zip(path, error) from None
    if "[Content_Types].xml" in archive.namelist():
        raise DataError(f"`{path}` is a workbook, not a text file: rename it to end in .xlsx.")
    inside = [
        entry
        for entry in archive.infolist()
        if entry.filename.rstrip("/") == entry.filename != ""  # no folder
        and not entry.filename.startswith("__MACOSX/")
        and not os.path.basename(entry.filename).startswith(".")
    ]
    if len(inside) != 1:
        raise DataError(
            f"`{path}` must contain one table. Got {quantity(len(inside), 'file')}"
            f"{f' ({listed([e.filename for e in inside])})' if inside else ''}: unpack it, and pass"
            " a table."
        )
    if inside[0].flag_bits & _ENCRYPTED:
        raise DataError(f"`{path}` is protected by a password. Unpack it, and pass the table.")
    try:
        return archive.open(inside[0])
    except UnicodeDecodeError as error:
        raise DataError(f"`{path}` is truncated or damaged: {error}.") from None


class _Zstandard:
    """Unpacked content of a Zstandard file.

    ``pyarrow.NativeFile.read`` never frees the memory of a block whose reading ends in an error;
    ``read_buffer`` does.
    """

    def __init__(self, raw: BinaryIO) -> None:
        self._stream = pa.CompressedInputStream(raw, "zstd")

    def read(self, size: int) -> bytes:
        return cast(bytes, self._stream.read_buffer(size).to_pybytes())


_UNPACKERS: dict[bytes, Callable[[Path, BinaryIO], Any]] = {
    b"\x1f\x8b": lambda path, raw: cast(Any, gzip.GzipFile(fileobj=raw)),
    b"BZh": lambda path, raw: bz2.BZ2File(raw),
    b"\xfd7zXZ\0": lambda path, raw: lzma.LZMAFile(raw),  # noqa: SIM115 (closed with `raw`)
    b"\x28\xb5\x2f\xfd": lambda path, raw: _Zstandard(raw),
    b"PK\x03\x04": _unzipped,
}
