"""Rows in a report, and its text about them."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

from isthmus.runs import run_training

_rows_shown = importlib.import_module("isthmus.runs.kinds._shown_rows")
_features = importlib.import_module("isthmus.runs.kinds._features")


@pytest.mark.parametrize("n", [1, 2, 3, 4, 29, 30, 100])
def test_best_median_and_worst_are_apart_and_in_order(rng, n):
    errors = rng.permutation(n).astype(float)
    chosen = _rows_shown.rows_in_order(errors, most=10)
    every = np.concatenate(list(chosen.values()))
    assert len(set(every.tolist())) == len(every) <= n
    assert errors[chosen["worst"]][0] == n - 1
    assert (np.diff(errors[chosen["worst"]]) < 0).all()
    if n >= 3:
        assert list(chosen) == ["best", "median", "worst"]
        assert errors[chosen["best"]][0] == 0
        middle = errors[chosen["median"]].mean()
        assert abs(middle - (n - 1) / 2) <= 1
        assert {len(rows) for rows in chosen.values()} == {min(10, n // 3)}
    else:
        assert list(chosen) == ["worst"]


def test_the_best_rows_differ_in_their_codes(rng):
    errors = np.arange(300.0)
    Z = rng.normal(0, 0.01, size=(300, 2))
    Z[20:30] += rng.permutation(10)[:, np.newaxis] + 1.0  # ten distinct codes among equal ones
    chosen = _rows_shown.rows_in_order(errors, most=10, Z=Z)
    assert _rows_shown.n_best(300, 10) == 30
    assert chosen["best"][0] == 0  # the smallest error is always shown
    assert set(chosen["best"][1:]) <= set(range(20, 30))
    assert (np.diff(chosen["best"]) > 0).all()
    assert chosen["worst"].tolist() == list(range(299, 289, -1))


def test_best_rows_with_equal_codes_are_each_shown_once():
    chosen = _rows_shown.rows_in_order(np.arange(30.0), most=10, Z=np.zeros((30, 3)))
    assert len(set(chosen["best"].tolist())) == 10


@pytest.fixture(name="report")
def make_report(tmp_path, rng):
    """The report's document of a run on a table with a constant column, and its rows."""
    X = rng.normal(size=(50, 4)).round(3)
    X[:, 2] = 7.0
    lines = ["a,b,c,d", *(",".join(map(str, row)) for row in X)]
    (tmp_path / "rows.csv").write_text("\n".join(lines))
    config = {
        "source": {"source": str(tmp_path / "rows.csv")},
        "estimator": "autoencoder",
        "parameters": {"latent_dim": 2, "hidden_dims": (8,), "epochs": 3, "device": "cpu"},
        "test_fraction": 0.2,
    }
    return run_training(config, out=tmp_path / "run")[1], X


def test_the_rows_told_are_those_of_the_source(report):
    document, X = report
    [table] = [one for one in document["tables"] if one["section"] == "reconstructions"]
    names = [row[0] for row in table["rows"]]
    assert sorted(names) == list("abcd")
    for at, title in enumerate(table["columns"][1::2]):
        number = int(title.split()[-1])
        told = dict(zip(names, (row[1 + 2 * at] for row in table["rows"]), strict=True))
        assert [told[name] for name in "abcd"] == pytest.approx(X[number].tolist())


def test_the_values_of_anomalous_rows_stand_beside_the_expected_ones(report):
    document, X = report
    table = document["tables"][2]
    assert (table["section"], len(table["rows"])) == ("anomalies", 10)
    for row, column, value, expected, share in table["rows"]:
        own = X[int(row.removeprefix("row "))]
        assert value == pytest.approx(own["abcd".index(column)])
        assert value != expected
        assert 0.25 < share <= 1


def test_every_feature_has_its_figures(report):
    document, _ = report
    told = document["per_feature"]
    assert told["names"] == list("abcd")
    held_out = document["results"]["Autoencoder"]["held_out"]
    assert np.sum(told["squared_error"]) == pytest.approx(held_out["squared_error"])
    assert np.isnan(told["variance_explained"][2])


def test_features_beyond_a_thousand_are_not_told_one_by_one(monkeypatch, report):
    class Figures:
        squared_error_per_column = np.zeros(1_001)

    assert _features.per_feature(None, Figures()) is None
