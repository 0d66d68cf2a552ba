"""Rows and estimator as a training takes them: read, split, labelled and turned into numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .._language import Sentence
from .._random import resolve_seed
from ..errors import UsageError, did_you_mean
from ..preprocessing import Words, check_spread
from ..sources import Dataset, read_source
from ._parts import Parts, split_dataset
from ._source_paths import located
from .kinds import kind_named, kind_of

__all__ = ["Prepared", "make_estimator", "prepared", "resolved"]


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
        Its rows as numbers, split.
    words : Words or None
        What texts were turned into numbers by.
    """

    config: dict[str, Any]
    estimator: Any
    dataset: Dataset
    parts: Parts
    words: Words | None


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
    words = _learned_words(dataset, parts, whole)
    if words is not None:
        dataset, parts = _in_words(dataset, parts, words)
    if to_fit:
        # The estimator gets plain arrays, and could only tell a column's position.
        check_spread(parts.X, estimator.scaling, names=dataset.feature_names)
    return Prepared(whole, estimator, dataset, parts, words)


def resolved(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings with what would differ from day to day or place to place fixed."""
    parameters = {**config["parameters"]}
    parameters["random_state"] = resolve_seed(parameters.get("random_state", 0))
    fraction = config["test_fraction"]
    if not isinstance(fraction, int | float) or not 0 <= fraction < 1:
        raise UsageError(f"`test_fraction` must be a number from 0 to below 1. Got {fraction!r}.")
    return {**config, "parameters": parameters, "source": located(config["source"])}


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
