"""Precision and recall of sampled rows."""

from __future__ import annotations

import numpy as np
import pytest

from isthmus.errors import DataError
from isthmus.metrics import precision_recall


def by_definition(X, Y, k):
    def within(rows, others):
        reach = [np.sort(np.linalg.norm(others - other, axis=1))[k] for other in others]
        return np.mean([(np.linalg.norm(others - row, axis=1) <= reach).any() for row in rows])

    return within(Y, X), within(X, Y)


def test_precision_and_recall_are_those_of_the_definition(monkeypatch):
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(60, 3)), 1.5 * rng.normal(size=(50, 3)) + 0.5
    expected = by_definition(X, Y, 3)
    assert precision_recall(X, Y) == pytest.approx(expected)
    monkeypatch.setattr("isthmus.metrics._sample_quality._DISTANCES", 100)
    assert precision_recall(X + 1e4, Y + 1e4) == pytest.approx(expected)


def test_samples_of_one_mode_of_two_have_precision_but_no_recall():
    rng = np.random.default_rng(0)
    modes = np.repeat([[0.0, 0.0], [100.0, 0.0]], 100, axis=0)
    precision, recall = precision_recall(
        modes + rng.normal(size=(200, 2)), rng.normal(size=(200, 2))
    )
    assert precision > 0.85
    assert recall == pytest.approx(0.5, abs=0.06)


def test_too_few_rows_are_refused():
    with pytest.raises(DataError, match=r"more than `n_neighbors` rows .* Got 5 and 3 rows for 3"):
        precision_recall(np.zeros((5, 2)), np.zeros((3, 2)))
