"""Preparation of rows and estimator for training: reading, split, labels and conversion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .._chunks import Chunks
from .._translation import Message
from ..errors import UsageError, did_you_mean
from ..estimators import resolve_device
from ..preprocessing import ColumnPlan, Preprocessor, Words
from ..sources import Dataset, read_source
from ._column_table import column_table
from ._parts import Parts, split_dataset
from ._planned_rows import check_applicable, n_sampled_rows, planned
from ._resolved_settings import resolved
from .kinds import kind_named, kind_of

__all__ = ["Prepared", "check_can_train", "in_matrices", "make_estimator", "prepared"]


@dataclass(frozen=True, eq=False)
class Prepared:
    """Inputs of a training.

    Attributes
    ----------
    config : dict
        Settings, with all values resolved that could differ between runs.
    estimator : estimator
        Unfitted.
    dataset : Dataset
        The source; for texts, its ``X`` stays texts.
    parts : Parts
        Rows as matrices, split, with the preprocessor of the estimator, which is fitted if the
        rows are used for training.
    plan : tuple of ColumnPlan or None
        For a table: what becomes of its columns.
    """

    config: dict[str, Any]
    estimator: Any
    dataset: Dataset
    parts: Parts
    plan: tuple[ColumnPlan, ...] | None = None

    @property
    def columns(self) -> dict[str, Any] | None:
        """Table of the columns; None for other rows, and for numbers without anything to say."""
        if self.plan is None or all(column.is_plain for column in self.plan):
            return None
        made, n_encoded = self.parts.preprocessor, {}
        if made is not None and made.is_fitted and made.layout is not None:
            n_encoded = dict(zip(made.layout.names, made.layout.sizes, strict=True))
        elif made is not None and made.table is not None:  # levels are learned before scales
            n_encoded = {block.column: block.n_levels for block in made.table.others}
        return column_table(self.plan, n_encoded, n_sampled=n_sampled_rows(self.dataset))


def prepared(
    config: Mapping[str, Any], *, dataset: Dataset | None = None, to_fit: bool = False
) -> Prepared:
    """Return the estimator of some settings, and its training rows.

    Parameters
    ----------
    config : mapping
        As for ``run_training``.
    dataset : Dataset, default=None
        The source, if it is already read.
    to_fit : bool, default=False
        Whether the rows must be suitable for fitting the estimator; held-out rows of a classifier
        are then those with labels.

    Returns
    -------
    Prepared

    Raises
    ------
    IsthmusError
        If the rows cannot be read, or a parameter is invalid.
    """
    as_written, whole = config["source"], resolved(config)
    estimator = make_estimator(whole)
    dataset = planned(read_source(**as_written) if dataset is None else dataset)
    parts = split_dataset(dataset, whole["test_fraction"], estimator.random_state)
    if to_fit:
        kind = kind_of(estimator)
        parts = kind.labelled(parts, dataset, whole, estimator.random_state)
    check_applicable(whole, dataset)
    _check_pictures(estimator, dataset)
    plan = dataset.plan
    facts = {
        "plan": plan,
        "feature_names": None if plan else dataset.feature_names,
        "picture_shape": _shape_of_rows(estimator, dataset),
        "text_columns": whole["source"].get("text_column"),
        "owner": dataset.name,
    }
    preprocessor = estimator.learn_reading(parts.X, **facts)
    parts = in_matrices(dataset, parts, preprocessor)
    if to_fit:
        estimator.fit_encoding(parts.X, preprocessor)
    if preprocessor.words is not None:
        dataset = _in_words(dataset, parts, preprocessor.words)
    elif plan is not None:
        dataset = replace(dataset, feature_names=preprocessor.column_names)
    return Prepared(whole, estimator, dataset, parts, plan)


def check_can_train(config: Mapping[str, Any], dataset: Dataset) -> None:
    """Raise an error if a training would refuse its settings or rows.

    Parameters
    ----------
    config : mapping
        As for ``run_training``.
    dataset : Dataset
        The source. Of one that is read in chunks, only the settings are checked: all chunks would
        have to be read.
    """
    resolve_device(getattr(make_estimator(resolved(config)), "device", "cpu"))
    if isinstance(dataset.X, Chunks):
        return
    ready = prepared(config, dataset=dataset, to_fit=True)
    if hasattr(ready.estimator, "check_rows"):
        ready.estimator.check_rows(ready.parts.X, preprocessor=ready.parts.preprocessor)


def _shape_of_rows(estimator: Any, dataset: Dataset) -> tuple[int, ...] | None:
    """Return the shape of the pictures, or feature maps, that an estimator reads rows as."""
    if dataset.picture_shape is None and kind_of(estimator).reads_maps:
        return dataset.map_shape
    return dataset.picture_shape


def _check_pictures(estimator: Any, dataset: Dataset) -> None:
    """Raise ``UsageError`` for an estimator of pictures and rows that are none."""
    subject = kind_of(estimator).part_for_pictures(estimator)
    is_of_pixels = getattr(estimator, "picture_shape", "auto") != "auto"
    if subject is None or dataset.kind != "table" or is_of_pixels:
        return
    raise UsageError(
        f"{subject} applies to pictures. {dataset.name} contains a table: use another one, or pass "
        "`picture_shape` if its columns are pixels."
    )


def in_matrices(dataset: Dataset, parts: Parts, preprocessor: Preprocessor) -> Parts:
    """Return the parts with texts and tables as matrices, and their preprocessor.

    Parameters
    ----------
    dataset : Dataset
        The source.
    parts : Parts
        Rows of the source, split.
    preprocessor : isthmus.preprocessing.Preprocessor
        Preprocessor of the estimator.

    Returns
    -------
    Parts
    """
    if dataset.kind not in ("texts", "table"):
        return replace(parts, preprocessor=preprocessor)
    X, X_held_out = map(preprocessor.prepare, (parts.X, parts.X_held_out))
    return replace(parts, X=X, X_held_out=X_held_out, preprocessor=preprocessor)


def _in_words(dataset: Dataset, parts: Parts, words: Words) -> Dataset:
    """Return the metadata of texts, with words as columns."""
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
    """Return the estimator of some settings, with checked parameters.

    Parameters
    ----------
    config : mapping
        With ``estimator`` and ``parameters``.

    Returns
    -------
    estimator
        Unfitted.

    Raises
    ------
    UsageError
        If the estimator or a parameter is unknown, or a parameter is invalid.
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
