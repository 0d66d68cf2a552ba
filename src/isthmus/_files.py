"""Atomic writes of files and folders."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["foreign_entries", "remove_owned", "replacing", "replacing_folder", "write_text"]


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path next to ``path``, and rename it to ``path`` if the block succeeds.

    If the block fails, the old file stays as it was and the temporary file is removed.

    Parameters
    ----------
    path : path
        File to write; its folder is created if needed.

    Yields
    ------
    pathlib.Path
        Where to write; it has the same suffixes.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{path.name[:100]}.", dir=path.parent) as scratch:
        temporary = Path(scratch) / path.name
        yield temporary
        _flush(temporary)
        temporary.replace(path)


def foreign_entries(folder: Path, owns: Callable[[str], bool]) -> list[str]:
    """List the entries of a folder that do not belong to its owner.

    A link never belongs to the owner, whatever its target.

    Parameters
    ----------
    folder : pathlib.Path
        Folder to search, with all its subfolders.
    owns : callable
        Takes a path relative to ``folder``, with "/" as the separator and at the end of a
        folder's path, and returns whether it belongs to the owner. A foreign folder is listed
        once, without its contents.

    Returns
    -------
    list of str
        Relative paths, sorted.
    """
    foreign: list[str] = []

    def look(place: Path, prefix: str) -> None:
        for entry in sorted(os.scandir(place), key=lambda entry: entry.name):
            is_folder = entry.is_dir(follow_symlinks=False)
            path = f"{prefix}{entry.name}{'/' if is_folder else ''}"
            if entry.is_symlink() or not owns(path):
                foreign.append(path)
            elif is_folder:
                look(Path(entry.path), path)

    look(folder, "")
    return foreign


def remove_owned(folder: Path, owns: Callable[[str], bool]) -> None:
    """Delete the owner's files in a folder, and each folder that becomes empty.

    Errors on deletion are ignored.

    Parameters
    ----------
    folder : pathlib.Path
        Folder to clean, with its subfolders. Links are kept.
    owns : callable
        As for ``foreign_entries``.
    """

    def clear(place: Path, prefix: str) -> None:
        for entry in list(os.scandir(place)):
            is_folder = entry.is_dir(follow_symlinks=False)
            path = f"{prefix}{entry.name}{'/' if is_folder else ''}"
            if entry.is_symlink() or not owns(path):
                continue
            if is_folder:
                clear(Path(entry.path), path)
            else:
                with suppress(OSError):
                    os.unlink(entry.path)
        with suppress(OSError):
            place.rmdir()

    clear(folder, "")


@contextmanager
def replacing_folder(folder: str | os.PathLike[str], owns: Callable[[str], bool]) -> Iterator[Path]:
    """Yield an empty folder next to ``folder`` that replaces it if the block succeeds.

    The old folder is deleted only after that, so a killed process leaves it intact. Files in it
    that do not belong to the owner move to the new folder.

    A process killed between the two renames at the end leaves both folders next to ``folder``,
    named ``.NAME.old-*`` and ``.NAME.new-*``. Rename one of them to recover.

    Parameters
    ----------
    folder : path
        Need not exist; its parent folder is created if needed.
    owns : callable
        As for ``foreign_entries``; these files of the old folder may be deleted.

    Yields
    ------
    pathlib.Path
        Folder to fill.
    """
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh, aside = (
        folder.with_name(f".{folder.name[:100]}.{what}-{secrets.token_hex(4)}")
        for what in ("new", "old")
    )
    fresh.mkdir()
    try:
        yield fresh
        if folder.exists():
            folder.rename(aside)
        fresh.rename(folder)
    except BaseException:
        if aside.exists() and not folder.exists():
            aside.rename(folder)
        raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    if aside.exists():
        _discard(aside, folder, owns)


def _discard(aside: Path, folder: Path, owns: Callable[[str], bool]) -> None:
    """Move foreign files from an old folder to the new one, then delete the rest."""
    if aside.is_symlink() or not aside.is_dir():
        return  # something else replaced the old folder meanwhile: keep it next to the new one
    for path in foreign_entries(aside, owns):
        target = folder / path
        if os.path.lexists(target):
            return  # nothing is deleted: keep the old folder next to the new one
        target.parent.mkdir(parents=True, exist_ok=True)
        with suppress(OSError):
            (aside / path).rename(target)
    remove_owned(aside, owns)


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


def _flush(path: Path) -> None:
    # Otherwise a power failure could leave an empty file under the new name.
    with path.open("rb") as file:
        os.fsync(file.fileno())
