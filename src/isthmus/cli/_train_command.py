"""isthmus train."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from .._translation import Message, check_language, locale_language, translate
from ._busy_machine import OtherWork, sharing_the_machine
from ._chosen_tools import check_logs, check_map
from ._config import chosen_settings
from ._declared_parameters import AUTO, check_declared
from ._dry_run import DryRunOutput, log_places, say_dry_run
from ._durations import duration, interval
from ._early_checks import check_can_be_stopped, refuse_to_stop
from ._finding_lines import brief_lines, say_of_rows
from ._launched_ranks import launch
from ._next_command import say_next
from ._option_groups import OUTPUT, TRAINING
from ._options import with_parameters
from ._resumed_training import run_to_resume, to_continue, with_its_threads
from ._source_options import TrainingOptions
from ._status_line import Status
from ._terminal_tables import results_table, say_columns, say_table
from ._terminal_text import say, say_json
from ._training_rows import read_training_rows

if TYPE_CHECKING:
    from ..doctor import Finding
    from ..sources import Dataset

__all__ = ["train"]

_NO_OPTIONS = TrainingOptions()
_OF_CHECKPOINTS = ("checkpoint_seconds", "checkpoint_epochs")


def _train(
    source: str | None = None,
    /,
    *,
    out: Annotated[Path | None, Parameter(metavar="FOLDER")] = None,
    force: bool = False,
    resume: Annotated[Path | None, Parameter(metavar="RUN")] = None,
    max_time: Annotated[
        float | None, Parameter(metavar="TIME", converter=duration, group=TRAINING)
    ] = None,
    checkpoint_every: Annotated[
        tuple[float | None, int | None] | None,
        Parameter(
            metavar="TIME|Nepochs", converter=interval, n_tokens=1, accepts_keys=False, group=OUTPUT
        ),
    ] = None,
    chosen: Annotated[TrainingOptions, Parameter(name="*")] = _NO_OPTIONS,
    ablate: Annotated[bool, Parameter(group=OUTPUT)] = False,
    map: Annotated[str, Parameter(metavar="pca|umap", group=OUTPUT)] = "pca",
    interactive: Annotated[bool, Parameter(group=OUTPUT, negative="")] = False,
    lang: Annotated[str | None, Parameter(metavar="en|zh", group=OUTPUT)] = None,
    log: Annotated[list[str] | None, Parameter(metavar="TOOL[=PLACE]", group=OUTPUT)] = None,
    dry_run: DryRunOutput = False,
    as_json: Annotated[bool, Parameter(name="--json", group=OUTPUT)] = False,
    quiet: Annotated[bool, Parameter(name=("--quiet", "-q"), group=OUTPUT)] = False,
    verbose: Annotated[bool, Parameter(name=("--verbose", "-v"), group=OUTPUT)] = False,
    parameters: dict[str, Any] | None = None,
) -> int:
    """Train an autoencoder and compare it with PCA.

    Parameters
    ----------
    source
        Rows: digits, mnist or fashion-mnist; a table such as .csv, .xlsx or .parquet, or a folder
        of them; an array (.npy, .npz, .mat); a folder or .tar file of pictures; a .txt file with
        one text per line. Default: digits, or the source of the config file or the recipe.
    out
        Run folder. Default: a new one below runs/.
    force
        Replace an existing run once the new one is complete. A folder that is not a run, or that
        contains other files, is never replaced.
    resume
        Continue a training that was killed, stopped or ended by --max-time, from its last
        checkpoint and with its own settings. The result is the same as without an interruption.
    max_time
        End the training after this time, such as 90s, 10m or 1h30m, and keep the best weights until
        then; `--resume` continues it. Measuring and the report come after it. Default: no limit.
    checkpoint_every
        Write a checkpoint after each such time of training, or number of epochs: 10m, 5epochs or
        never. Default: 1m.
    chosen
        Settings of the training.
    ablate
        For a stack: also train the same network without pretraining, for as many passes over the
        rows and with three seeds each, and report what pretraining gained.
    map
        Layout of the map of codes: pca, or umap, which requires `pip install 'isthmus[umap]'`.
        Default: pca.
    interactive
        Add a script to the report, to read, move and zoom maps, read curves and sort tables. The
        page still asks for nothing from a network.
    lang
        Language of the output and of the report: en or zh. Default: that of the locale.
    log
        Log the run to TensorBoard, MLflow or W&B: tensorboard, mlflow or wandb. May be repeated.
        PLACE is TensorBoard's folder (default: the run's), MLflow's SQLite file (default:
        mlflow.db next to the run's folder) or W&B's project.
    dry_run
        Say what would be read and written, after all checks, and write nothing.
    as_json
        Print one JSON document on stdout instead of the table.
    quiet
        Show no progress.
    verbose
        Also announce the training, and show a line for each epoch. Without a terminal, such as in a
        log file, about ten epochs have a line otherwise.
    """
    language = locale_language() if lang is None else lang
    check_language(language)
    check_map(map)
    check_logs(log)
    options: dict[str, Any] = {
        "ablate": ablate,
        "map": map,
        "language": language,
        "interactive": interactive,
    }
    resumes = None
    if resume is None:
        whole = chosen_settings(source, chosen, parameters, estimator=AUTO)
    else:
        given = {
            "a source": source is not None,
            "--out": out is not None,
            "--force": force,
            "--ablate": ablate,
            "--map": map != "pca",
            "--interactive": interactive,
            "settings of the training": chosen != _NO_OPTIONS or bool(parameters),
        }
        resumes = run_to_resume(resume, given)
        whole, out = resumes.config, resume
        options = resumes.options | ({} if lang is None else {"language": lang})
    if checkpoint_every is not None:
        options["checkpoint_seconds"], options["checkpoint_epochs"] = checkpoint_every
    lines = bool(whole["parameters"].pop("verbose", False)) or verbose
    check_declared(whole["estimator"], whole["parameters"])
    check_can_be_stopped(whole["estimator"], max_time)
    status = Status(language, quiet=quiet)
    work = OtherWork()
    started = launch()
    force = force or started.replaces_own(out)
    if resumes is None and not started.rank:
        from ..runs import check_run_folder

        check_run_folder(out, force=force, source=whole["source"])
    dataset = read_training_rows(whole, status)
    if dry_run:
        from ..runs import check_can_train, next_free

        check_can_train(whole, dataset)
        folder = next_free(dataset.name) if out is None else out
        reads = {whole["source"]["source"]: len(dataset.X)}
        writes = [folder, *log_places(log, folder)]
        return say_dry_run(reads, writes, language, as_json=as_json)
    meet = partial(started.join, *_described(dataset, whole))
    if resumes is None:
        resumes = started.interrupted(out, whole)
        whole = whole if resumes is None else resumes.config
    status.loading()
    from ..logs import make_log
    from ..runs import join_training, kind_named, run_training
    from ..training import TimeLimit
    from ._interruption import Interruption
    from ._progress import Continuing, progress

    kind = kind_named(whole["estimator"])
    started.check_trains(kind.name, can_share=kind.shares_batches, ablates=ablate)
    if not kind.can_stop_early:  # of an estimator that is not among those of Isthmus
        refuse_to_stop(whole["estimator"], max_time)
    limits = [] if max_time is None else [TimeLimit(max_time)]
    logs = [make_log(text) for text in log or ()]
    shown = progress(quiet=quiet, lines=lines, language=language)
    if resumes is not None and not quiet:
        shown.insert(0, Continuing(str(resumes.folder), language))
    interruption = Interruption(language, is_on=kind.can_stop_early)
    said: list[str] = []
    threads = (
        sharing_the_machine(work, language)
        if resume is None or resumes is None
        else with_its_threads(resumes, language)
    )
    with threads as share, interruption:

        def before_training(found: Sequence[Finding]) -> None:
            said.extend(say_of_rows(found, language=language))
            share()
            meet()

        def phase(message: str) -> None:
            interruption.trained()
            status(message)

        if started.rank:
            join_training(
                whole,
                dataset=dataset,
                callbacks=[*limits, interruption],
                on_rows=meet,
                out=out if resumes is None else resumes.folder,
                **{name: value for name, value in options.items() if name in _OF_CHECKPOINTS},
            )
            started.leave()
            return 0
        folder, document = run_training(
            whole,
            out=out,
            force=force,
            callbacks=[*logs, *shown, *limits, interruption],
            on_columns=None if quiet else partial(say_columns, language=language),
            on_rows=before_training,
            on_phase=phase,
            dataset=dataset,
            resumes=resumes,
            **options,
        )
    started.leave()
    if as_json:
        say_json(document)
        return 0
    _say_summary(document, folder, language, said)
    return 0


def _described(dataset: Dataset, whole: dict[str, Any]) -> tuple[str, str]:
    """Return the rows and the settings in words that are the same in all processes."""
    shape = getattr(dataset.X, "shape", (len(dataset.X),))
    return " x ".join(f"{n:,}" for n in shape), repr(whole)


def _say_summary(
    document: dict[str, Any], folder: Path, language: str, said: Sequence[str]
) -> None:
    from ..runs import is_unfinished

    model = document["model"]
    say_table(results_table(document, language))
    say()
    say(translate(document["verdict"], language), style="bold")
    say()
    lines: list[str] = []
    if model["epochs"] > model.get("best_epoch", model["epochs"]):
        lines.append(
            Message.plural(
                "Trained for {n} epoch; kept the weights of epoch {best}, with the lowest "
                "validation loss.",
                "Trained for {n} epochs; kept the weights of epoch {best}, with the lowest "
                "validation loss.",
                model["epochs"],
                best=model["best_epoch"],
            )
        )
    if "ablation" in document:
        lines.append(document["ablation"]["sentence"])
    lines += brief_lines([f for f in document["findings"] if f["seen"] not in said])
    lines += [Message("Note: {note}", note=note) for note in document["source"]["notes"]]
    lines.append(
        Message(
            "Run: {folder}  (open {page})", folder=str(folder), page=str(folder / "report.html")
        )
    )
    if is_unfinished(folder):
        lines.append(to_continue(folder))
    for line in lines:
        say(translate(line, language))
    say_next(language, *_next_words(document, folder))


def _next_words(document: dict[str, Any], folder: Path) -> tuple[object, ...]:
    from ..runs import kind_named

    if kind_named(document["kind"]).can("transform"):
        return "encode", folder, "-o", "codes.csv"
    return "score", folder, "-o", "scores.csv"


train = with_parameters(_train)
