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
    """Train once per value of a parameter, and compare the errors.

    Parameters
    ----------
    source
        Rows, as for `isthmus train`.
    seeds
        Number of trainings per value, with seeds counted from --seed. Default: 1.
    search
        Instead of all combinations, train N that Optuna chooses to find the best: for parameters
        with several values, or with a range such as 2..64 or 1e-4..1e-1, which is sampled on a
        logarithmic scale if its bounds are a factor of ten apart.
    jobs
        Number of trainings to run in parallel, which share the threads. Default: 1.
    out
        Sweep folder. Default: a new one below runs/. If it contains the same sweep, only missing
        trainings are run.
    chosen
        Settings that all trainings share.
    log
        Log each training to TensorBoard, MLflow or W&B: tensorboard, mlflow or wandb. May be
        repeated. PLACE is TensorBoard's folder (default: the run's), MLflow's SQLite file (default:
        mlflow.db next to the run's folder) or W&B's project.
    lang
        Language of the output, the figure and the runs' reports: en or zh. Default: that of the
        locale.
    as_json
        Print one JSON document on stdout instead of the table.
    quiet
        Show no progress.
    verbose
        Also show each training's epochs.
    """
    given = parameters or {}
    language = locale_language() if lang is None else lang
    check_language(language)

    # A recipe may set the estimator, which defines whether commas separate values or numbers.
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
    lines += document["messages"]
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
            f"`{name}` has a range, which requires --search N with the number of trainings. "
            "Without a search, separate its values with commas."
        )
    if search is not None and seeds != 1:
        raise UsageError("`seeds` does not apply to a search. Leave it out.")


sweep = with_parameters(_sweep, TRAINABLE)
