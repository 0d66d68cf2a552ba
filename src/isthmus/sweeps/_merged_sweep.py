"""Shards of one sweep from several folders, joined in one folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .._translation import check_language
from ..errors import OutputExistsError, UsageError
from ..runs import check_own_files, remove_own_files, sole_writer
from ._sweep_plan import SweepPlan, differing, open_sweep, plan_sweep, read_sweep
from ._sweep_results import is_whole, write_results

__all__ = ["merge_sweeps"]

_MOST_SHOWN = 3


def merge_sweeps(
    folders: Sequence[str | os.PathLike[str]],
    *,
    out: str | os.PathLike[str],
    language: str = "en",
) -> tuple[Path, dict[str, Any]]:
    """Join the runs of shards that were trained in folders of their own.

    Parameters
    ----------
    folders : sequence of path
        Sweep folders of the shards, all with the same settings and rows. They are not modified.
    out : path
        Folder of the whole sweep; may be one of them, or hold the same sweep.
    language : {"en", "zh"}, default="en"
        Language of the page and its figures.

    Returns
    -------
    tuple of pathlib.Path and dict
        As for ``run_sweep``.

    Raises
    ------
    UsageError
        If the folders are of different sweeps or of a search, or trainings are missing in all.
    OutputExistsError
        If ``out`` has other content.
    ArtifactError
        If a folder is no sweep.
    """
    check_language(language)
    shards = [Path(folder) for folder in folders]
    facts, data = _shared_facts(shards)
    plan = _plan_of(facts, shards[0])
    places = {training.name: _place(training.name, shards) for training in plan.trainings}
    lacking = [name for name, place in places.items() if place is None]
    if lacking:
        shown = ", ".join(lacking[:_MOST_SHOWN]) + (", ..." if len(lacking) > _MOST_SHOWN else "")
        raise UsageError(
            f"A merge requires all trainings of the sweep. {len(lacking)} of {len(places)} are not "
            f"complete in any of the folders ({shown}): run their shards first."
        )
    folder = open_sweep(plan, out, name="", data=data)
    with sole_writer(folder):
        for name, place in places.items():
            if place is not None and not is_whole(folder / name):
                _copy(place, folder / name)
        return folder, write_results(folder, plan, {}, language=language)


def _shared_facts(shards: Sequence[Path]) -> tuple[dict[str, Any], str]:
    """Return the settings and the fingerprint of the rows that all shards have."""
    first, *others = (read_sweep(folder) for folder in shards)
    for folder, other in zip(shards[1:], others, strict=True):
        names = differing(first["plan"], other["plan"])
        names += ["the rows"] if first["data"] != other["data"] else []
        if names:
            raise UsageError(
                f"A merge requires shards of one sweep. {folder} differs from {shards[0]} in "
                f"{', '.join(names)}: merge folders of the same command."
            )
    return first["plan"], first["data"]


def _plan_of(facts: dict[str, Any], folder: Path) -> SweepPlan:
    if facts.get("search"):
        raise UsageError(
            f"A merge requires shards of a grid. {folder} is a search, which has no shards."
        )
    settings = facts["settings"]
    return plan_sweep(settings, facts["axes"], n_seeds=facts["seeds"])


def _place(name: str, shards: Sequence[Path]) -> Path | None:
    """Return the first complete run of a training."""
    return next((folder / name for folder in shards if is_whole(folder / name)), None)


def _copy(run: Path, target: Path) -> None:
    """Copy a run in one step: a process killed meanwhile leaves none that looks complete."""
    check_own_files(target)
    remove_own_files(target)
    part = target.with_name(f".{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(run, part, symlinks=True)
    try:
        os.replace(part, target)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise OutputExistsError(
            f"{run} cannot be copied to {target} ({error.strerror}). Choose another folder with "
            "--out."
        ) from None
