"""Labels, with markers for unlabelled rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["UNLABELLED", "is_unlabelled", "marked_labels"]

# Marks a missing label among numbers. It is not -1, which may be a class together with 1.
UNLABELLED = -(2**52)
_SIGNS = {-1, 1}


def marked_labels(y: Any) -> Any:
    """Return labels with missing ones marked: ``UNLABELLED`` for numbers, "" for texts.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        Labels; NaN and None mean unlabelled.

    Returns
    -------
    array-like of shape (n_samples,)
        ``y`` itself if no label is missing.
    """
    labels = np.asarray(y)
    if labels.ndim != 1 or labels.dtype.kind not in "fO":
        return y
    missing = np.array([label is None or label != label for label in labels], dtype=bool)
    if labels.dtype.kind == "O" and any(isinstance(label, str) for label in labels):
        missing |= np.array([not isinstance(v, str) and v == -1 for v in labels], bool)
        mark: Any = ""
    else:
        mark = UNLABELLED
    if not missing.any():
        return y
    labels = labels.copy()
    labels[missing] = mark
    return labels if mark == "" else np.array(labels.tolist())


def is_unlabelled(y: NDArray[Any], classes: NDArray[Any] | None = None) -> NDArray[np.bool_]:
    """Return which rows are unlabelled.

    A label of -1 means none, unless -1 and 1 are the only labels: then both are classes.

    Parameters
    ----------
    y : ndarray of shape (n_samples,)
        As returned by ``marked_labels``.
    classes : ndarray of shape (n_classes,), default=None
        Classes, if they are known; None takes them from ``y``.

    Returns
    -------
    ndarray of shape (n_samples,), bool
    """
    if y.dtype.kind in "iuf":
        missing: NDArray[np.bool_] = y == UNLABELLED
        known = np.unique(y[~missing]) if classes is None else classes
        return missing if set(known) == _SIGNS else missing | (y == -1)
    if y.dtype.kind == "O":
        return np.array([label in ("", -1, UNLABELLED) for label in y], dtype=bool)
    is_empty: NDArray[np.bool_] = y == "" if y.dtype.kind == "U" else np.zeros(len(y), bool)
    return is_empty
