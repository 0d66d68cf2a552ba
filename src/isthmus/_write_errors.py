"""Errors of files that cannot be written, in words of the file that was asked for.

What writes a file first writes a temporary one, whose name nobody knows, and libraries leave out
names altogether.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import IsthmusError, WriteError

__all__ = ["names_output", "write_error"]

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}  # only writing has these
_ADVICE = {
    errno.ENOSPC: "Free some space, or write elsewhere.",
    errno.EDQUOT: "Free some space, or write elsewhere.",
    errno.EFBIG: "Write fewer rows, or write elsewhere.",
    errno.EACCES: "Choose a folder that you may write to.",
    errno.EPERM: "Choose a folder that you may write to.",
    errno.EROFS: "Choose a folder that you may write to.",
    errno.ENAMETOOLONG: "Choose a shorter name.",
}
_OF_RUST = re.compile(r"\(os error (\d+)\)")  # as safetensors has it
_OF_COPIES = re.compile(r"\[Errno (\d+)\]")  # as copytree has it, of several files
_TOO_FEW = re.compile(r"\d+ requested and \d+ written")  # of NumPy, without a reason


@contextmanager
def names_output(
    target: str | os.PathLike[str], *written: str | os.PathLike[str]
) -> Iterator[None]:
    """Raise ``WriteError`` about ``target`` for what cannot be written within the block.

    Parameters
    ----------
    target : path
        Output as the user named it.
    *written : path
        What is written in its place. Errors about other files, which the block may read, stay.
    """
    try:
        yield
    except Exception as error:
        number = _number(error)
        if number is None or not _is_of_output(error, number, Path(target), written):
            raise
        raise write_error(target, number) from error


def write_error(target: object, number: int) -> WriteError:
    """Return the error for an output that cannot be written.

    Parameters
    ----------
    target : object
        Path, or another name, of the output.
    number : int
        Error number of the operating system.

    Returns
    -------
    WriteError
    """
    advice = _ADVICE.get(number, "")
    error = WriteError(f"{target} cannot be written: {os.strerror(number)}. {advice}".rstrip())
    error.errno, error.filename = number, str(target)
    return error


def _number(error: Exception) -> int | None:
    """Return the number of an error that may be one of writing."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    if isinstance(error, IsthmusError):
        return None
    if isinstance(error, shutil.Error) and (found := _OF_COPIES.search(str(error))):
        return int(found[1])
    if found := _OF_RUST.search(str(error)):
        return int(found[1])
    return errno.ENOSPC if isinstance(error, OSError) and _TOO_FEW.search(str(error)) else None


def _is_of_output(error: Exception, number: int, target: Path, written: tuple[object, ...]) -> bool:
    name = getattr(error, "filename", None)
    if name is None:
        return number in _FULL
    path = Path(os.fsdecode(name)).absolute()
    if path == target.absolute() and isinstance(error, WriteError):
        return False  # already in these words
    above = (target.absolute(), *target.absolute().parents)
    return path in above or any(path.is_relative_to(Path(str(w)).absolute()) for w in written)
