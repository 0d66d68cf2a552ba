"""isthmus sweep."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from .._translation import Message, check_language, locale_language, translate
from ..errors import UsageError
from ..estimators import TRAINABLE, estimator_named
from ..sweeps import Range, run_search, run_sweep
from ._config import chosen_settings
from ._options import bounds, split_values, whole_number, with_parameters
from ._progress import SweepProgress
from ._source_options import TrainingOptions
from ._terminal_tables import sweep_table
from ._terminal_text import one_line, say

__all__ = ["sweep"]

_NO_OPTIONS = TrainingOptions()


def _sweep(
    source: str | None = None,
    /,
    *,
    seeds: Annotated[int, Parameter(metavar="N", converter=whole_number)] = 1,
    search: Annotated[int | None, Parameter(metavar="N", converter=whole_number)] = None,
    jobs: Annotated[int, Parameter(metavar="N", converter=whole_number)] = 1,
    out: Annotated[Path | None, Parameter(metavar="FOLDER")] = None,
    chosen: Annotated[TrainingOptions, Parameter(name="*")] = _NO_OPTIONS,
    log: Annotated[list[str] | None, Parameter(metavar="TOOL[=PLACE]")] = None,
    lang: Annotated[str | None, Parameter(metavar="en|zh")] = None,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
    quiet: Annotated[bool, Parameter(name=("--quiet", "-q"))] = False,
    verbose: Annotated[bool, Parameter(name=("--verbose", "-v"))] = False,
    parameters: dict[str, Any] | None = None,
) -> int:
    """Train once for each value of a parameter, and show what it does to the error.

    Parameters
    ----------
    source
        Where rows come from, as for `isthmus train`.
    seeds
        How many trainings for each value, by seeds that count from --seed. Default: 1.
    search
        Do not try all, but look for the best by N trainings, chosen by Optuna: for parameters with
        several values, or with a range such as 2..64 or 1e-4..1e-1, by logarithms where its
        bounds are a factor of ten apart.
    jobs
        How many processes train at once, each with its share of the threads. Default: 1.
    out
        The sweep's folder. Default: a new one below runs/. One that holds this very sweep is gone
        on with: only what is missing is trained.
    chosen
        What all trainings have in common.
    log
        Also take each training down in tensorboard, mlflow or wandb; may stand several times.
        PLACE is TensorBoard's folder (default: the run's), MLflow's SQLite file (default:
        mlflow.db beside the run's folder) or W&B's project.
    lang
        Of the figure, the runs' reports and what is printed: en or zh. Default: that of the
        locale.
    as_json
        Print one JSON document on stdout instead of the table.
    quiet
        Show no progress.
    verbose
        Show each training's epochs too.
    """
    given = parameters or {}
    language = locale_language() if lang is None else lang
    check_language(language)

    # A recipe may choose the estimator, and it tells which commas part values and which numbers.
    name = chosen_settings(source, chosen, {})["estimator"]
    kind = estimator_named(name)
    ranges = {name: bounds(text) for name, text in given.items()}
    space: dict[str, Any] = {name: Range(*ends) for name, ends in ranges.items() if ends}
    one, several = split_values({n: v for n, v in given.items() if n not in space}, kind)
    _check_search(search, space, seeds)
    whole = chosen_settings(source, chosen, one)
    lines = bool(whole["parameters"].pop("verbose", False)) or verbose
    watcher = SweepProgress(quiet=quiet, lines=lines, language=language)
    try:
        shared: dict[str, Any] = {"out": out, "jobs": jobs, "logs": log or (), "watcher": watcher}
        shared["language"] = language
        if search is None:
            folder, document = run_sweep(whole, several, n_seeds=seeds, **shared)
        else:
            folder, document = run_search(whole, space | several, n_trials=search, **shared)
    except KeyboardInterrupt:
        if watcher.folder is None:
            raise
        n_done = len([*watcher.folder.glob("*/report.json")])  # other processes' too
        line = Message(
            "Interrupted: {n} of {total} trainings are done. Run the same command with "
            "`--out {folder}` to continue.",
            n=n_done,
            total=watcher.n_trainings,
            folder=str(watcher.folder),
        )
        say(f"isthmus: {translate(line, language)}", stream=sys.stderr)
        return 1
    failures = {row["run"]: row["failure"] for row in document["rows"] if "failure" in row}
    if as_json:
        print(json.dumps(document, indent=2))
    else:
        say(_told(document, folder, language))
    for name, failure in failures.items():
        line = Message("{name} failed: {failure}", name=name, failure=one_line(failure))
        say(f"isthmus: {translate(line, language)}", stream=sys.stderr)
    return 1 if failures else 0


def _told(document: dict[str, Any], folder: Path, language: str) -> str:
    lines: list[str] = [sweep_table(document, language), ""]
    if document["measure"] is not None:
        lines += [Message("(Errors: {measure}.)", measure=document["measure"]), ""]
    figure = folder / "sweep.svg"
    lines += document["sentences"]
    place = {"folder": str(folder), "figure": str(figure)}
    lines.append(
        Message("Sweep: {folder}  (open {figure})", **place)
        if figure.is_file()
        else Message("Sweep: {folder}", folder=str(folder))
    )
    return "\n".join(translate(line, language) for line in lines)


def _check_search(search: int | None, space: dict[str, Any], seeds: int) -> None:
    if search is None and space:
        name = next(iter(space))
        raise UsageError(
            f"A range is for a search: say how many trainings by --search N, or give `{name}` "
            "values with commas between."
        )
    if search is not None and seeds != 1:
        raise UsageError("`seeds` means nothing for a search: leave it out.")


sweep = with_parameters(_sweep, TRAINABLE)
