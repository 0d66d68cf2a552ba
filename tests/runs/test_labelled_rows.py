"""Rows that an evaluation uses, by which of them have labels."""

from __future__ import annotations

import numpy as np

from isthmus.runs._evaluate_run import _labelled
from isthmus.sources import Dataset


def dataset(**labels):
    X = np.arange(8.0).reshape(4, 2)
    return Dataset(
        name="rows", kind="array", X=X[:3], X_test=X[3:], feature_names=None, label_name=None,
        picture_shape=None, **labels,
    )  # fmt: skip


def test_labels_of_the_test_rows_alone_are_used_on_these_rows():
    X, y, notes = _labelled(dataset(y=None, y_test=np.array(["odd"])))
    assert (X.tolist(), y.tolist()) == ([[6, 7]], ["odd"])
    (note,) = notes
    assert note["text"] == (
        "The test rows of the source have labels and its training rows have none: these are the "
        "results on its 1 test rows."
    )


def test_all_rows_are_used_if_all_or_none_have_labels():
    X, y, notes = _labelled(dataset(y=np.array(["a", "b", "a"]), y_test=np.array(["odd"])))
    assert (X.shape, y.tolist(), notes) == ((4, 2), ["a", "b", "a", "odd"], [])
    X, y, notes = _labelled(dataset(y=None, y_test=None))
    assert (X.shape, y, notes) == ((4, 2), None, [])
