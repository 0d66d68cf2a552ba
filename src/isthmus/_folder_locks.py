"""Locks of folders, which end with the process that holds them."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    from fcntl import LOCK_EX, LOCK_NB, flock
except ImportError:  # Windows
    HAS_LOCKS = False
else:
    HAS_LOCKS = True

__all__ = ["TEMPORARY", "abandoned_folders", "locked", "new_locked_folder", "temporary_folder"]

TEMPORARY = re.compile(r"[a-z0-9_]{8}")  # what ``temporary_folder`` adds to a prefix


@contextmanager
def locked(folder: str | os.PathLike[str]) -> Iterator[bool | None]:
    """Lock a folder until the end of the block, unless somebody else has locked it.

    The lock is an ``flock`` of the folder itself: nothing is written, and it ends with the process,
    also if that is killed. It holds between processes and between threads, and only for those that
    use this function.

    Parameters
    ----------
    folder : path
        Existing folder.

    Yields
    ------
    bool or None
        True if the block has the lock, False if somebody else has it or the folder was removed
        meanwhile, None if the system or the file system has no such locks.
    """
    if not HAS_LOCKS:
        yield None
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            flock(descriptor, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            yield False
        except OSError:
            yield None
        else:
            yield _is_at(folder, descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def new_locked_folder(name: Callable[[], Path]) -> Iterator[Path]:
    """Create a folder, keep it locked during the block, and delete it at the end, if still there.

    Parameters
    ----------
    name : callable
        Creates a new folder and returns it; called again if another process, which looks for what
        was left over, removes it at once.

    Yields
    ------
    pathlib.Path
        The folder. It may be renamed in the block; what has its name then is not deleted.
    """
    while True:
        folder = name()
        made = os.stat(folder)
        try:
            with locked(folder) as is_mine:
                if is_mine is False:
                    continue
                yield folder
                return
        finally:
            with suppress(FileNotFoundError):
                if os.path.samestat(made, os.lstat(folder)):
                    shutil.rmtree(folder, ignore_errors=True)


def abandoned_folders(parent: Path, prefix: str, rest: re.Pattern[str]) -> Iterator[Path]:
    """Yield the folders that killed processes left, each locked until the next one.

    Parameters
    ----------
    parent : pathlib.Path
        Folder to search; none are yielded if it cannot be read.
    prefix : str
        Beginning of their names.
    rest : re.Pattern
        Matches the rest of their names.

    Yields
    ------
    pathlib.Path
        In the order of their names; never a link, nor a folder that a running process has locked.
    """
    try:
        with os.scandir(parent) as entries:
            names = sorted(
                entry.name
                for entry in entries
                if entry.name.startswith(prefix)
                and rest.fullmatch(entry.name.removeprefix(prefix))
                and entry.is_dir(follow_symlinks=False)
            )
    except OSError:
        return
    for name in names:
        with suppress(OSError), locked(parent / name) as is_mine:
            if is_mine:
                yield parent / name


def temporary_folder(parent: Path, prefix: str) -> Path:
    """Create an empty folder with a free name, for ``new_locked_folder``.

    Parameters
    ----------
    parent : pathlib.Path
        Existing folder.
    prefix : str
        Beginning of the name; eight characters are added.

    Returns
    -------
    pathlib.Path
    """
    return Path(tempfile.mkdtemp(prefix=prefix, dir=parent))


def _is_at(folder: str | os.PathLike[str], descriptor: int) -> bool:
    try:
        return os.path.samestat(os.stat(folder), os.fstat(descriptor))
    except FileNotFoundError:
        return False
