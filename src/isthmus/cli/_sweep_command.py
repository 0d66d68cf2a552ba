"""isthmus sweep."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from .._translation import Message, check_language, locale_language, translate
from ..errors import UsageError
from ._chosen_tools import check_logs
from ._config import chosen_settings
from ._declared_parameters import check_declared, parameters_of
from ._dry_run import DryRunOutput, log_places, say_dry_run
from ._merged_shards import merged
from ._next_command import say_next
from ._option_groups import OUTPUT
from ._options import bounds, split_values, whole_number, with_parameters
from ._shard_option import chosen_shard
from ._source_options import TrainingOptions
from ._status_line import Status
from ._terminal_tables import say_table, sweep_table
from ._terminal_text import one_line, say, say_json
from ._training_rows import read_training_rows

if TYPE_CHECKING:
    from ..sources import Dataset

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
    shard: Annotated[str | None, Parameter(metavar="I/N")] = None,
    merge: Annotated[
        list[Path] | None,
        Parameter(metavar="FOLDER...", consume_multiple=True, negative=()),
    ] = None,
    chosen: Annotated[TrainingOptions, Parameter(name="*")] = _NO_OPTIONS,
    log: Annotated[list[str] | None, Parameter(metavar="TOOL[=PLACE]", group=OUTPUT)] = None,
    lang: Annotated[str | None, Parameter(metavar="en|zh", group=OUTPUT)] = None,
    dry_run: DryRunOutput = False,
    as_json: Annotated[bool, Parameter(name="--json", group=OUTPUT)] = False,
    quiet: Annotated[bool, Parameter(name=("--quiet", "-q"), group=OUTPUT)] = False,
    verbose: Annotated[bool, Parameter(name=("--verbose", "-v"), group=OUTPUT)] = False,
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
    shard
        Run only every N-th training from the I-th, such as 2/8; other processes run the others in
        the same --out. The last one to end writes the tables, and so does the same command without
        --shard.
    merge
        Train nothing: join the sweep folders of shards that were trained on machines without a
        common folder, and write the tables to --out.
    chosen
        Settings that all trainings share.
    log
        Log each training to TensorBoard, MLflow or W&B: tensorboard, mlflow or wandb. May be
        repeated. PLACE is TensorBoard's folder (default: the run's), MLflow's SQLite file (default:
        mlflow.db next to the run's folder) or W&B's project.
    lang
        Language of the output, the figure and the runs' reports: en or zh. Default: that of the
        locale.
    dry_run
        Say what would be read and written, after all checks, and write nothing.
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
    check_logs(log)
    if merge is not None:
        others = {
            "a source": source is not None,
            "--shard": shard is not None,
            "--search": search is not None,
            "--dry-run": dry_run,
            "settings of the sweep": chosen != _NO_OPTIONS or bool(given) or seeds != 1,
        }
        folder, whole_document = merged(merge, out, others, language)
        return _end(whole_document, folder, language, as_json=as_json)

    # A recipe may set the estimator, which defines whether commas separate values or numbers.
    name = chosen_settings(source, chosen, {})["estimator"]
    ranges = {name: ends for name, text in given.items() if (ends := bounds(text))}
    one, several = split_values(
        {name: text for name, text in given.items() if name not in ranges},
        parameters_of(name).by_name,
    )
    _check_search(search, ranges, seeds)
    part = chosen_shard(shard, out, search=search)
    whole = chosen_settings(source, chosen, one)
    lines = bool(whole["parameters"].pop("verbose", False)) or verbose
    if several or ranges:  # otherwise this is told together with what is wrong here
        check_declared(name, whole["parameters"])
    status = Status(language, quiet=quiet)
    dataset = _read(whole, None if dry_run else out, status)
    if dry_run:
        from ..runs import next_free

        rows: Any = dataset
        folder = next_free(f"{rows.name}-sweep") if out is None else out
        reads = {whole["source"]["source"]: len(rows.X)}
        writes = [folder, *log_places(log, folder / "run")]
        return say_dry_run(reads, writes, language, as_json=as_json)
    status.loading()
    from ..sweeps import Range, run_search, run_sweep
    from ._sweep_progress import SweepProgress

    space: dict[str, Any] = {name: Range(*ends) for name, ends in ranges.items()}
    watcher = SweepProgress(quiet=quiet, lines=lines, language=language)
    try:
        shared: dict[str, Any] = {"out": out, "jobs": jobs, "logs": log or (), "watcher": watcher}
        shared |= {"language": language, "dataset": dataset}
        if search is None:
            folder, document = run_sweep(whole, several, n_seeds=seeds, shard=part, **shared)
        else:
            folder, document = run_search(whole, space | several, n_trials=search, **shared)
    except KeyboardInterrupt:
        if watcher.folder is None:
            raise
        n_done = len([*watcher.folder.glob("*/report.json")])  # other processes' too
        n_done = watcher.n_done if part[1] > 1 else n_done  # those of this shard
        line = Message(
            "Interrupted: {n} of {total} trainings are done. Run the same command with "
            "`--out {folder}` to continue.",
            n=n_done,
            total=watcher.n_trainings,
            folder=str(watcher.folder),
        )
        raise KeyboardInterrupt(translate(line, language)) from None
    if document is None:
        return _say_shard(watcher, folder, part, language)
    return _end(document, folder, language, as_json=as_json)


def _end(document: dict[str, Any], folder: Path, language: str, *, as_json: bool) -> int:
    """Print the results of a whole sweep, and return the exit code."""
    failures = {row["run"]: row["failure"] for row in document["rows"] if "failure" in row}
    if as_json:
        say_json(document)
    else:
        _say(document, folder, language)
    for name, failure in failures.items():
        line = Message("{name} failed: {failure}", name=name, failure=one_line(failure))
        say(f"isthmus: {translate(line, language)}", stream=sys.stderr)
    return 1 if failures else 0


def _read(whole: dict[str, Any], out: Path | None, status: Status) -> Dataset | None:
    """Read the source before PyTorch is imported; not if the sweep may be complete."""
    if out is not None and out.exists():
        return None
    return read_training_rows(whole, status)


def _say(document: dict[str, Any], folder: Path, language: str) -> None:
    say_table(sweep_table(document, language))
    lines: list[str] = [""]
    if document["measure"] is not None:
        lines += [Message("(Errors: {measure}.)", measure=document["measure"]), ""]
    page = folder / "sweep.html"
    lines += document["messages"]
    place = {"folder": str(folder), "page": str(page)}
    lines.append(
        Message("Sweep: {folder}  (open {page})", **place)
        if page.is_file()
        else Message("Sweep: {folder}", folder=str(folder))
    )
    for line in lines:
        say(translate(line, language))
    error = document["error"] or "held_out_error"
    done = [row for row in document["rows"] if row.get(error) is not None]
    if done:
        best = min(done, key=lambda row: row[error])
        say_next(language, "evaluate", folder / best["run"])


def _say_shard(watcher: Any, folder: Path, part: tuple[int, int], language: str) -> int:
    line = Message(
        "Shard {k}/{n} has ended; trainings of other shards are missing in {folder}. The last "
        "shard writes the tables, and so does the same command without `--shard`.",
        k=part[0] + 1,
        n=part[1],
        folder=str(folder),
    )
    say(translate(line, language), stream=sys.stderr)
    return 1 if watcher.n_failed else 0


def _check_search(search: int | None, space: dict[str, Any], seeds: int) -> None:
    if search is None and space:
        name = next(iter(space))
        raise UsageError(
            f"`{name}` has a range, which requires --search N with the number of trainings. "
            "Without a search, separate its values with commas."
        )
    if search is not None and seeds != 1:
        raise UsageError("`seeds` does not apply to a search. Leave it out.")


sweep = with_parameters(_sweep)
