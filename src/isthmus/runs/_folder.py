"""A run's folder: where it goes, and that nothing in it is lost or half-written."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from .._files import replacing_folder
from ..errors import OutputExistsError
from ..training import Callback

__all__ = [
    "CONFIG",
    "METRICS",
    "MetricsFile",
    "RunFolder",
    "check_run_folder",
    "first_free",
    "new_run_folder",
]

CONFIG, METRICS = "config.yaml", "metrics.jsonl"


class RunFolder(NamedTuple):
    """Where a run is written, and where it is to be found in the end."""

    path: Path
    final: Path


@contextmanager
def new_run_folder(
    out: str | os.PathLike[str] | None, *, name: str, force: bool = False
) -> Iterator[RunFolder]:
    """Make an empty folder for a run.

    A run that is to be replaced stays as it is until the new one is complete. Of a new run that
    fails, a folder of its own is kept once it holds losses.

    Parameters
    ----------
    out : path or None
        Where the run goes. None takes the first free of ``runs/NAME-1``, ``runs/NAME-2``, ...
    name : str
        For that case.
    force : bool, default=False
        Replace a folder that is there, if a run made it.

    Yields
    ------
    RunFolder
        ``path`` to write to, which becomes ``final`` at the end of the block.

    Raises
    ------
    OutputExistsError
        If the folder is there and may not be replaced.
    """
    check_run_folder(out, force=force)
    if out is not None and _is_taken(Path(out)):
        # Through links: they stay, and what they lead to is replaced.
        with replacing_folder(Path(out).resolve()) as fresh:
            yield RunFolder(fresh, Path(out))
        return
    folder = first_free(name) if out is None else Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield RunFolder(folder, folder)
    except BaseException:
        if not (folder / METRICS).exists():
            shutil.rmtree(folder, ignore_errors=True)
            if out is None:
                _remove_if_empty(folder.parent)
        raise


def check_run_folder(out: str | os.PathLike[str] | None, *, force: bool) -> None:
    """Raise ``OutputExistsError`` if a run may not be written there."""
    if out is None or not _is_taken(Path(out)):
        return
    if not force:
        raise OutputExistsError(
            f"A run needs a folder of its own. {out} is there already: choose another name, or "
            "replace it by --force."
        )
    if not (Path(out) / CONFIG).is_file():
        raise OutputExistsError(
            f"--force replaces only a run's folder. {out} holds no {CONFIG}: move it away, or "
            "choose another name."
        )


def _is_taken(folder: Path) -> bool:
    return os.path.lexists(folder) and not (folder.is_dir() and not any(folder.iterdir()))


def first_free(name: str) -> Path:
    """Make and return the first free folder of ``runs/NAME-1``, ``runs/NAME-2``, ..."""
    k = 1
    while True:
        folder = Path("runs") / f"{name}-{k}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            k += 1
        else:
            return folder


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


class MetricsFile(Callback):
    """Write one JSON line an epoch, flushed as it happens.

    Parameters
    ----------
    path : pathlib.Path
        The file; begun anew by the first of several trainings.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None
        self._is_begun = False

    def on_epoch_end(self, record: dict[str, Any]) -> bool | None:
        """Write the line."""
        if self._file is None:
            self._file = self._path.open("a" if self._is_begun else "w", encoding="utf-8")
            self._is_begun = True
        self._file.write(json.dumps(record) + "\n")
        self._file.flush()
        return None

    def on_train_end(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None
