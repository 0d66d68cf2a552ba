"""Rows and estimator as a training takes them: read, split, labelled and turned into numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .._random import resolve_seed
from .._translation import Message
from ..errors import UsageError, did_you_mean
from ..preprocessing import Preprocessor, Words
from ..sources import Dataset, read_source
from ._parts import Parts, split_dataset
from ._source_paths import located
from .kinds import kind_named, kind_of

__all__ = ["Prepared", "in_matrices", "make_estimator", "prepared", "resolved"]


@dataclass(frozen=True, eq=False)
class Prepared:
    """What a training begins with.

    Attributes
    ----------
    config : dict
        Its settings, with what would differ from day to day or place to place fixed.
    estimator : estimator
        Not fitted.
    dataset : Dataset
        The source; of texts, its ``X`` stays texts.
    parts : Parts
        Its rows as matrices, split, with the preprocessor of the estimator: fitted, if the rows
        are to be trained on.
    """

    config: dict[str, Any]
    estimator: Any
    dataset: Dataset
    parts: Parts


def prepared(
    config: Mapping[str, Any], *, dataset: Dataset | None = None, to_fit: bool = False
) -> Prepared:
    """Return the estimator of some settings, and the rows that it learns from.

    Parameters
    ----------
    config : mapping
        As for ``run_training``.
    dataset : Dataset, default=None
        The source, where it was read before.
    to_fit : bool, default=False
        Whether the rows have to be such that the estimator can be fitted on them; held-out rows
        of a classifier are then those with labels.

    Returns
    -------
    Prepared

    Raises
    ------
    IsthmusError
        If the rows cannot be read, or a parameter cannot be meant.
    """
    as_written, whole = config["source"], resolved(config)
    estimator = make_estimator(whole)
    dataset = read_source(**as_written) if dataset is None else dataset
    parts = split_dataset(dataset, whole["test_fraction"], estimator.random_state)
    if to_fit:
        kind = kind_of(estimator)
        parts = kind.labelled(parts, dataset, whole, estimator.random_state)
    _check_max_words(whole, dataset)
    facts = {
        "feature_names": dataset.feature_names,
        "picture_shape": dataset.picture_shape,
        "text_columns": whole["source"].get("text_column"),
        "owner": dataset.name,
    }
    learn = estimator.fit_preprocessing if to_fit else estimator.learn_reading
    preprocessor = learn(parts.X, **facts)
    parts = in_matrices(dataset, parts, preprocessor)
    if preprocessor.words is not None:
        dataset = _in_words(dataset, parts, preprocessor.words)
    return Prepared(whole, estimator, dataset, parts)


def resolved(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings with what would differ from day to day or place to place fixed.

    ``max_words`` of settings that were written before it was a parameter becomes one.
    """
    max_words = config.get("max_words")
    parameters = {**({} if max_words is None else {"max_words": max_words}), **config["parameters"]}
    config = {key: value for key, value in config.items() if key != "max_words"}
    parameters["random_state"] = resolve_seed(parameters.get("random_state", 0))
    fraction = config["test_fraction"]
    if not isinstance(fraction, int | float) or not 0 <= fraction < 1:
        raise UsageError(f"`test_fraction` must be a number from 0 to below 1. Got {fraction!r}.")
    return {**config, "parameters": parameters, "source": located(config["source"])}


def _check_max_words(config: dict[str, Any], dataset: Dataset) -> None:
    if dataset.kind != "texts" and "max_words" in config["parameters"]:
        raise UsageError(
            f"`max_words` means nothing for rows of numbers. {dataset.name} is read as such: "
            "name a column of texts by --text-column, or leave it out."
        )


def in_matrices(dataset: Dataset, parts: Parts, preprocessor: Preprocessor) -> Parts:
    """Return the parts with texts as matrices, and the preprocessor that made them.

    Parameters
    ----------
    dataset : Dataset
        The source.
    parts : Parts
        Its rows, split.
    preprocessor : isthmus.preprocessing.Preprocessor
        Of the estimator.

    Returns
    -------
    Parts
    """
    if dataset.kind != "texts":
        return replace(parts, preprocessor=preprocessor)
    X, X_held_out = map(preprocessor.prepare, (parts.X, parts.X_held_out))
    return replace(parts, X=X, X_held_out=X_held_out, preprocessor=preprocessor)


def _in_words(dataset: Dataset, parts: Parts, words: Words) -> Dataset:
    """Return what is known about texts, with words as columns."""
    wordless = sum(map(words.count_wordless, (parts.X, parts.X_held_out)))
    notes = [
        Message.plural(
            "The only column is the most frequent word of the training texts.",
            "Columns are the {n:,} most frequent words of the training texts.",
            len(words.names),
        )
    ]
    if words.are_unsegmented():
        notes.append(
            Message(
                "Most words are unsegmented runs of Chinese or Japanese characters. Segment the "
                "texts into words separated by spaces first."
            )
        )
    if wordless:
        notes.append(
            Message.plural(
                "{n:,} text contains none of these words.",
                "{n:,} texts contain none of these words.",
                wordless,
            )
        )
    return replace(dataset, feature_names=words.names, notes=(*dataset.notes, *notes))


def make_estimator(config: Mapping[str, Any]) -> Any:
    """Return the estimator that settings name, its parameters checked.

    Parameters
    ----------
    config : mapping
        With ``estimator`` and ``parameters``.

    Returns
    -------
    estimator
        Not fitted.

    Raises
    ------
    UsageError
        If there is no such estimator or parameter, or a parameter breaks its rule.
    """
    parameters, kind = config["parameters"], kind_named(config["estimator"])
    accepted = kind.estimator().get_params(deep=False)
    unknown = [parameter for parameter in parameters if parameter not in accepted]
    if unknown:
        raise UsageError(
            *(
                f"{kind.estimator.__name__} has no parameter `{parameter}`."
                + did_you_mean(parameter, accepted)
                for parameter in unknown
            )
        )
    estimator = kind.estimator(**parameters)
    estimator.check_parameters()
    kind.check(estimator)
    return estimator
