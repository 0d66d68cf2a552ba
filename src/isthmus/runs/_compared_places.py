"""Runs that a user names to compare: runs, folders of runs and patterns."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from .._translation import Message
from ..artifacts import find_artifact
from ..errors import ArtifactError, UsageError
from ._listed_runs import natural_order, run_folders

__all__ = ["check_several", "named_runs"]


def named_runs(places: Sequence[str | os.PathLike[str]]) -> tuple[list[Path], list[Message]]:
    """Return the runs that places stand for.

    Parameters
    ----------
    places : sequence of path
        Each a run, a saved model, a folder of runs such as a sweep's, or a pattern such as
        ``runs/digits-*``, which need not be expanded by a shell.

    Returns
    -------
    tuple of list of pathlib.Path and list of Message
        The runs, each once, in the given order, those of a folder in natural order; and a note for
        each run of a folder that has no model.

    Raises
    ------
    ArtifactError
        If there is no run at a place.
    UsageError
        If there are fewer than two different runs.
    """
    found: dict[str, Path] = {}
    notes = []
    for place in map(Path, places):
        for run, is_named in _runs_at(place):
            try:
                find_artifact(run)
            except ArtifactError as error:
                if is_named:
                    raise
                notes.append(Message("Left out {run}: {reason}", run=str(run), reason=str(error)))
            else:
                found.setdefault(os.path.realpath(run), run)
    check_several(list(found.values()))
    return list(found.values()), notes


def check_several(runs: Sequence[str | os.PathLike[str]]) -> None:
    """Raise ``UsageError`` unless there are at least two different runs."""
    if len(runs) < 2 or len(set(map(os.path.realpath, runs))) < len(runs):
        raise UsageError(
            "`compare` requires at least two different runs. Got "
            f"{', '.join(map(str, runs)) or 'none'}."
        )


def _runs_at(place: Path) -> Iterator[tuple[Path, bool]]:
    """Yield runs at a place, each with whether it was named itself."""
    if glob.has_magic(str(place)) and not place.exists():
        matches = sorted(map(Path, glob.glob(str(place))), key=natural_order)
        runs = [run for match in matches if match.is_dir() for run in _below(match)]
        if not runs:
            raise ArtifactError(f"No run matches {place}. Check the pattern.")
        yield from ((run, False) for run in runs)
        return
    below = _below(place) if place.is_dir() else []
    is_run = below in ([], [place])
    yield from ((run, is_run) for run in ([place] if is_run else below))


def _below(folder: Path) -> list[Path]:
    """Return the runs in a folder, or the folder if it is a saved model."""
    try:
        find_artifact(folder)
    except ArtifactError:
        return run_folders(folder)
    return [folder]
