"""One training from source to report: what `isthmus train` does."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from .._files import write_text
from .._language import Sentence, check_language
from .._random import resolve_seed
from ..data import Dataset, Words, check_spread, fingerprint, read_source
from ..errors import DataError, UsageError, did_you_mean
from ..estimators import (
    TRAINABLE,
    AutoencoderOutlierDetector,
    StackedAutoencoderClassifier,
    is_unlabelled,
    marked_labels,
)
from ..evaluation import Finding, fit_pca
from ..report import write_card, write_report
from ..training import Callback
from ._ablation import ablate_pretraining, check_ablatable
from ._classes import keep_labels, measure_classes
from ._codes import measure_codes
from ._environment import environment, peak_memory
from ._findings import examine_fitted, examine_parts
from ._folder import CONFIG, METRICS, MetricsFile, check_run_folder, new_run_folder
from ._logs import logged
from ._outliers import measure_outliers
from ._parts import Parts, split_dataset
from ._results import Outcome, report_document, save_drawn
from ._source import located

__all__ = ["make_estimator", "prepared", "run_training"]


def run_training(
    config: dict[str, Any],
    *,
    out: str | os.PathLike[str] | None = None,
    force: bool = False,
    ablate: bool = False,
    language: str = "en",
    callbacks: Iterable[Callback] = (),
    on_rows: Callable[[Sequence[Finding]], object] | None = None,
    dataset: Dataset | None = None,
    decompose: Callable[..., Any] = fit_pca,
) -> tuple[Path, dict[str, Any]]:
    """Train on a source, measure beside PCA, and leave a run's folder.

    Parameters
    ----------
    config : dict
        ``source`` (the arguments of ``isthmus.data.read_source``), ``estimator`` (a name),
        ``parameters`` (of the estimator), ``test_fraction`` (the share of rows held out where
        the source has no held-out rows of its own), ``labels_per_class`` (how many labels a
        classifier learns from; None for all) and ``max_words`` (of texts, how many of their words
        are the columns; None for 2,000): what config.yaml holds.
    out : path, default=None
        The run's folder; None chooses a new one below ``runs``.
    force : bool, default=False
        Replace a run that is there.
    ablate : bool, default=False
        Also train without the pretraining, three seeds each, and tell what it bought.
    language : {"en", "zh"}, default="en"
        Of the report, its figures and the model card; report.json is English.
    callbacks : iterable of Callback, default=()
        They look on while the estimator trains; a ``RunLog`` also gets parameters and results.
    on_rows : callable, default=None
        Told what the doctor found in the rows, before the training begins.
    dataset : Dataset, default=None
        The source, where it was read before.
    decompose : callable, default=fit_pca
        What fits PCA, as for ``isthmus.evaluation.beside_pca``.

    Returns
    -------
    tuple of pathlib.Path and dict
        The run's folder, and the report's document.

    Raises
    ------
    IsthmusError
        If anything in the way is wrong; a run that was there is then as it was.
    """
    check_language(language)
    as_written, config = config["source"], _resolved(config)
    estimator = make_estimator(config["estimator"], config["parameters"])
    if ablate:
        check_ablatable(estimator)
    check_run_folder(out, force=force)
    dataset = read_source(**as_written) if dataset is None else dataset
    parts = split_dataset(dataset, config["test_fraction"], estimator.random_state)
    if not isinstance(estimator, StackedAutoencoderClassifier):
        if config.get("labels_per_class") is not None:
            raise UsageError(
                "`labels_per_class` means nothing for an estimator that learns no labels. Got "
                f"{type(estimator).__name__}: name stacked-classifier by --estimator, or leave it "
                "out."
            )
    else:
        parts = labelled(parts, dataset, config, estimator.random_state)
    dataset, parts, words = _as_numbers(dataset, parts, config)
    # The estimator gets plain arrays, and could only tell a column's position.
    check_spread(parts.X, estimator.scaling, names=dataset.feature_names)
    before = examine_parts(estimator, dataset, parts)
    if on_rows is not None:
        on_rows(before)
    callbacks = tuple(callbacks)
    named = {"estimator": config["estimator"], "source": config["source"]["source"]}
    named |= {k: v for k, v in estimator.get_params(deep=False).items() if k != "callbacks"}
    with (
        new_run_folder(out, name=dataset.name, force=force) as (folder, final),
        logged(callbacks, folder, final, named) as logs,
    ):
        started = time.perf_counter()
        facts = environment() | {"data": fingerprint(dataset.X), "seed": estimator.random_state}
        _write_yaml(folder / CONFIG, config)
        _write_json(folder / "environment.json", facts)
        _fit(estimator, parts, [MetricsFile(folder / METRICS), *callbacks])
        trained = time.perf_counter()
        estimator.save(folder / "model", about=_about(dataset, config, words))
        outcome = measured(estimator, dataset, parts, language, decompose)
        shown = save_drawn(folder / "figures", outcome.drawn)
        facts |= {"device": str(estimator.device_), "peak_memory_mb": peak_memory()}
        _write_json(folder / "environment.json", facts)
        document = report_document(final, config, dataset, parts, estimator, outcome, shown, facts)
        document["findings"] = examine_fitted(estimator, dataset, parts, before, outcome.beside)
        if ablate:
            document["ablation"] = ablate_pretraining(estimator, parts)
            document["model"]["pretraining"] = document["ablation"]["sentence"]
        document["timing"] = {
            "training_seconds": round(sum(r["seconds"] for r in estimator.history_), 3),
            "fit_seconds": round(trained - started, 3),
            "all_seconds": round(time.perf_counter() - started, 3),
        }
        document["language"] = language
        write_report(folder, document)
        write_card(folder, document)
        for log in logs:
            log.log_report(document, final)
    return final, document


def prepared(config: dict[str, Any]) -> tuple[Any, Dataset, Parts]:
    """Return the estimator, not fitted, and the rows that ``run_training`` would give it.

    But for a classifier, they are the same: its held-out rows are those with labels.

    Parameters
    ----------
    config : dict
        As for ``run_training``.

    Returns
    -------
    tuple of estimator, Dataset and Parts

    Raises
    ------
    IsthmusError
        If the rows cannot be read, or a parameter cannot be meant.
    """
    as_written, config = config["source"], _resolved(config)
    estimator = make_estimator(config["estimator"], config["parameters"])
    dataset = read_source(**as_written)
    parts = split_dataset(dataset, config["test_fraction"], estimator.random_state)
    dataset, parts, _ = _as_numbers(dataset, parts, config)
    return estimator, dataset, parts


def measured(
    estimator: Any,
    dataset: Dataset,
    parts: Parts,
    language: str,
    decompose: Callable[..., Any] = fit_pca,
) -> Outcome:
    """Measure a fitted estimator, and draw what it learned."""
    if isinstance(estimator, StackedAutoencoderClassifier):
        return measure_classes(estimator, dataset, parts, language=language)
    if isinstance(estimator, AutoencoderOutlierDetector):
        return measure_outliers(estimator, dataset, parts, language=language)
    return measure_codes(estimator, dataset, parts, decompose=decompose, language=language)


def labelled(parts: Parts, dataset: Dataset, config: dict[str, Any], seed: int) -> Parts:
    """Return the parts with the labels that a classifier may learn from."""
    n = config.get("labels_per_class")
    if parts.y is None or (parts.X_held_out.shape[0] and parts.y_held_out is None):
        raise DataError(
            f"A classifier needs labels. {dataset.name} has none: name a column by --label, or "
            "train an autoencoder."
        )
    if n is not None and n < 2:
        raise UsageError(f"`labels_per_class` must be a whole number from 2 on. Got {n}.")
    y = marked_labels(parts.y)
    if parts.X_held_out.shape[0]:
        # Judged together: where -1 and 1 are all the labels there are, -1 is one.
        held_out = marked_labels(parts.y_held_out)
        known = ~is_unlabelled(np.concatenate([y, held_out]))[len(y) :]
        parts = replace(parts, X_held_out=parts.X_held_out[known], y_held_out=held_out[known])
    return replace(parts, y=y if n is None else keep_labels(y, n, seed))


def _resolved(config: dict[str, Any]) -> dict[str, Any]:
    """Return the settings with what would differ from day to day or place to place fixed."""
    parameters = {**config["parameters"]}
    parameters["random_state"] = resolve_seed(parameters.get("random_state", 0))
    fraction = config["test_fraction"]
    if not isinstance(fraction, int | float) or not 0 <= fraction < 1:
        raise UsageError(f"`test_fraction` must be a number from 0 to below 1. Got {fraction!r}.")
    return {**config, "parameters": parameters, "source": located(config["source"])}


def _as_numbers(
    dataset: Dataset, parts: Parts, config: dict[str, Any]
) -> tuple[Dataset, Parts, Words | None]:
    """Return rows as numbers, and the words that texts were turned into them by."""
    words = _learned_words(dataset, parts, config)
    if words is None:
        return dataset, parts, None
    return *_in_words(dataset, parts, words), words


def _learned_words(dataset: Dataset, parts: Parts, config: dict[str, Any]) -> Words | None:
    """Return the words of the training texts; held-out ones have no say. None for other rows."""
    n = config.get("max_words")
    if dataset.kind != "texts":
        if n is not None:
            raise UsageError(
                f"`max_words` means nothing for rows of numbers. {dataset.name} is read as such: "
                "name a column of texts by --text-column, or leave it out."
            )
        return None
    if n is None:
        n = config["max_words"] = 2000
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise UsageError(f"`max_words` must be a whole number from 1 on. Got {n!r}.")
    return Words.learn(parts.X, max_words=n, name=dataset.name)


def _in_words(dataset: Dataset, parts: Parts, words: Words) -> tuple[Dataset, Parts]:
    """Return what is known about the rows, and the rows themselves, with words as columns."""
    rows = replace(parts, X=words.rows(parts.X), X_held_out=words.rows(parts.X_held_out))
    both: tuple[Any, ...] = (rows.X, rows.X_held_out)
    wordless = sum(map(words.count_wordless, both))
    notes = [
        Sentence(
            "Columns are the {n:,} most frequent {n:word|words} of the training texts.",
            n=len(words.names),
        )
    ]
    if words.are_unsegmented():
        notes.append(
            Sentence(
                "Most words are whole runs of Chinese or Japanese characters: put blanks between "
                "words first, by a segmenter."
            )
        )
    if wordless:
        notes.append(Sentence("{n:,} of the texts {n:holds|hold} none of them.", n=wordless))
    told = replace(dataset, feature_names=words.names, notes=(*dataset.notes, *notes))
    return told, rows


def _fit(estimator: Any, parts: Parts, callbacks: list[Callback]) -> None:
    # Where nothing is chosen by them, the held-out rows may be looked at after each epoch.
    is_watched = parts.X_held_out.shape[0] and not getattr(estimator, "early_stopping", False)
    estimator.callbacks = callbacks
    try:
        if isinstance(estimator, StackedAutoencoderClassifier):
            held_out = (parts.X_held_out, parts.y_held_out) if is_watched else None
            estimator.fit(parts.X, parts.y, validation_data=held_out)
        elif isinstance(estimator, AutoencoderOutlierDetector):
            estimator.fit(parts.X)
        else:
            estimator.fit(parts.X, validation_data=parts.X_held_out if is_watched else None)
    finally:
        estimator.callbacks = None


def make_estimator(name: str, parameters: dict[str, Any]) -> Any:
    """Return an estimator by its name on the command line, its parameters checked."""
    if str(name).lower() not in TRAINABLE:
        raise UsageError(
            f"`estimator` must be one of {', '.join(TRAINABLE)}. Got {name!r}."
            + did_you_mean(str(name), TRAINABLE)
        )
    cls = TRAINABLE[str(name).lower()]
    accepted = cls().get_params(deep=False)
    unknown = [parameter for parameter in parameters if parameter not in accepted]
    if unknown:
        raise UsageError(
            " ".join(
                f"{cls.__name__} has no parameter `{parameter}`."
                + did_you_mean(parameter, accepted)
                for parameter in unknown
            )
        )
    estimator = cls(**parameters)
    estimator.check_parameters()
    return estimator


def _about(dataset: Dataset, config: dict[str, Any], words: Words | None) -> dict[str, Any]:
    facts = {} if words is None else {"words": words.facts()}
    return {
        "kind": dataset.kind,
        "columns": list(dataset.feature_names) if dataset.feature_names else None,
        "label": dataset.label_name if dataset.kind in ("table", "texts") else None,
        "picture_shape": list(dataset.picture_shape) if dataset.picture_shape else None,
        "source": config["source"],
        **facts,
    }


def _write_yaml(path: Path, document: dict[str, Any]) -> None:
    write_text(path, yaml.safe_dump(_plain(document), sort_keys=False, allow_unicode=True))


def _write_json(path: Path, document: dict[str, Any]) -> None:
    write_text(path, json.dumps(document, indent=2) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, os.PathLike) else value
