"""isthmus train."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from .._language import Sentence, check_language, locale_language, told
from ..estimators import TRAINABLE
from ..runs import make_log, run_training
from ._config import chosen_settings
from ._doctor import brief_lines, say_of_rows
from ._options import whole_number, with_parameters
from ._progress import progress
from ._tables import results_table
from ._text import say

__all__ = ["train"]


def _train(
    source: str | None = None,
    /,
    *,
    recipe: Annotated[str | None, Parameter(metavar="NAME")] = None,
    config: Annotated[Path | None, Parameter(metavar="FILE")] = None,
    estimator: Annotated[str | None, Parameter(metavar="NAME")] = None,
    out: Annotated[Path | None, Parameter(metavar="FOLDER")] = None,
    force: bool = False,
    seed: Annotated[int | None, Parameter(metavar="N", converter=whole_number)] = None,
    device: Annotated[str | None, Parameter(metavar="NAME")] = None,
    data_dir: Annotated[Path | None, Parameter(metavar="FOLDER")] = None,
    columns: Annotated[str | None, Parameter(metavar="A,B,...")] = None,
    label: Annotated[str | None, Parameter(metavar="NAME")] = None,
    text_column: Annotated[str | None, Parameter(metavar="A,B,...")] = None,
    max_words: Annotated[int | None, Parameter(metavar="N", converter=whole_number)] = None,
    image_size: Annotated[str | None, Parameter(metavar="SIZE")] = None,
    test_fraction: Annotated[float | None, Parameter(metavar="SHARE")] = None,
    labels_per_class: Annotated[int | None, Parameter(metavar="N", converter=whole_number)] = None,
    ablate: bool = False,
    lang: Annotated[str | None, Parameter(metavar="en|zh")] = None,
    log: Annotated[list[str] | None, Parameter(metavar="TOOL[=PLACE]")] = None,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
    quiet: Annotated[bool, Parameter(name=("--quiet", "-q"))] = False,
    verbose: Annotated[bool, Parameter(name=("--verbose", "-v"))] = False,
    parameters: dict[str, Any] | None = None,
) -> int:
    """Train an autoencoder on your rows and show what it learned, with PCA beside it.

    Parameters
    ----------
    source
        Where rows come from: digits, mnist or fashion-mnist; a .npy, .npz, .csv or .parquet file;
        a folder of pictures; a .txt file with one text a line. Default: digits, or what the
        config file or the recipe names.
    recipe
        A named, complete setting: tutorial, tutorial-sigmoid, stacked-tutorial, hinton2006,
        deep-30, sdae, few-labels or document-codes (for texts).
    config
        A YAML file with source, estimator and parameters, such as a run's config.yaml. Paths in
        it are read as if they stood on the command line.
    estimator
        Which kind: autoencoder; stacked; stacked-classifier, which learns labels too; or
        outlier-detector, for `isthmus score`. Default: autoencoder.
    out
        The run's folder. Default: a new one below runs/.
    force
        Replace the run that is there, once the new one is complete.
    seed
        Of weights, splits and shuffling; the same seed gives the same model. Default: 0.
    device
        Where to train: auto, cpu or cuda. Default: auto.
    data_dir
        Where to look first for the files of mnist or fashion-mnist.
    columns
        A table's columns to use, with commas between. Default: all numeric ones.
    label
        The column of a table, or the array of a .npz file, that holds labels. They colour the
        map of codes; nothing but a classifier learns from them.
    text_column
        A table's column of texts, which are then the rows; those of several, with commas between,
        are joined by a blank.
    max_words
        For texts: how many words of the training texts, the most frequent ones but for English
        stop words, are the columns; their values are tf-idf. Default: 2000.
    image_size
        Resize a folder's pictures: 32, or HEIGHTxWIDTH.
    test_fraction
        Share of rows held out to measure on, from 0 to below 1, where the source has no test rows
        of its own. Default: 0.2.
    labels_per_class
        For a classifier: how many labels of each class to learn from; all other rows are taken
        for unlabelled. Default: all.
    ablate
        For a stack: also train the same network without pretraining, for as many passes over the
        rows and with three seeds each, and tell what the pretraining bought.
    lang
        Of the report and of what is printed: en or zh. Default: that of the locale.
    log
        Also take the run down in tensorboard, mlflow or wandb; may stand several times.
        PLACE is TensorBoard's folder (default: the run's), MLflow's SQLite file (default:
        mlflow.db beside the run's folder) or W&B's project.
    as_json
        Print one JSON document on stdout instead of the table.
    quiet
        Show no progress.
    verbose
        Show a line an epoch beside the progress bar, and what is about to happen.
    """
    language = locale_language() if lang is None else lang
    check_language(language)
    logs = [make_log(text) for text in log or ()]
    whole = chosen_settings(
        recipe=recipe,
        config=config,
        source=source,
        data_dir=data_dir,
        columns=columns,
        label=label,
        text_column=text_column,
        image_size=image_size,
        seed=seed,
        device=device,
        parameters=parameters,
        estimator=estimator,
        test_fraction=test_fraction,
        labels_per_class=labels_per_class,
        max_words=max_words,
    )
    lines = whole["parameters"].pop("verbose", False)
    folder, document = run_training(
        whole,
        out=out,
        force=force,
        ablate=ablate,
        language=language,
        callbacks=[*logs, *progress(quiet=quiet, lines=verbose or bool(lines), language=language)],
        on_rows=functools.partial(say_of_rows, language=language),
    )
    if as_json:
        print(json.dumps(document, indent=2, default=str))
        return 0
    say(_summary(document, folder, language))
    return 0


def _summary(document: dict[str, Any], folder: Path, language: str) -> str:
    model = document["model"]
    lines: list[str] = [results_table(document, language), "", document["verdict"], ""]
    if model["epochs"] > model.get("best_epoch", model["epochs"]):
        lines.append(
            Sentence(
                "Trained for {epochs} {epochs:epoch|epochs}; the weights are those of epoch "
                "{best}, the best on validation rows.",
                epochs=model["epochs"],
                best=model["best_epoch"],
            )
        )
    if "ablation" in document:
        lines.append(document["ablation"]["sentence"])
    lines += brief_lines(document["findings"])
    lines += [Sentence("Note: {note}", note=note) for note in document["source"]["notes"]]
    lines.append(
        Sentence(
            "Run: {folder}  (open {page})", folder=str(folder), page=str(folder / "report.html")
        )
    )
    return "\n".join(told(line, language) for line in lines)


train = with_parameters(_train, TRAINABLE)
