"""Split into training and held-out rows."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

from isthmus.sources import read_source

split_dataset = importlib.import_module("isthmus.runs._parts").split_dataset


@pytest.fixture(name="dataset")
def make_dataset(tmp_path):
    np.savez(tmp_path / "rows.npz", X=np.arange(20.0).reshape(10, 2), y=np.arange(10))
    return read_source(tmp_path / "rows.npz")


def test_rows_and_labels_are_split_alike_and_none_is_lost(dataset):
    parts = split_dataset(dataset, 0.3, seed=0)
    assert (len(parts.X), len(parts.X_held_out)) == (7, 3)
    assert sorted([*parts.y, *parts.y_held_out]) == list(range(10))
    for X, y in ((parts.X, parts.y), (parts.X_held_out, parts.y_held_out)):
        np.testing.assert_array_equal(X, dataset.X[y])


@pytest.mark.parametrize("fraction", [0.0, 0.05])
def test_rows_are_not_copied_where_none_are_held_out(dataset, fraction):
    parts = split_dataset(dataset, fraction, seed=0)
    assert parts.X is dataset.X and parts.y is dataset.y
    assert parts.X_held_out.shape == (0, 2) and parts.y_held_out.shape == (0,)
    assert parts.rule == "none" and parts.shown[0] is dataset.X
