"""Changes of several files of a folder, all or none of which are made."""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ._files import flush_folder, flush_tree
from ._folder_locks import (
    TEMPORARY,
    abandoned_folders,
    new_locked_folder,
    temporary_folder,
)
from ._write_errors import names_output
from .errors import OutputExistsError

__all__ = ["READY", "can_be_completed", "complete_changes", "replacing_files"]

READY = ".changes"  # holds complete files that are to replace those of the folder around it
_PREFIX = f"{READY}."


@contextmanager
def replacing_files(folder: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield an empty folder whose files replace those of ``folder`` if the block succeeds.

    All files are complete when the first one is replaced. If the process is killed while they are
    replaced, ``complete_changes`` does the rest, also here.

    Parameters
    ----------
    folder : path
        Existing folder. Its other files stay.

    Yields
    ------
    pathlib.Path
        Folder to write to, inside ``folder``; subfolders are allowed.

    Raises
    ------
    OutputExistsError
        If a folder is in the place of a file, or a link in that of a subfolder.
    """
    folder = Path(folder)
    complete_changes(folder)
    if os.path.lexists(folder / READY) and os.access(folder, os.W_OK):
        _check_free(folder, folder / READY)
        raise OutputExistsError(
            f"{folder / READY} must be a folder that Isthmus wrote: move it away."
        )
    for left in abandoned_folders(folder, _PREFIX, TEMPORARY):
        shutil.rmtree(left, ignore_errors=True)
    with (
        names_output(folder),
        new_locked_folder(functools.partial(temporary_folder, folder, _PREFIX)) as fresh,
        names_output(folder, fresh),
    ):
        yield fresh
        _check_free(folder, fresh)
        flush_tree(fresh)
        fresh.rename(folder / READY)
        flush_folder(folder)
        complete_changes(folder)


def complete_changes(folder: Path) -> None:
    """Complete the changes of a process that was killed in ``replacing_files``.

    Only what such a process can have left is moved: files, into the folder itself and no other one.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the files; need not exist. If it cannot be written, or something is in the way,
        nothing is changed.
    """
    ready = folder / READY
    if not can_be_completed(folder) or not os.access(folder, os.W_OK):
        return
    files = _files_in(ready)
    for file in files:
        target = folder / file
        target.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # another process completes them, too
            (ready / file).replace(target)
    for place in {(folder / file).parent for file in files}:
        flush_folder(place)
    shutil.rmtree(ready, ignore_errors=True)


def can_be_completed(folder: Path) -> bool:
    """Return whether there are changes to complete, and nothing is in their way.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the files.

    Returns
    -------
    bool
    """
    ready = folder / READY
    return ready.is_dir() and not ready.is_symlink() and not any(_obstacles(folder, ready))


def _check_free(folder: Path, ready: Path) -> None:
    """Raise ``OutputExistsError`` if files cannot be moved into a folder."""
    for path in _obstacles(folder, ready):
        what = "a link" if path.is_symlink() else "a folder" if path.is_dir() else "a file"
        raise OutputExistsError(
            f"The files of {folder} must be files and folders of their own. {path} is {what}: move "
            "it away."
        )


def _obstacles(folder: Path, ready: Path) -> Iterator[Path]:
    """Yield what keeps the files in one folder from being moved into another one."""
    for place, folders, files in os.walk(ready):
        at = folder / Path(place).relative_to(ready)
        for name in (*folders, *files):
            if Path(place, name).is_symlink():
                yield Path(place, name)
        for name in folders:
            if (at / name).is_symlink() or (
                os.path.lexists(at / name) and not (at / name).is_dir()
            ):
                yield at / name
        for name in files:
            if (at / name).is_dir():
                yield at / name


def _files_in(folder: Path) -> list[Path]:
    return [
        Path(place, file).relative_to(folder)
        for place, _, files in os.walk(folder)
        for file in files
    ]
