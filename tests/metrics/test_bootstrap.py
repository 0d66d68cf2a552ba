"""The bootstrap's draws and its percentile intervals."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from isthmus.metrics import _bootstrap
from isthmus.metrics._bootstrap import Bootstrap, estimate


def sums(values, *, pieces=1, n_resamples=500, seed=0):
    bootstrap = Bootstrap(len(values), n_resamples, seed)
    for piece in np.array_split(values, pieces):
        bootstrap.add(piece)
    return bootstrap.sums


@pytest.mark.parametrize("pieces", [1, 3, 40])
def test_each_resample_has_as_many_rows_as_there_are(pieces):
    assert_array_equal(sums(np.ones((40, 1)), pieces=pieces), 40)


@pytest.mark.parametrize("pieces", [1, 7])
def test_rows_are_drawn_as_multinomial_counts(pieces):
    """Mean 1, variance 1 - 1/n, covariance -1/n: what drawing with replacement gives."""
    counts = sums(np.eye(12), pieces=pieces, n_resamples=40_000)[1:]
    assert_allclose(counts.mean(axis=0), 1, atol=0.03)
    covariance = np.cov(counts.T)
    assert_allclose(np.diag(covariance), 1 - 1 / 12, atol=0.04)
    assert_allclose(covariance[~np.eye(12, dtype=bool)], -1 / 12, atol=0.03)


def test_columns_share_their_draws(rng):
    values = rng.normal(size=(50, 1))
    both = sums(np.column_stack([values, 2 * values]), pieces=4)
    assert_allclose(both[:, 1], 2 * both[:, 0])


def test_draws_in_small_portions_are_resamples_too(monkeypatch):
    monkeypatch.setattr(_bootstrap, "_DRAWS", 64)
    assert_array_equal(sums(np.ones((40, 1)), pieces=3), 40)


def test_the_interval_of_a_mean_is_that_of_the_normal_theory(rng):
    values = rng.normal(loc=3, size=(2000, 1))
    found = estimate(sums(values, n_resamples=4000)[:, 0] / 2000, 0.95)
    half = 1.96 * values.std() / np.sqrt(2000)
    assert found["value"] == pytest.approx(values.mean())
    assert_allclose(found["interval"], [values.mean() - half, values.mean() + half], atol=0.005)


def test_without_resamples_or_with_undefined_ones_there_is_no_interval():
    assert estimate(np.array([2.0]), 0.95) == {"value": 2.0, "interval": None}
    assert estimate(np.array([2.0, np.nan, 1.0]), 0.95) == {"value": 2.0, "interval": None}
    assert estimate(np.array([np.nan, 1.0]), 0.95) == {"value": None, "interval": None}


def test_the_same_seed_draws_the_same(rng):
    values = rng.normal(size=(30, 2))
    assert_array_equal(sums(values, seed=1), sums(values, seed=1))
    assert (sums(values, seed=1) != sums(values, seed=2)).any()
