"""Atomic writes of files."""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ._folder_locks import (
    TEMPORARY,
    abandoned_folders,
    new_locked_folder,
    temporary_folder,
)
from ._write_errors import names_output

__all__ = ["flush", "flush_folder", "flush_tree", "replacing", "write_text"]

_LONGEST = 100  # of a name within another name


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path next to ``path``, and rename it to ``path`` if the block succeeds.

    If the block fails, the old file stays as it was and the temporary file is removed. One that a
    killed process left is removed the next time. A new file takes the permissions of the old one;
    of a link, the file that it leads to is replaced.

    Parameters
    ----------
    path : path
        File to write; its folder is created if needed.

    Yields
    ------
    pathlib.Path
        Where to write; it has the same suffixes.

    Raises
    ------
    WriteError
        If the file cannot be written; about ``path``, not about the temporary file.
    """
    target = Path(path)
    if target.is_symlink():
        target = target.resolve()
    prefix = f".{target.name[:_LONGEST]}."
    folder = functools.partial(_scratch_folder, target, prefix, path)
    _remove_unfinished(target, prefix)
    with new_locked_folder(folder) as scratch, names_output(path, scratch):
        temporary = scratch / target.name
        yield temporary
        flush(temporary)
        if target.is_file():
            with suppress(OSError):
                shutil.copymode(target, temporary)
        temporary.replace(target)
        flush_folder(target.parent)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write a UTF-8 text file atomically.

    Parameters
    ----------
    path : path
        File to write; its folder is created if needed.
    text : str
        Lone surrogates, as in a broken file name, are written as escapes.
    """
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")


def flush(path: Path) -> None:
    """Write a file from the system's memory to the disk.

    Before a rename; otherwise a power failure could leave an empty file under the new name.

    Parameters
    ----------
    path : pathlib.Path
        Existing file.
    """
    with path.open("rb") as file:
        os.fsync(file.fileno())


def flush_tree(folder: Path) -> None:
    """Write all files and names of a folder and its subfolders to the disk; see ``flush``.

    Parameters
    ----------
    folder : pathlib.Path
        Existing folder.
    """
    for place, _, files in os.walk(folder):
        for file in files:
            with suppress(FileNotFoundError):  # a link to nowhere
                flush(Path(place, file))
        flush_folder(Path(place))


def _scratch_folder(target: Path, prefix: str, path: str | os.PathLike[str]) -> Path:
    with names_output(path, target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        return temporary_folder(target.parent, prefix)


def flush_folder(folder: Path) -> None:
    """Write the names in a folder from the system's memory to the disk, where the system can.

    After a rename; otherwise a power failure could bring the old file back.

    Parameters
    ----------
    folder : pathlib.Path
        Existing folder.
    """
    with suppress(OSError):  # Windows opens no folders, some file systems flush none
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _remove_unfinished(target: Path, prefix: str) -> None:
    """Remove what killed processes left when they were writing a file."""
    for path in abandoned_folders(target.parent, prefix, TEMPORARY):
        with suppress(OSError):
            if set(os.listdir(path)) <= {target.name}:
                shutil.rmtree(path, ignore_errors=True)
