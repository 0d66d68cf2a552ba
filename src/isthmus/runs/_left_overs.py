"""What killed processes left in the folder of a run: found, and removed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from .._file_changes import complete_changes
from .._folder_locks import locked
from .._owned_folders import left_over_folders, recover_folder, remove_owned
from ..artifacts import CHECKPOINTS
from ._own_files import owned_by_run

__all__ = ["left_overs", "remove_left_overs"]


def left_overs(run: Path) -> Iterator[Path]:
    """Yield the folders that killed processes left beside a run and in it.

    Parameters
    ----------
    run : pathlib.Path
        Run folder.

    Yields
    ------
    pathlib.Path
    """
    yield from left_over_folders(run)
    yield from _within(run)


def remove_left_overs(run: Path) -> None:
    """Complete or remove what killed processes left beside a run and in it.

    Folders that a running process has locked stay, and so do files that are not the run's. Errors
    on deletion are ignored.

    Parameters
    ----------
    run : pathlib.Path
        Run folder.
    """
    owns = owned_by_run(run)
    recover_folder(run, owns)
    complete_changes(run)
    for folder in _within(run):
        prefix = folder.relative_to(run).as_posix()
        with suppress(OSError), locked(folder) as is_mine:
            if is_mine:
                remove_owned(folder, partial(_owns_below, owns, prefix))


def _within(run: Path) -> Iterator[Path]:
    owns = owned_by_run(run)
    for place in ("", "model/", "figures/", f"{CHECKPOINTS}/"):
        if not (run / place).is_dir() or (run / place.rstrip("/")).is_symlink():
            continue
        with os.scandir(run / place) as entries:
            names = [
                entry.name
                for entry in entries
                if entry.name.startswith(".") and entry.is_dir(follow_symlinks=False)
            ]
        yield from (run / place / name for name in sorted(names) if owns(f"{place}{name}/"))


def _owns_below(owns: Callable[[str], bool], prefix: str, path: str) -> bool:
    return owns(f"{prefix}/{path}")
