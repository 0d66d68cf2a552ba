"""isthmus train."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from .._translation import Message, check_language, locale_language, translate
from ..doctor import Finding
from ..estimators import TRAINABLE
from ..logs import make_log
from ..runs import run_training
from ._busy_machine import OtherWork, sharing_the_machine
from ._config import chosen_settings
from ._doctor_command import brief_lines, say_of_rows
from ._options import with_parameters
from ._progress import progress
from ._source_options import TrainingOptions
from ._terminal_tables import results_table, say_columns
from ._terminal_text import as_json_value, say

__all__ = ["train"]

_NO_OPTIONS = TrainingOptions()


def _train(
    source: str | None = None,
    /,
    *,
    out: Annotated[Path | None, Parameter(metavar="FOLDER")] = None,
    force: bool = False,
    chosen: Annotated[TrainingOptions, Parameter(name="*")] = _NO_OPTIONS,
    ablate: bool = False,
    map: Annotated[str, Parameter(metavar="pca|umap")] = "pca",
    lang: Annotated[str | None, Parameter(metavar="en|zh")] = None,
    log: Annotated[list[str] | None, Parameter(metavar="TOOL[=PLACE]")] = None,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
    quiet: Annotated[bool, Parameter(name=("--quiet", "-q"))] = False,
    verbose: Annotated[bool, Parameter(name=("--verbose", "-v"))] = False,
    parameters: dict[str, Any] | None = None,
) -> int:
    """Train an autoencoder and compare it with PCA.

    Parameters
    ----------
    source
        Rows: digits, mnist or fashion-mnist; a .npy, .npz, .csv or .parquet file; a folder of
        pictures; a .txt file with one text per line. Default: digits, or the source of the config
        file or the recipe.
    out
        Run folder. Default: a new one below runs/.
    force
        Replace an existing run once the new one is complete. A folder that is not a run, or that
        contains other files, is never replaced.
    chosen
        Settings of the training.
    ablate
        For a stack: also train the same network without pretraining, for as many passes over the
        rows and with three seeds each, and report what pretraining gained.
    map
        Layout of the map of codes: pca, or umap, which requires `pip install 'isthmus[umap]'`.
        Default: pca.
    lang
        Language of the output and of the report: en or zh. Default: that of the locale.
    log
        Log the run to TensorBoard, MLflow or W&B: tensorboard, mlflow or wandb. May be repeated.
        PLACE is TensorBoard's folder (default: the run's), MLflow's SQLite file (default:
        mlflow.db next to the run's folder) or W&B's project.
    as_json
        Print one JSON document on stdout instead of the table.
    quiet
        Show no progress.
    verbose
        Also announce the training, and show a line per epoch on a terminal. Elsewhere, such as in a
        log file, these lines are always shown.
    """
    language = locale_language() if lang is None else lang
    check_language(language)
    logs = [make_log(text) for text in log or ()]
    whole = chosen_settings(source, chosen, parameters)
    lines = whole["parameters"].pop("verbose", False)
    shown = progress(quiet=quiet, lines=verbose or bool(lines), language=language)
    with sharing_the_machine(OtherWork(), language) as share:

        def before_training(found: Sequence[Finding]) -> None:
            say_of_rows(found, language=language)
            share()

        folder, document = run_training(
            whole,
            out=out,
            force=force,
            ablate=ablate,
            map=map,
            language=language,
            callbacks=[*logs, *shown],
            on_columns=None if quiet else partial(say_columns, language=language),
            on_rows=before_training,
        )
    if as_json:
        print(json.dumps(document, indent=2, default=as_json_value))
        return 0
    say(_summary(document, folder, language))
    return 0


def _summary(document: dict[str, Any], folder: Path, language: str) -> str:
    model = document["model"]
    lines: list[str] = [results_table(document, language), "", document["verdict"], ""]
    if model["epochs"] > model.get("best_epoch", model["epochs"]):
        lines.append(
            Message(
                "Trained for {epochs} epochs; kept the weights of epoch {best}, with the lowest "
                "validation loss.",
                epochs=model["epochs"],
                best=model["best_epoch"],
            )
        )
    if "ablation" in document:
        lines.append(document["ablation"]["sentence"])
    lines += brief_lines(document["findings"])
    lines += [Message("Note: {note}", note=note) for note in document["source"]["notes"]]
    lines.append(
        Message(
            "Run: {folder}  (open {page})", folder=str(folder), page=str(folder / "report.html")
        )
    )
    return "\n".join(translate(line, language) for line in lines)


train = with_parameters(_train, TRAINABLE)
