"""Results of a sweep, collected from its runs: tables, messages and a page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .._damage import what_is_wrong
from .._documents import read_json_file
from .._files import write_text
from ..errors import ArtifactError
from ..runs import baseline_prefix, remove_left_overs, report_metrics, write_rows
from ._sweep_findings import find, messages_about
from ._sweep_page import write_page
from ._sweep_plan import SWEEP, SweepPlan, Training, value_text

__all__ = ["is_whole", "write_results"]


_FILES_OF_A_RUN = ("report.json", "report.html", "MODEL_CARD.md")
_FILES_OF_A_MODEL = ("model/model.json", "model/model.safetensors")


def is_whole(run: Path) -> bool:
    """Return whether a run is complete: the report is written after the model."""
    return all((run / file).is_file() for file in _FILES_OF_A_RUN + _FILES_OF_A_MODEL)


def write_results(
    folder: Path, plan: SweepPlan, failures: Mapping[str, str], *, language: str = "en"
) -> dict[str, Any]:
    """Collect the results of a sweep's runs, and write tables, JSON and a page.

    Parameters
    ----------
    folder : pathlib.Path
        Sweep folder.
    plan : SweepPlan
        Trainings of the sweep.
    failures : mapping of str to str
        Reasons of the failed trainings.
    language : {"en", "zh"}, default="en"
        Language of the page.

    Returns
    -------
    dict
        Content of ``sweep.json``.
    """
    whole = [t.name for t in plan.trainings if is_whole(folder / t.name)]
    for name in whole:  # a process may have been killed just after it completed a run
        remove_left_overs(folder / name)
    reports = {name: _read(folder / name) for name in whole}
    rows = [_row(t, reports.get(t.name), failures.get(t.name)) for t in plan.trainings]
    begun = read_json_file(folder / SWEEP)
    document = {
        **{name: begun[name] for name in ("schema_version", "plan", "data")},
        "folder": str(folder),
        "parameters": list(plan.axes),
        **_about(list(reports.values())),
        "rows": rows,
    }
    document["findings"] = find(document)
    document["messages"] = messages_about(document["findings"])
    columns = _columns(rows)
    for suffix in (".csv", ".parquet"):
        no_codes = np.empty((len(rows), 0))
        write_rows(folder / f"results{suffix}", [no_codes], len(rows), [], columns)
    if reports:
        write_page(folder, document, language=language)
    write_text(folder / SWEEP, json.dumps(document, indent=2) + "\n")
    return document


def _read(run: Path) -> dict[str, Any]:
    try:
        report = read_json_file(run / "report.json")
        return report_metrics(report)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, StopIteration) as error:
        raise ArtifactError(
            f"{run} has no readable report ({what_is_wrong(error)}). Remove that folder, "
            "and the sweep trains it again."
        ) from None


def _about(taken: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the kind of metrics that all runs share, and the error to compare by."""
    if not taken:
        return dict.fromkeys(("measure", "which", "model", "baseline", "error", "baseline_error"))
    about: dict[str, Any] = taken[0]["about"]
    error = f"{about['which']}_error"
    baseline = about["baseline"]
    return about | {
        "error": error,
        "baseline_error": None if baseline is None else baseline_prefix(baseline) + error,
    }


def _row(
    training: Training, taken: Mapping[str, Any] | None, failure: str | None
) -> dict[str, Any]:
    lists = {name: v for name, v in training.values.items() if isinstance(v, tuple | list)}
    values = training.values | {name: value_text(v) for name, v in lists.items()}
    row = {"run": training.name, **values}
    return row | (taken["row"] if taken else {"failure": failure})


def _columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the rows as columns: texts if a column has any, None for missing values."""
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {}
    for name in names:
        values = [row.get(name) for row in rows]
        if any(isinstance(v, str) for v in values):
            values = [v if v is None or isinstance(v, str) else value_text(v) for v in values]
        column = np.empty(len(rows), dtype=object)
        column[:] = values
        columns[name] = column
    return columns
