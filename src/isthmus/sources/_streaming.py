"""When rows are read in chunks instead of as a whole."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from .._machine_memory import machine_memory
from .._translation import Message
from ..errors import DataError

__all__ = ["Watch", "chunk_sizes", "is_streamed", "streaming_note"]

_MOST_BYTES = 10**9
_SHARE = 8  # of the machine's memory
_CHUNK_VALUES = 2**21  # 8 MiB in single precision
_HASHED_BYTES = 2**16  # at each end of a file


def is_streamed(n_values: int, stream: bool | None, memory: int | None) -> bool:
    """Return whether to read rows in chunks.

    Parameters
    ----------
    n_values : int
        Number of rows times number of columns.
    stream : bool or None
        What the user asked for; None decides by the size.
    memory : int or None
        Size above which rows are read in chunks; None is 1 GB, or an eighth of the machine's
        memory if that is less.

    Returns
    -------
    bool
    """
    return 4 * n_values > (memory or _default_memory()) if stream is None else stream


def _default_memory() -> int:
    return min(_MOST_BYTES, machine_memory() // _SHARE)


def chunk_sizes(n_rows: int, n_columns: int, *, most: int | None = None) -> list[int]:
    """Return the sizes of chunks of about 8 MiB.

    Parameters
    ----------
    n_rows, n_columns : int
        Shape of the rows.
    most : int, default=None
        Largest number of rows of a chunk; None sets no limit.

    Returns
    -------
    list of int
    """
    step = max(1, min(_CHUNK_VALUES // max(1, n_columns), most or n_rows))
    full, rest = divmod(n_rows, step)
    return [step] * full + [rest] * bool(rest)


def streaming_note(n_rows: int) -> Message:
    """Return a note that rows are read in chunks.

    Parameters
    ----------
    n_rows : int
        Number of rows.

    Returns
    -------
    Message
    """
    return Message("The {n:,} rows are read in chunks while they are used.", n=n_rows)


class Watch:
    """Files that must not change while their rows are used.

    Parameters
    ----------
    paths : iterable of Path
        The files.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        self._known = {path: _state(path) for path in paths}

    def check(self, path: Path) -> None:
        """Raise ``DataError`` if a file has changed since the first look at it.

        Parameters
        ----------
        path : Path
            One of the files.
        """
        try:
            state = _state(path)
        except FileNotFoundError:
            raise DataError(
                f"`{path}` must stay in place while its rows are used. It was removed: put it "
                "back, and start again."
            ) from None
        if state != self._known[path]:
            raise DataError(
                f"`{path}` must not change while its rows are used. It has changed since it was "
                "opened: start again when it is complete."
            )

    def fingerprint(self, shape: tuple[int, ...]) -> str:
        """Return a hash of the shape of the rows, and of both ends of each file.

        Parameters
        ----------
        shape : tuple of int
            Numbers of rows and columns.

        Returns
        -------
        str
            16 hexadecimal digits.
        """
        digest = hashlib.sha256(f"{shape}".encode())
        for path, (size, _) in self._known.items():
            digest.update(f" {path.name} {size} ".encode())
            with path.open("rb") as file:
                digest.update(file.read(_HASHED_BYTES))
                file.seek(max(0, size - _HASHED_BYTES))
                digest.update(file.read())
        return digest.hexdigest()[:16]


def _state(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns
