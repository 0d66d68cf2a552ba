"""Split into training and held-out rows."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

from isthmus.errors import DataError
from isthmus.runs import run_training
from isthmus.sources import read_source

pytestmark = pytest.mark.usefixtures("blank_figures")

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


def few(monkeypatch, n):
    module = importlib.import_module("isthmus.runs._parts")
    monkeypatch.setattr(module, "_MOST_ROWS", n)
    monkeypatch.setattr(module, "_MOST_VALUES", 0)


def test_of_very_many_rows_a_sample_is_measured(dataset, monkeypatch):
    parts = split_dataset(dataset, 0.3, seed=0)
    assert parts.sampled(0) is parts
    few(monkeypatch, 4)
    sample = parts.sampled(0)
    assert (len(sample.X), len(sample.X_held_out)) == (4, 3)
    labels = [*sample.y, *sample.y_held_out]
    assert len(set(labels)) == 7 and set(sample.y) <= set(parts.y)
    np.testing.assert_array_equal(sample.numbers, labels)
    np.testing.assert_array_equal(np.concatenate([sample.X, sample.X_held_out]), dataset.X[labels])
    np.testing.assert_array_equal(sample.y_held_out, parts.y_held_out)
    np.testing.assert_array_equal(sample.numbers, parts.sampled(0).numbers)


@pytest.mark.parametrize(
    ("estimator", "is_sampled"), [("autoencoder", True), ("outlier-detector", False)]
)
def test_a_report_says_that_it_measured_samples(estimator, is_sampled, monkeypatch, tmp_path):
    few(monkeypatch, 100)
    config = {
        "source": {"source": "digits"},
        "estimator": estimator,
        "parameters": {"epochs": 1, "random_state": 0},
        "test_fraction": 0.2,
    }
    _, document = run_training(config, out=tmp_path / "run")
    notes = [note for note in document["source"]["notes"] if "random samples" in note]
    if not is_sampled:
        assert not notes
        return
    assert notes == [
        "Figures were measured on random samples. Training rows: 100 of 1,438; held-out rows: "
        "100 of 359."
    ]
    assert document["results"]["PCA"]["train"]["n_rows"] == 100
    assert document["results"]["PCA"]["held_out"]["n_rows"] == 100
    assert document["source"]["n_rows_train"] == 1_438


def windows(folder, n):
    values = "\n".join(str(k) for k in range(n))
    (folder / "t.csv").write_text(f"x\n{values}\n")
    return read_source(folder / "t.csv", window=4)


def test_the_last_windows_are_held_out_and_share_no_value_with_those_of_the_training(tmp_path):
    parts = split_dataset(windows(tmp_path, 33), 0.2, seed=0)
    kept, held_out = (part.to_pandas().to_numpy() for part in (parts.X, parts.X_held_out))
    assert (len(kept), len(held_out)) == (21, 6)
    assert kept.max() + 1 == held_out.min() and held_out.max() == 32
    assert parts.rule == "the last 6 windows, which overlap no training window"


def test_windows_that_all_overlap_held_out_ones_are_refused(tmp_path):
    with pytest.raises(DataError, match=r"Of 6 windows, the last 2 are held out, and 3 overlap"):
        split_dataset(windows(tmp_path, 9), 0.4, seed=0)
