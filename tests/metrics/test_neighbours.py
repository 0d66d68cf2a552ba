"""Trustworthiness and continuity: as scikit-learn's, by hand, ties, errors."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.manifold import trustworthiness as by_scikit_learn

from isthmus.errors import DataError, UsageError
from isthmus.metrics import _neighbours, continuity, trustworthiness


@pytest.fixture(name="rows")
def make_rows(rng):
    X = rng.normal(size=(120, 5)) + 1000
    return X, X[:, :2] + 0.3 * rng.normal(size=(120, 2))


@pytest.mark.parametrize("k", [1, 5, 59])
def test_trustworthiness_is_scikit_learns(rows, k):
    X, Z = rows
    expected = by_scikit_learn(X, Z, n_neighbors=k)
    assert trustworthiness(X, Z, n_neighbors=k) == pytest.approx(expected, abs=1e-12)


def test_continuity_is_trustworthiness_the_other_way_round(rows):
    X, Z = rows
    assert continuity(X, Z) == pytest.approx(by_scikit_learn(Z, X, n_neighbors=10), abs=1e-12)


def test_four_rows_by_hand():
    """Codes swap the last two rows of a line."""
    X = np.array([[0.0], [1.0], [3.0], [7.0]])
    Z = np.array([[0.0], [1.0], [7.0], [3.0]])
    # Nearest in Z: 1, 0, 3, 1; their ranks in X: 1, 1, 3, 2. Normalised by 2 / (4 * 1 * 4).
    assert trustworthiness(X, Z, n_neighbors=1) == pytest.approx(1 - (0 + 0 + 2 + 1) * 2 / 16)
    # Two and three change places: nearest in X are 1, 0, 1, 2; their ranks in Z 1, 1, 2, 3.
    assert continuity(X, Z, n_neighbors=1) == pytest.approx(1 - (0 + 0 + 1 + 2) * 2 / 16)


def test_blocks_change_nothing(rows, monkeypatch):
    X, Z = rows
    whole = trustworthiness(X, Z), continuity(X, Z)
    monkeypatch.setattr(_neighbours, "_DISTANCES", 700)
    assert (trustworthiness(X, Z), continuity(X, Z)) == pytest.approx(whole, abs=1e-12)


def test_codes_that_have_collapsed_keep_no_neighbourhood(rows):
    """With strict ranks all rows would be everyone's neighbours, and every code perfect."""
    X, _ = rows
    Z = np.full((120, 2), 0.1)
    assert trustworthiness(X, Z) < 0.7 and continuity(X, Z) < 0.7


def test_rows_themselves_are_kept_whole(rows):
    X, _ = rows
    assert trustworthiness(X, X) == continuity(X, 3 * X) == 1


def test_codes_must_be_one_for_each_row(rows):
    X, Z = rows
    with pytest.raises(DataError, match=r"one code per row. Got 120 rows and 119 codes"):
        trustworthiness(X, Z[1:])


@pytest.mark.parametrize("k", [0, 60, 200])
def test_neighbours_must_be_fewer_than_half_the_rows(rows, k):
    with pytest.raises(UsageError, match=rf"below half the number of rows \(120\). Got {k}."):
        trustworthiness(*rows, n_neighbors=k)
