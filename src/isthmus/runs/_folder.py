"""A run's folder: where it goes, and that nothing in it is lost or half-written."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from ..errors import OutputExistsError
from ..training import Callback

__all__ = ["MetricsFile", "new_run_folder"]


@contextmanager
def new_run_folder(
    out: str | os.PathLike[str] | None, *, name: str, force: bool = False
) -> Iterator[Path]:
    """Make an empty folder for a run.

    A folder that is replaced is set aside first: it comes back if the new run fails, and goes
    only once the new run is complete.

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
    pathlib.Path
        The folder.

    Raises
    ------
    OutputExistsError
        If the folder is there and may not be replaced.
    """
    if out is None:
        yield _first_free(name)
        return
    folder = Path(out)
    if not folder.exists():
        folder.mkdir(parents=True)
        yield folder
        return
    if folder.is_dir() and not any(folder.iterdir()):
        yield folder
        return
    _check_replaceable(folder, force)
    aside = folder.with_name(f".{folder.name}.replaced-{os.getpid()}")
    folder.rename(aside)
    try:
        folder.mkdir()
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        aside.rename(folder)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _first_free(name: str) -> Path:
    k = 1
    while True:
        folder = Path("runs") / f"{name}-{k}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            k += 1
        else:
            return folder


def _check_replaceable(folder: Path, force: bool) -> None:
    if not force:
        raise OutputExistsError(
            f"A run needs a folder of its own. {folder} is there already: choose another name, or "
            "replace it by --force."
        )
    if not (folder.is_dir() and (folder / "config.yaml").is_file()):
        raise OutputExistsError(
            f"--force replaces only a run's folder. {folder} holds no config.yaml: move it away, "
            "or choose another name."
        )


class MetricsFile(Callback):
    """Write one JSON line an epoch, flushed as it happens.

    Parameters
    ----------
    path : pathlib.Path
        The file; begun anew.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None

    def on_epoch_end(self, record: dict[str, Any]) -> bool | None:
        """Write the line."""
        if self._file is None:
            self._file = self._path.open("w", encoding="utf-8")
        self._file.write(json.dumps(record) + "\n")
        self._file.flush()
        return None

    def on_train_end(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None
