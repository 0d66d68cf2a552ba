"""Drift: rows unlike the training rows are told by column, and chance is not."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp

from isthmus import Autoencoder
from isthmus.doctor import RowSketch, measure_drift, sketch_rows
from isthmus.doctor._column_distances import chance_distance, quantile_gaps, share_distance
from isthmus.doctor._row_sketch import _quantiles


def table(rng, n_rows, *, shift=0.0, shares=(0.6, 0.3, 0.1), missing=0.05):
    load = rng.normal(100 + shift, 10, n_rows)
    load[rng.random(n_rows) < missing] = np.nan
    return pd.DataFrame(
        {
            "load": load,
            "speed": rng.integers(0, 4, n_rows),
            "colour": rng.choice(["red", "green", "blue"], n_rows, p=shares),
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n_rows), "D"),
        }
    )


@pytest.fixture(name="model", scope="module")
def make_model():
    rows = table(np.random.default_rng(0), 600)
    model = Autoencoder(2, hidden_dims=(8,), epochs=3, random_state=0, device="cpu").fit(rows)
    return model, sketch_rows(model, rows)


def test_rows_of_the_same_kind_have_not_drifted(model):
    for seed in range(1, 30):
        drift = measure_drift(model[0], table(np.random.default_rng(seed), 200), model[1])
        assert not drift.is_drifted and drift.finding() is None, drift.columns


def test_each_kind_of_column_can_drift(model, rng):
    def columns(**options):
        return measure_drift(model[0], table(rng, 300, **options), model[1]).columns

    assert columns(shift=20) == ("load",)
    assert columns(shares=(0.1, 0.3, 0.6)) == ("colour",)
    assert columns(missing=0.3) == ("load",)
    later = table(rng, 300)
    later["day"] += pd.Timedelta("1000D")
    assert measure_drift(model[0], later, model[1]).columns == ("day",)
    other = table(rng, 300).replace({"colour": {"red": "violet"}})
    assert measure_drift(model[0], other, model[1]).columns == ("colour",)


def test_few_rows_are_never_called_drifted_by_chance(model, rng):
    few = table(rng, 3, shift=8)
    drift = measure_drift(model[0], few, model[1])
    assert not drift.columns
    assert all(own.threshold > 1 for own in drift.distances)


def test_the_finding_names_the_columns_and_the_error(model, rng):
    finding = measure_drift(model[0], table(rng, 300, shift=300), model[1]).finding()
    assert (finding.code, finding.severity) == ("drift", "warning")
    start = "These rows are unlike the training rows: error "
    assert finding.seen.startswith(start)
    assert finding.seen.endswith(" times higher; columns that differ most: `load`.")
    mild = measure_drift(model[0], table(rng, 300, shift=7), model[1]).finding()
    assert mild.seen == (
        "These rows are unlike the training rows; columns that differ most: `load`."
    )


def test_the_distances_are_data_in_json_types(model, rng):
    drift = measure_drift(model[0], table(rng, 300, shift=300), model[1])
    told = json.loads(json.dumps(drift.as_dict(), allow_nan=False))
    assert told["is_drifted"] and told["columns"] == ["load"] and told["n_rows"] == 300
    measures = {(own["name"], own["measure"]) for own in told["distances"]}
    assert measures >= {("load", "kolmogorov_smirnov"), ("colour", "total_variation")}


def test_a_higher_error_alone_is_told_of_rows_without_names(rng):
    X = rng.normal(size=(400, 1)) @ rng.normal(size=(1, 5)) + 0.1 * rng.normal(size=(400, 5))
    model = Autoencoder(1, hidden_dims=(), epochs=30, random_state=0, device="cpu").fit(X)
    sketch = sketch_rows(model, X)
    assert sketch.columns == ()
    finding = measure_drift(model, rng.normal(size=(100, 5)), sketch).finding()
    assert finding.code == "drift_of_errors"
    assert finding.seen.endswith(" times higher.")


def test_errors_are_compared_with_those_of_held_out_rows(rng):
    X = rng.normal(size=(300, 6))
    model = Autoencoder(3, hidden_dims=(64,), epochs=60, random_state=0, device="cpu").fit(X[:100])
    sketch = sketch_rows(model, X[:100], X[100:200])
    assert np.median(sketch.unseen_errors) > np.median(sketch.errors)
    assert sketch.n_unseen == 100
    assert not measure_drift(model, X[200:], sketch).is_drifted


def test_a_sketch_survives_its_arrays(model, rng):
    sketch = model[1]
    again = RowSketch.from_arrays(sketch.arrays(), model[0].preprocessor_.observed_columns)
    rows = table(rng, 100, shift=30)
    assert measure_drift(model[0], rows, again) == measure_drift(model[0], rows, sketch)
    with pytest.raises(ValueError, match="zip"):
        RowSketch.from_arrays(sketch.arrays(), model[0].preprocessor_.observed_columns[:2])


def test_the_fence_is_that_of_the_logarithms_of_errors():
    errors = np.linspace(1, 9, 65)
    assert RowSketch(9, (), errors, errors, 9).error_fence == pytest.approx(7 * (7 / 3) ** 1.5)
    zeros = np.r_[np.zeros(32), np.ones(33)]
    assert RowSketch(9, (), zeros, zeros, 9).error_fence == 2.5
    assert RowSketch(9, (), np.empty(0), np.empty(0), 0).error_fence is None


@pytest.mark.parametrize("shift", [0.0, 0.5, 2.0])
def test_the_distance_is_that_of_kolmogorov_and_smirnov_up_to_a_step(rng, shift):
    known, other = rng.normal(size=5000), rng.normal(shift, 1, size=400)
    exact = ks_2samp(known, other).statistic
    found = max(quantile_gaps(_quantiles(known), other))
    assert exact - 2 / 64 <= found <= exact + 1e-9


def test_ties_and_float_precision_are_no_distance(rng):
    known = rng.choice([0.1, 0.2, 0.3], 3000)
    other = rng.choice([0.1, 0.2, 0.3], 3000).astype(np.float32)
    assert max(quantile_gaps(_quantiles(known), other)) < 0.05


def test_directions_and_shares_by_hand():
    quantiles = np.arange(65.0)
    assert quantile_gaps(quantiles, np.array([100.0])) == (1.0, 0.0)
    assert quantile_gaps(quantiles, np.array([-1.0])) == (0.0, 1.0)
    assert share_distance(np.array([0.5, 0.5, 0]), np.array([0.25, 0.5, 0.25])) == 0.25


def test_the_chance_distance_is_exceeded_as_rarely_as_it_says(rng):
    assert chance_distance(0, 5, 0.01) == math.inf
    shares = np.full(8, 1 / 8)
    limit = chance_distance(300, 100, 0.05, shares)
    draws = (rng.multinomial(n, shares, size=400) / n for n in (300, 100))
    distances = [share_distance(a, b) for a, b in zip(*draws, strict=True)]
    assert np.mean(np.array(distances) > limit) <= 0.05
    limit = chance_distance(300, 100, 0.05)
    ks = [ks_2samp(rng.normal(size=300), rng.normal(size=100)).statistic for _ in range(300)]
    assert np.mean(np.array(ks) > limit) <= 0.08
