"""Labels, with markers for unlabelled rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["is_unlabelled", "marked_labels"]

_UNLABELLED = -1


def marked_labels(y: Any) -> Any:
    """Return labels with one marker for missing ones: -1 for numbers, "" for texts.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        Labels; NaN and None mean unlabelled.

    Returns
    -------
    array-like of shape (n_samples,)
        ``y`` itself if nothing needs a marker.
    """
    labels = np.asarray(y)
    if labels.ndim != 1 or labels.dtype.kind not in "fO":
        return y
    missing = np.array([label is None or label != label for label in labels], dtype=bool)
    if labels.dtype.kind == "O" and any(isinstance(label, str) for label in labels):
        missing |= np.array([not isinstance(v, str) and v == _UNLABELLED for v in labels], bool)
        mark: Any = ""
    else:
        mark = _UNLABELLED
    if not missing.any():
        return y
    labels = labels.copy()
    labels[missing] = mark
    return labels if mark == "" else np.array(labels.tolist())


def is_unlabelled(y: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which rows are unlabelled.

    Parameters
    ----------
    y : ndarray of shape (n_samples,)
        As returned by ``marked_labels``.

    Returns
    -------
    ndarray of shape (n_samples,), bool
    """
    if y.dtype.kind in "iuf":
        marked: NDArray[np.bool_] = y == _UNLABELLED
        return np.zeros_like(marked) if set(np.unique(y)) == {-1, 1} else marked
    if y.dtype.kind == "O":
        return np.array([label in ("", _UNLABELLED) for label in y], dtype=bool)
    is_empty: NDArray[np.bool_] = y == "" if y.dtype.kind == "U" else np.zeros(len(y), bool)
    return is_empty
