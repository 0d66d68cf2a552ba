"""Measurements of a classifier, compared with logistic regression."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix

from ..._random import numpy_generator
from ..._translation import Message, two_sentences
from ...estimators import StackedAutoencoderClassifier
from ...evaluation import may_be_undertrained
from ...figures import FigureSpec
from ...sources import Dataset
from .._parts import Parts
from ._mapped_codes import MappedCodes
from ._outcomes import Outcome, filters_figure, losses_figure, network_facts

__all__ = ["measure_classes"]

_NAMES = {"Logistic regression": Message("Logistic regression")}
_MOST_ROWS = 10_000  # for fitting logistic regression


def measure_classes(
    classifier: StackedAutoencoderClassifier,
    dataset: Dataset,
    parts: Parts,
    *,
    map: str = "pca",
) -> Outcome:
    """Measure a fitted classifier and logistic regression.

    Logistic regression is fitted to the scaled labelled training rows, to a random sample of 10,000
    if there are more.

    Parameters
    ----------
    classifier : StackedAutoencoderClassifier
        Fitted on the training rows.
    dataset : Dataset
        The source.
    parts : Parts
        Rows of the source, split, with labels.
    map : {"pca", "umap"}, default="pca"
        Layout of the map of the last hidden layer.

    Returns
    -------
    Outcome
    """
    assert parts.y is not None
    is_labelled = np.isin(parts.y, classifier.classes_)
    X, y = parts.X[is_labelled], parts.y[is_labelled]
    X_shown, y_shown = (X, y) if not parts.X_held_out.shape[0] else parts.shown
    assert y_shown is not None
    which = Message("held-out") if parts.X_held_out.shape[0] else Message("training")
    linear, n_linear = _logistic_regression(classifier, X, y)
    name = type(classifier).__name__
    named = classifier.predict(X_shown)
    results: dict[str, Any] = {}
    for model, of_train, of_shown in (
        (name, classifier.predict(X), named),
        ("Logistic regression", linear(X), linear(X_shown)),
    ):
        held_out = float(np.mean(of_shown != y_shown)) if which == "held-out" else None
        results[model] = {
            "train": {"error_rate": float(np.mean(of_train != y))},
            "held_out": None if held_out is None else {"error_rate": held_out},
        }
    ours, theirs = (r["held_out"] or r["train"] for r in results.values())
    codes = MappedCodes.of(
        classifier.transform(X_shown), y_shown, method=map, seed=classifier.seed_
    )
    return Outcome(
        title=Message("{name}: {n} classes", name=dataset.name, n=len(classifier.classes_)),
        verdict=_verdict(
            ours["error_rate"],
            theirs["error_rate"],
            len(y_shown),
            which,
            is_undertrained=may_be_undertrained(classifier),
        ),
        model=network_facts(classifier),
        results=results,
        table=_table(results, which, len(y), parts.X.shape[0], n_linear),
        figures=_figures(classifier, dataset, y_shown, named, which, codes),
        codes=codes.sample,
        code_numbers=_shown_numbers(parts, is_labelled)[codes.rows],
    )


def _shown_numbers(parts: Parts, is_labelled: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the positions in the source of the rows of the map."""
    if parts.X_held_out.shape[0]:
        return parts.shown_numbers
    return parts.numbers[: len(is_labelled)][is_labelled]


def _logistic_regression(
    classifier: StackedAutoencoderClassifier, X: NDArray[Any], y: NDArray[Any]
) -> tuple[Any, int]:
    def scaled(rows: NDArray[Any]) -> NDArray[np.float32]:
        blocks = classifier.flat_rows(rows).blocks()
        # Missing cells are 0, the mean of the column, as they are for the classifier.
        filled: NDArray[np.float32] = np.nan_to_num(
            np.concatenate([block.numpy() for _, block in blocks])
        )
        return filled

    chosen = numpy_generator(classifier.seed_, "logistic").permutation(len(y))[:_MOST_ROWS]
    fitted = LogisticRegression(max_iter=300).fit(scaled(X[np.sort(chosen)]), y[np.sort(chosen)])
    return lambda rows: fitted.predict(scaled(rows)), len(chosen)


def _verdict(ours: float, theirs: float, n_rows: int, which: str, *, is_undertrained: bool) -> str:
    values = {"ours": ours, "theirs": theirs, "n": n_rows, "rows": which}
    if ours < theirs:
        return Message(
            "The stacked classifier beats logistic regression: its error rate on {rows} rows is "
            "{ours:.2%}, vs. {theirs:.2%} (n = {n:,}).",
            **values,
        )
    if ours == theirs:
        found = Message(
            "The stacked classifier and logistic regression have the same error rate on {rows} "
            "rows: {ours:.2%} (n = {n:,}).",
            **values,
        )
        remark = Message("Logistic regression is simpler and good enough here.")
    else:
        found = Message(
            "Logistic regression beats the stacked classifier: its error rate on {rows} rows is "
            "{theirs:.2%}, vs. {ours:.2%} (n = {n:,}).",
            **values,
        )
        remark = Message("Logistic regression is good enough here.")
    if is_undertrained:
        remark = Message(
            "The classifier may be undertrained: train it longer before choosing logistic "
            "regression."
        )
    return two_sentences(found, remark)


def _table(
    results: dict[str, Any], which: str, n_labelled: int, n_rows: int, n_linear: int
) -> dict[str, Any]:
    caption = Message(
        "Error rate in percent; {n:,} of {total:,} training rows have labels.",
        n=n_labelled,
        total=n_rows,
    )
    if n_linear != n_labelled:
        fitted_on = Message("Logistic regression was fitted on {n:,} of them.", n=n_linear)
        caption = two_sentences(caption, fitted_on)

    def row(model: str) -> list[Any]:
        parts = results[model]
        train, held_out = parts["train"]["error_rate"], parts["held_out"]
        shown = held_out["error_rate"] if held_out else None
        accuracy = 1 - (train if shown is None else shown)
        return [
            _NAMES.get(model, model),
            100 * train,
            None if shown is None else 100 * shown,
            accuracy,
        ]

    return {
        "columns": [
            "",
            Message("train error"),
            Message("held-out error"),
            Message("accuracy"),
        ],
        "shares": ["accuracy"],
        "rows": [row(model) for model in results],
        "caption": caption,
    }


def _figures(
    classifier: StackedAutoencoderClassifier,
    dataset: Dataset,
    y: NDArray[Any],
    named: NDArray[Any],
    which: str,
    codes: MappedCodes,
) -> list[FigureSpec]:
    classes = classifier.classes_
    mistakes = Message(
        "True and predicted classes on {rows} rows; only errors are shaded.", rows=which
    )
    features = Message("Features of {rows} rows after supervised training.", rows=which)
    return [
        losses_figure(classifier, Message("loss")),
        FigureSpec(
            "confusion.svg",
            "classes",
            Message("Confusion matrix"),
            mistakes,
            "confusion_table",
            {"counts": confusion_matrix(y, named, labels=classes), "names": classes.tolist()},
        ),
        *filters_figure(classifier, dataset.picture_shape),
        FigureSpec(
            "code_map.svg",
            "map",
            Message("Map of the last hidden layer"),
            two_sentences(features, codes.layout.caption),
            "code_map",
            {"Z": codes.layout, "y": codes.labels, "label_name": dataset.label_name},
        ),
    ]
