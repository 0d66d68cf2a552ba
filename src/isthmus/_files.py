"""Writing files whole or not at all."""

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
    """Give a temporary name beside ``path``, and rename to it once the block has succeeded.

    A full disk or an interruption leaves what was there as it was, and nothing else behind.

    Parameters
    ----------
    path : path
        The file to be written; its folder is made if need be.

    Yields
    ------
    pathlib.Path
        Where to write; it ends in the same suffixes.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{path.name[:100]}.", dir=path.parent) as scratch:
        temporary = Path(scratch) / path.name
        yield temporary
        _flush(temporary)
        temporary.replace(path)


def foreign_entries(folder: Path, owns: Callable[[str], bool]) -> list[str]:
    """Return what a folder holds beside the files of its owner.

    Links are never the owner's, wherever they lead.

    Parameters
    ----------
    folder : pathlib.Path
        Where to look, in all folders below too.
    owns : callable
        Tells of a path relative to ``folder``, with "/" between names and at the end of a folder's
        path, whether it is the owner's. Folders that are not are listed once, as a whole.

    Returns
    -------
    list of str
        Such paths, sorted.
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
    """Delete an owner's files in a folder, and each folder that is empty then; all else stays.

    What cannot be deleted stays too, without an error.

    Parameters
    ----------
    folder : pathlib.Path
        Where to delete, in its own folders too. Links are left alone.
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
    """Give an empty folder beside ``folder``, and let it take its place once the block succeeded.

    What was there goes only after that; until then even a killed process leaves it whole. Files
    that are not the owner's, which may have come while the block ran, move to the new folder.

    A process that is killed between the two renames at the end leaves both folders whole under
    hidden names beside ``folder``: ``.NAME.old-*`` and ``.NAME.new-*``. Rename one to restore it.

    Parameters
    ----------
    folder : path
        It need not be there; the folder around it is made if need be.
    owns : callable
        As for ``foreign_entries``: which files of the old folder may be deleted.

    Yields
    ------
    pathlib.Path
        What to fill.
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
    """Delete an old folder's own files, after what is not its owner's has moved to the new one."""
    if aside.is_symlink() or not aside.is_dir():
        return  # something else took the old folder's place meanwhile: it stays beside the new one
    for path in foreign_entries(aside, owns):
        target = folder / path
        if os.path.lexists(target):
            return  # nothing is deleted then: the old folder stays beside the new one
        target.parent.mkdir(parents=True, exist_ok=True)
        with suppress(OSError):
            (aside / path).rename(target)
    remove_owned(aside, owns)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write a UTF-8 text file whole or not at all.

    Parameters
    ----------
    path : path
        The file; its folder is made if need be.
    text : str
        A lone surrogate, as in a broken file name, is written as its escape.
    """
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")


def _flush(path: Path) -> None:
    # Else a power cut could leave the new name with no content.
    with path.open("rb") as file:
        os.fsync(file.fileno())
