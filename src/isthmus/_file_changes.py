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

__all__ = ["READY", "complete_changes", "replacing_files"]

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
    """
    folder = Path(folder)
    complete_changes(folder)
    for left in abandoned_folders(folder, _PREFIX, TEMPORARY):
        shutil.rmtree(left, ignore_errors=True)
    with (
        names_output(folder),
        new_locked_folder(functools.partial(temporary_folder, folder, _PREFIX)) as fresh,
        names_output(folder, fresh),
    ):
        yield fresh
        flush_tree(fresh)
        fresh.rename(folder / READY)
        flush_folder(folder)
        complete_changes(folder)


def complete_changes(folder: Path) -> None:
    """Complete the changes of a process that was killed in ``replacing_files``.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the files; need not exist. If it cannot be written, nothing is changed.
    """
    ready = folder / READY
    if not ready.is_dir() or not os.access(folder, os.W_OK):
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


def _files_in(folder: Path) -> list[Path]:
    return [
        Path(place, file).relative_to(folder)
        for place, _, files in os.walk(folder)
        for file in files
    ]
