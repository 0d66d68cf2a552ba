"""Folders whose files belong to one owner, replaced as a whole."""

from __future__ import annotations

import functools
import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ._exchange import exchange
from ._files import flush_folder, flush_tree
from ._folder_locks import abandoned_folders, new_locked_folder
from ._write_errors import names_output

__all__ = [
    "foreign_entries",
    "left_over_folders",
    "recover_folder",
    "remove_owned",
    "replacing_folder",
]

_LEFT_OVER = re.compile(r"(?:new|old)-[0-9a-f]{8}")


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

    Old and new folder are exchanged in one step where the system can do that, and the old one is
    deleted after it. Files in it that do not belong to the owner move to the new folder. What a
    killed process leaves is removed, or completed, by ``recover_folder``, also here.

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
    with names_output(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
    recover_folder(folder, owns)
    with (
        new_locked_folder(functools.partial(_new_folder, folder)) as fresh,
        names_output(folder, fresh),
    ):
        yield fresh
        flush_tree(fresh)
        aside = _put(fresh, folder)
        flush_folder(folder.parent)
    if aside is not None:
        with suppress(OSError):
            _discard(aside, folder, owns)


def recover_folder(folder: Path, owns: Callable[[str], bool]) -> None:
    """Clear up after processes that were killed while they replaced a folder.

    Where old and new folder cannot be exchanged in one step, there is a moment at which neither is
    in its place: the old one is put back then.

    Parameters
    ----------
    folder : pathlib.Path
        Folder that was being replaced; need not exist.
    owns : callable
        As for ``foreign_entries``.
    """
    prefix = _prefix(folder)
    for path in abandoned_folders(folder.parent, prefix, _LEFT_OVER):
        with suppress(OSError):
            if path.name.startswith(f"{prefix}old") and not os.path.lexists(folder):
                path.rename(folder)
            else:
                _discard(path, folder, owns)


def left_over_folders(folder: Path) -> list[Path]:
    """List what processes left that were killed while they replaced a folder.

    Parameters
    ----------
    folder : pathlib.Path
        Folder that was being replaced; need not exist.

    Returns
    -------
    list of pathlib.Path
        Folders beside it that no running process uses.
    """
    return [*abandoned_folders(folder.parent, _prefix(folder), _LEFT_OVER)]


def _prefix(folder: Path) -> str:
    return f".{folder.name[:100]}."


def _new_folder(folder: Path) -> Path:
    fresh = folder.with_name(f"{_prefix(folder)}new-{secrets.token_hex(4)}")
    with names_output(folder, fresh):
        fresh.mkdir()
    return fresh


def _put(fresh: Path, folder: Path) -> Path | None:
    """Put a new folder in its place, and return where the old one is now, if there was one."""
    if not os.path.lexists(folder):
        fresh.rename(folder)
        return None
    aside = fresh.with_name(f"{_prefix(folder)}old-{secrets.token_hex(4)}")
    if exchange(fresh, folder):
        fresh.rename(aside)
        return aside
    folder.rename(aside)
    try:
        fresh.rename(folder)
    except BaseException:
        aside.rename(folder)
        raise
    return aside


def _discard(aside: Path, folder: Path, owns: Callable[[str], bool]) -> None:
    """Move foreign files from an old folder to the new one, then delete the rest."""
    if aside.is_symlink() or not aside.is_dir():
        return  # something else replaced the old folder meanwhile: keep it next to the new one
    for path in foreign_entries(aside, owns):
        target = folder / path
        if os.path.lexists(target) or not folder.is_dir():
            return  # nothing is deleted: keep the old folder next to the new one
        target.parent.mkdir(parents=True, exist_ok=True)
        with suppress(OSError):
            (aside / path).rename(target)
    remove_owned(aside, owns)
