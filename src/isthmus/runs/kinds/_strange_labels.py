"""Which rows the labels of a source mark as anomalous."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..._translation import Message
from ...estimators import is_unlabelled, marked_labels
from ...sources import Dataset
from .._parts import Parts

__all__ = ["StrangeRows", "novel_labels", "rarer_label", "strange_rows"]


class StrangeRows(NamedTuple):
    """Rows that labels mark as anomalous.

    Attributes
    ----------
    label : str
        What marks them.
    is_strange : ndarray of shape (n_samples,), bool
        Rows marked.
    is_judged : ndarray of shape (n_samples,), bool
        Rows whose scores are compared: those with a label, and of sources that are learned without
        anomalies only the test rows.
    """

    label: str
    is_strange: NDArray[np.bool_]
    is_judged: NDArray[np.bool_]


def strange_rows(dataset: Dataset, parts: Parts) -> StrangeRows | None:
    """Return the rows that labels mark as anomalous.

    Parameters
    ----------
    dataset : Dataset
        The source.
    parts : Parts
        Its rows, split; held-out rows are last in the result.

    Returns
    -------
    StrangeRows or None
        If all training rows of a source with test rows have one label, such as those of a folder
        train/good, test rows with another one are anomalous. Otherwise, rows with the rarer of two
        labels are. None if labels say neither.
    """
    name = dataset.label_name
    if dataset.X_test is not None:
        novel = novel_labels(parts.y, parts.y_held_out)
        if novel is not None:
            n_train = parts.X.shape[0]
            normal, is_novel, known = novel
            label = Message("{name} other than {normal}", name=name or "label", normal=normal)
            of_train = np.zeros(n_train, dtype=np.bool_)
            is_strange = np.concatenate([of_train, is_novel])
            return StrangeRows(label, is_strange, np.concatenate([of_train, known]))
    rarer = rarer_label(_all_labels(parts))
    if rarer is None:
        return None
    rarer_one, is_rarer, known = rarer
    return StrangeRows(f"{name} = {rarer_one}" if name else rarer_one, is_rarer, known)


def _all_labels(parts: Parts) -> NDArray[Any] | None:
    """Return all rows' labels, held-out rows last; None if some rows have none."""
    if parts.y is None or not parts.X_held_out.shape[0]:
        return parts.y
    return None if parts.y_held_out is None else np.concatenate([parts.y, parts.y_held_out])


def novel_labels(
    y_train: NDArray[Any] | None, y: NDArray[Any] | None
) -> tuple[str, NDArray[np.bool_], NDArray[np.bool_]] | None:
    """Return the only label of training rows, which other rows differ from it, and which have any.

    None if there is no such label, or if all or none of the other rows differ.
    """
    if y_train is None or y is None:
        return None
    marked = np.asarray(marked_labels(y_train))
    names = np.unique(marked[~is_unlabelled(marked)].astype(str))
    if len(names) != 1:
        return None
    given = np.asarray(marked_labels(y))
    known = ~is_unlabelled(given)
    is_novel = known & (given.astype(str) != names[0])
    if not is_novel.any() or is_novel[known].all():
        return None
    return str(names[0]), is_novel, known


def rarer_label(
    y: NDArray[Any] | None,
) -> tuple[str, NDArray[np.bool_], NDArray[np.bool_]] | None:
    """Return the rarer of two labels, which rows have it, and which have any; else None."""
    if y is None:
        return None
    marked = np.asarray(marked_labels(y))
    known = ~is_unlabelled(marked)
    names = marked.astype(str)
    values, counts = np.unique(names[known], return_counts=True)
    if len(values) != 2 or counts[0] == counts[1]:
        return None
    rarer = values[counts.argmin()]
    return str(rarer), known & (names == rarer), known
