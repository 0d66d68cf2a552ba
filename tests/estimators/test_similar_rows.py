"""Nearest rows by code, and duplicates."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits

from isthmus import Autoencoder
from isthmus.errors import DataError, UsageError
from isthmus.estimators._similar_rows import _groups


@pytest.fixture(scope="module")
def digits():
    return load_digits(return_X_y=True)


@pytest.fixture(scope="module")
def fitted(digits):
    return Autoencoder(latent_dim=8, epochs=20, random_state=0).fit(digits[0])


def test_the_nearest_rows_are_those_of_brute_force_without_the_row_itself(digits, fitted):
    X = digits[0][:300]
    distances, indices = fitted.similar(X, [3, 17], n_neighbors=4)
    Z = fitted.transform(X).astype(np.float64)
    for row, near, far in zip([3, 17], indices, distances, strict=True):
        own = np.linalg.norm(Z - Z[row], axis=1)
        own[row] = np.inf
        np.testing.assert_array_equal(near, np.argsort(own)[:4])
        np.testing.assert_allclose(far, np.sort(own)[:4], rtol=1e-4)


def test_similar_digits_are_of_the_same_class_more_often_than_by_chance(digits, fitted):
    X, y = digits
    _, indices = fitted.similar(X, np.arange(200))
    assert (y[indices] == y[:200, None]).mean() > 0.85  # by chance 0.1


def test_one_position_and_other_rows_can_be_given(digits, fitted):
    X = digits[0]
    distances, indices = fitted.similar(X, 5)
    assert distances.shape == indices.shape == (1, 10)
    distances, indices = fitted.similar(X, X[5:6], n_neighbors=1)
    assert indices.tolist() == [[5]]
    assert distances[0, 0] == pytest.approx(0, abs=1e-3)
    assert fitted.similar(X[:3], 0)[1].shape == (1, 2)  # fewer rows than asked for


def test_texts_and_tables_are_rows_not_positions():
    texts = ["red apple pie", "green apple tart", "blue sea wave", "deep sea fish"] * 5
    of_texts = Autoencoder(latent_dim=2, epochs=2, random_state=0).fit(texts)
    _, indices = of_texts.similar(texts, ["red apple pie"], n_neighbors=5)
    assert {*indices[0].tolist()} == {0, 4, 8, 12, 16}
    table = pd.DataFrame({"a": np.random.default_rng(0).normal(size=20), "b": list("xy") * 10})
    of_table = Autoencoder(latent_dim=2, epochs=2, random_state=0).fit(table)
    assert of_table.similar(table, table.iloc[[3]], n_neighbors=1)[1].tolist() == [[3]]


def test_duplicates_are_found_in_groups_the_largest_first(digits, fitted):
    X = digits[0][:200].copy()
    X[[50, 120, 7]] = X[3]
    X[9] = X[8]
    X[9, 20] += 0.01  # nearly the same
    groups = [group.tolist() for group in fitted.duplicates(X)]
    assert groups[:2] == [[3, 7, 50, 120], [8, 9]]
    assert [group.tolist() for group in fitted.duplicates(X, tolerance=0)] == [[3, 7, 50, 120]]


def test_thousands_of_equal_rows_are_one_group(digits, fitted):
    X = np.repeat(digits[0][:1], 20_000, axis=0)
    (group,) = fitted.duplicates(X)
    assert len(group) == 20_000


def test_a_chain_of_near_rows_is_one_group_whatever_the_blocks(monkeypatch):
    chain = np.c_[np.arange(30.0) % 29, np.zeros(30)] * 0.9
    for size in (4, 1000):
        monkeypatch.setattr("isthmus.estimators._similar_rows._ROWS_A_TIME", size)
        assert {*_groups(chain, 1.0).tolist()} == {0}
        assert len({*_groups(chain, 0.5).tolist()}) == 29


def test_what_cannot_be_searched_is_refused(digits, fitted):
    X = digits[0][:20]
    with pytest.raises(DataError, match=r"`rows` must be positions from 0 to 19 in X. Got 20\."):
        fitted.similar(X, [3, 20])
    with pytest.raises(UsageError, match=r"`n_neighbors` must be an integer of at least 1. Got 0"):
        fitted.similar(X, 3, n_neighbors=0)
    with pytest.raises(UsageError, match=r"`tolerance` must be a number of at least 0 and below 1"):
        fitted.duplicates(X, tolerance=1.0)
