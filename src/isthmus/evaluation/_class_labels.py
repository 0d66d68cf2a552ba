"""Labels that can serve as classes, from labels as users give them."""

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
_FEWEST_ROWS = 2  # of a class: one to learn from, one to be named


def check_classes(y: Any, n_rows: int, *, owner: str = "`y`") -> NDArray[Any]:
    """Return labels as an array, with the library's marks for rows that have none.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        Whole numbers or texts; -1, NaN, None or an empty text for none.
    n_rows : int
        How many rows there are.
    owner : str, default="`y`"
        What a message calls the labels.

    Returns
    -------
    ndarray of shape (n_samples,)

    Raises
    ------
    DataError
        If they do not match the rows, are no classes, or fewer than two.
    """
    labels = np.asarray(marked_labels(y))
    if labels.ndim != 1 or len(labels) != n_rows:
        raise DataError(
            f"{owner} must be one label for each of the {n_rows:,} rows. Got labels of the shape "
            f"{labels.shape}: give as many as there are rows, in their order."
        )
    known = labels[~is_unlabelled(labels)]
    if known.dtype.kind == "O":
        known = known.astype(str)
    if not len(known):
        raise DataError(f"{owner} must label some rows. Got {quantity(n_rows, 'row')} without one.")
    if known.dtype.kind == "f" and type_of_target(known) not in ("binary", "multiclass"):
        raise DataError(
            f"{owner} must be classes: whole numbers or texts. Got numbers such as "
            f"{known[known != np.floor(known)][0]:g}: leave them out."
        )
    names, counts = np.unique(known, return_counts=True)
    if len(names) == 1:
        raise DataError(
            f"{owner} must be of two classes at least, for codes to tell them apart. Got one: "
            f"every labelled row is {str(names[0])[:40]!r}."
        )
    n_usable = int((counts >= _FEWEST_ROWS).sum())
    if n_usable < 2 or len(names) > _MOST_CLASSES:
        raise DataError(
            f"{owner} must be 2 to {_MOST_CLASSES} classes, two of them with {_FEWEST_ROWS} rows "
            f"at least. Got {len(names):,} different labels on {len(known):,} rows: they are no "
            "classes."
        )
    return labels


def class_numbers(
    y: NDArray[Any], y_train: NDArray[Any] | None
) -> tuple[NDArray[np.int64], NDArray[np.int64] | None, NDArray[Any]]:
    """Return each row's class, from 0, of the classes that both parts have rows enough of.

    Parameters
    ----------
    y : ndarray of shape (n_samples,)
        What ``check_classes`` returned.
    y_train : ndarray of shape (n_train,) or None
        The same, of the training rows.

    Returns
    -------
    tuple
        The classes of ``y`` and ``y_train``, -1 for a row that is left out, and the names.
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
