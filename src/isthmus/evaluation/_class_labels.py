"""Validation of labels as classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.multiclass import type_of_target

from ..errors import DataError
from ..estimators import is_unlabelled, marked_labels
from ..sources import quantity

__all__ = ["check_classes", "class_numbers"]

_MOST_CLASSES = 100
_FEWEST_ROWS = 2  # per class: one to train on, one to predict


def check_classes(y: Any, n_rows: int, *, owner: str = "`y`") -> NDArray[Any]:
    """Return labels as an array, with the library's markers for unlabelled rows.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        Integers or texts; -1, NaN, None or an empty text for unlabelled rows.
    n_rows : int
        Number of rows.
    owner : str, default="`y`"
        Name of the labels in messages.

    Returns
    -------
    ndarray of shape (n_samples,)

    Raises
    ------
    DataError
        If they do not match the rows, are not classes, or are fewer than two classes.
    """
    labels = np.asarray(marked_labels(y))
    if labels.ndim != 1 or len(labels) != n_rows:
        raise DataError(
            f"{owner} must have one label for each of the {n_rows:,} rows, in their order. Got "
            f"shape {labels.shape}."
        )
    known = labels[~is_unlabelled(labels)]
    if known.dtype.kind == "O":
        known = known.astype(str)
    if not len(known):
        raise DataError(
            f"{owner} must label some rows. Got no label for {quantity(n_rows, 'row')}."
        )
    if known.dtype.kind == "f" and type_of_target(known) not in ("binary", "multiclass"):
        raise DataError(
            f"{owner} must be classes: integers or texts. Got numbers such as "
            f"{known[known != np.floor(known)][0]:g}: leave them out."
        )
    names, counts = np.unique(known, return_counts=True)
    if len(names) == 1:
        raise DataError(
            f"{owner} must have at least two classes. Got one: every labelled row is "
            f"{str(names[0])[:40]!r}."
        )
    n_usable = int((counts >= _FEWEST_ROWS).sum())
    if n_usable < 2 or len(names) > _MOST_CLASSES:
        raise DataError(
            f"{owner} must have 2 to {_MOST_CLASSES} classes, at least two of them with at least "
            f"{_FEWEST_ROWS} rows. Got {len(names):,} different labels for {len(known):,} rows, "
            "which are not classes."
        )
    return labels


def class_numbers(
    y: NDArray[Any], y_train: NDArray[Any] | None
) -> tuple[NDArray[np.int64], NDArray[np.int64] | None, NDArray[Any]]:
    """Return each row's class, from 0, for the classes with enough rows in both parts.

    Parameters
    ----------
    y : ndarray of shape (n_samples,)
        Return value of ``check_classes``.
    y_train : ndarray of shape (n_train,) or None
        Same for the training rows.

    Returns
    -------
    tuple
        Classes of ``y`` and ``y_train``, -1 for excluded rows, and the class names.
    """
    texts = any(labels.dtype.kind not in "iufb" for labels in (y, y_train) if labels is not None)
    parts = []
    for labels in (y, y_train):
        if labels is None:
            continue
        known = ~is_unlabelled(labels)
        parts.append((labels.astype(str) if texts else labels, known))
    names = None
    for labels, known in parts:
        found, counts = np.unique(labels[known], return_counts=True)
        found = found[counts >= _FEWEST_ROWS]
        names = found if names is None else np.intersect1d(names, found)
    assert names is not None
    numbers = [_numbers(labels, known, names) for labels, known in parts]
    return numbers[0], numbers[1] if y_train is not None else None, names


def _numbers(
    labels: NDArray[Any], known: NDArray[np.bool_], names: NDArray[Any]
) -> NDArray[np.int64]:
    known = known & np.isin(labels, names)
    numbers = np.full(len(labels), -1, dtype=np.int64)
    numbers[known] = np.searchsorted(names, labels[known])
    return numbers
