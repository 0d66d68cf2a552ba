"""Runs below a folder, with the numbers of their reports, for `isthmus runs`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._damage import what_is_wrong
from .._translation import Message
from ..artifacts import REPORT, REPORT_SCHEMA_VERSION, read_json
from ..errors import ArtifactError
from ._report_metrics import baseline_prefix, report_metrics
from ._run_folder import CONFIG, METRICS, read_settings
from ._unfinished import is_unfinished

__all__ = ["ListedRun", "list_runs", "natural_order", "run_folders"]

# A config.yaml alone may be another program's.
_MARKS = (CONFIG, METRICS, REPORT, "environment.json", "model/model.json")
_DEPTH = 4  # a run in a sweep in `runs` is three folders below the folder above `runs`
_DAMAGE = (KeyError, TypeError, ValueError, IndexError, AttributeError, StopIteration)


@dataclass(frozen=True)
class ListedRun:
    """A run with the numbers of its report; what is unknown is None.

    Attributes
    ----------
    run : str
        Run folder.
    status : {"complete", "incomplete", "damaged"}
        An incomplete run has no report: its training runs, or was interrupted.
    problem : str or None
        What is wrong with a run that is not complete, or how to continue one that was ended early.
    source, estimator : str or None
        Name of the source, and kind of the estimator.
    code_size : int or None
        None for estimators without codes.
    measure : str or None
        What the errors are, such as "squared error per row".
    which : {"held_out", "train"} or None
        The rows of ``error``.
    error : float or None
        Error of the model.
    baseline : str or None
        Name of the baseline: "PCA" for autoencoders.
    baseline_error : float or None
        Error of the baseline on the same rows.
    vs_baseline : float or None
        Error divided by that of the baseline, minus 1: negative is better than the baseline.
    training_seconds : float or None
    created : str or None
        End of the training, in ISO 8601.
    settings : dict
        Parameters of the estimator by name.
    """

    run: str
    status: str
    problem: str | None = None
    source: str | None = None
    estimator: str | None = None
    code_size: int | None = None
    measure: str | None = None
    which: str | None = None
    error: float | None = None
    baseline: str | None = None
    baseline_error: float | None = None
    vs_baseline: float | None = None
    training_seconds: float | None = None
    created: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)


def list_runs(folder: str | os.PathLike[str]) -> list[ListedRun]:
    """List the runs in a folder and in its subfolders, such as those of sweeps.

    Only settings and reports are read, so PyTorch is not imported. A run that cannot be read is
    listed as damaged; other folders are passed over.

    Parameters
    ----------
    folder : path
        Folder of runs, or a run. Runs are found up to four folders below it.

    Returns
    -------
    list of ListedRun
        By path, numbers in natural order.

    Raises
    ------
    ArtifactError
        If there is no such folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ArtifactError(
            f"Folder {folder} not found. Pass the folder of your runs, or train a run with "
            "`isthmus train`."
        )
    return [_listed(run) for run in run_folders(folder)]


def run_folders(folder: Path) -> list[Path]:
    """Return the folders of the runs in a folder, and of those in its subfolders.

    Parameters
    ----------
    folder : pathlib.Path
        Exists.

    Returns
    -------
    list of pathlib.Path
        In natural order, each run once, also if a link leads to it.
    """
    found = sorted(_walk(folder, _DEPTH), key=lambda run: (run.is_symlink(), natural_order(run)))
    each = {os.path.realpath(run): run for run in reversed(found)}
    return sorted(each.values(), key=natural_order)


def natural_order(run: object) -> list[tuple[int, str]]:
    """Return a key that sorts digits-2 before digits-10."""
    parts = re.split(r"(\d+)", str(run))
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def _walk(folder: Path, depth: int) -> Iterator[Path]:
    if _is_marked(folder):
        yield folder
        return
    if not depth or folder.is_symlink():
        return
    children: list[Path] = []
    with suppress(OSError):  # a folder of another user
        children = [Path(entry.path) for entry in os.scandir(folder) if entry.is_dir()]
    for child in children:
        if not child.name.startswith("."):
            yield from _walk(child, depth - 1)


def _is_marked(folder: Path) -> bool:
    with suppress(PermissionError):
        return sum((folder / name).is_file() for name in _MARKS) >= 2
    return False


def _listed(run: Path) -> ListedRun:
    name, told = str(run), {}
    try:
        told = _told_by_settings(read_settings(run))
        if not (run / REPORT).is_file():
            return ListedRun(name, "incomplete", _why_incomplete(run), **told)
        rest = Message(
            "The training was ended early. Continue it with `isthmus train --resume {run}`.",
            run=name,
        )
        told |= _told_by_report(run)
        return ListedRun(name, "complete", rest if is_unfinished(run) else None, **told)
    except ArtifactError as error:
        return ListedRun(name, "damaged", str(error), **told)


def _why_incomplete(run: Path) -> Message:
    if not is_unfinished(run):
        return Message("No report: the training is not finished.")
    return Message(
        "The training is not finished. If it does not run, continue it with "
        "`isthmus train --resume {run}`.",
        run=str(run),
    )


def _told_by_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "source": str(config["source"]["source"]),
        "estimator": config["estimator"],
        "settings": config["parameters"],
    }


def _told_by_report(run: Path) -> dict[str, Any]:
    report = read_json(run / REPORT)
    if (version := report.get("schema_version")) != REPORT_SCHEMA_VERSION:
        raise ArtifactError(
            f"{run / REPORT} must have schema version {REPORT_SCHEMA_VERSION}. Got {version}: use "
            "the Isthmus that wrote it, or train again."
        )
    try:
        found = report_metrics(report)
        row, about = found["row"], found["about"]
        error, baseline = f"{about['which']}_error", about["baseline"]
        beside = None if baseline is None else row.get(baseline_prefix(baseline) + error)
        return {
            "source": str(report["source"]["name"]),
            "code_size": row["code_size"],
            "measure": about["measure"],
            "which": about["which"],
            "error": row[error],
            "baseline": baseline,
            "baseline_error": beside,
            "vs_baseline": row[error] / beside - 1 if beside else None,
            "training_seconds": row["training_seconds"],
            "created": str(report["created"]),
            "settings": {**report["settings"]},
        }
    except _DAMAGE as error:
        raise ArtifactError(
            f"{run} is not a complete run: its {REPORT} is damaged ({what_is_wrong(error)})."
        ) from None
