"""Check that every file of a run is whole and belongs to its model, for `isthmus verify`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .._file_changes import READY, can_be_completed
from .._translation import Message, message_of
from ..artifacts import CHECKPOINTS, DOCUMENT, find_artifact, unreadable
from ..errors import ArtifactError
from ._checked_files import check_files
from ._checked_model import Checks, check_model
from ._left_overs import left_overs
from ._listed_runs import run_folders
from ._unfinished import is_unfinished

__all__ = ["verify_run", "verify_runs"]


def verify_runs(places: Sequence[str | os.PathLike[str]]) -> list[dict[str, Any]]:
    """Check runs, and all runs in folders of runs.

    Parameters
    ----------
    places : sequence of path
        Each a run, a saved model, or a folder of runs such as a sweep's.

    Returns
    -------
    list of dict
        As returned by ``verify_run``, each run once.
    """
    found = dict.fromkeys(run for place in map(Path, places) for run in _runs_at(place))
    return [verify_run(run) for run in found]


def _runs_at(place: Path) -> list[Path]:
    is_model = (place / DOCUMENT).is_file()
    return [place] if is_model or not place.is_dir() else run_folders(place) or [place]


def verify_run(run: str | os.PathLike[str]) -> dict[str, Any]:
    """Check every file of a run, or of a saved model.

    Rows are not read.

    Parameters
    ----------
    run : path
        Run folder, or folder written by ``save``.

    Returns
    -------
    dict
        ``run``, ``passed``, and ``checks``: a list of ``file``, ``status`` ("ok", "note" or
        "failed") and ``message``.
    """
    run, checks = Path(run), Checks()
    try:
        _check(run, checks)
    except ArtifactError as error:
        checks.add("failed", "model", message_of(error))
    except PermissionError as error:
        checks.add("failed", "", unreadable(error.filename, error.strerror))
    return {"run": str(run), "passed": checks.passed, "checks": checks.entries}


def _check(run: Path, checks: Checks) -> None:
    _check_left_overs(run, checks)  # first: reading completes what a killed command began
    artifact = find_artifact(run)
    is_run = artifact == run / "model"
    model = check_model(artifact, checks, "model/" if is_run else "")
    if is_run:
        check_files(run, model or {}, checks)


def _check_left_overs(run: Path, checks: Checks) -> None:
    for path in left_overs(run):
        text = Message("left by a command that was killed; the next one that writes removes it")
        if path.name == READY and can_be_completed(run):
            text = Message("complete changes of a command that was killed; they are made now")
        checks.add("note", os.path.relpath(path, run), text)
    if is_unfinished(run):
        text = Message(
            "The training is not finished: `isthmus train --resume {run}` continues it.",
            run=str(run),
        )
        checks.add("note", CHECKPOINTS, text)
