"""PCA's error for every number of components equals scikit-learn's, without extra work."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from sklearn.decomposition import PCA

from isthmus import Autoencoder
from isthmus.evaluation import beside_pca, pca_errors
from isthmus.metrics import Components

_sizes = importlib.import_module("isthmus.evaluation._pca_sizes")


@pytest.fixture(name="fitted")
def make_fitted(rng):
    X = rng.normal(size=(60, 3)) @ rng.normal(size=(3, 7)) + 0.1 * rng.normal(size=(60, 7)) + 5
    estimator = Autoencoder(2, hidden_dims=(4,), epochs=1, random_state=0, device="cpu").fit(X[:40])
    return estimator, X[:40], X[40:]


@pytest.mark.parametrize("is_held_out", [True, False])
def test_the_errors_are_those_of_scikit_learn(fitted, is_held_out):
    estimator, X, X_held_out = fitted
    errors = pca_errors(estimator, X, X_held_out if is_held_out else None)
    train = estimator.scaling_.apply(X)
    shown = estimator.scaling_.apply(X_held_out) if is_held_out else train
    for k in range(1, 8):
        pca = PCA(k).fit(train)
        back = pca.inverse_transform(pca.transform(shown))
        expected = np.square(shown - back).sum(axis=1).mean()
        assert errors[k] == pytest.approx(expected, rel=1e-4, abs=1e-5)
    expected = np.square(shown - train.mean(axis=0)).sum(axis=1).mean()
    assert errors[0] == pytest.approx(expected, rel=1e-5)
    assert len(errors) == 8


@pytest.mark.parametrize("is_held_out", [True, False])
def test_the_pca_beside_the_model_gives_the_same_curve(fitted, is_held_out, monkeypatch):
    estimator, X, X_held_out = fitted
    X_held_out = X_held_out if is_held_out else None
    expected = pca_errors(estimator, X, X_held_out)
    beside = beside_pca(estimator, X, X_held_out)
    monkeypatch.setattr(_sizes, "fit_pca", None)  # not called
    found = pca_errors(estimator, X, X_held_out, pca=beside.pca)
    assert (found == expected).all()
    assert found[2] == pytest.approx(beside.judged[2].squared_error, rel=1e-5)


def test_there_are_no_more_components_than_rows(fitted):
    estimator, X, X_held_out = fitted
    assert len(pca_errors(estimator, X[:4], X_held_out)) == 5


def test_many_held_out_rows_are_sampled_alike_each_time(fitted, monkeypatch):
    estimator, X, X_held_out = fitted
    monkeypatch.setattr(_sizes, "_MOST_ROWS", 10)
    shown, measured = [], Components.errors_on
    monkeypatch.setattr(
        Components, "errors_on", lambda c, rows: shown.append(len(rows)) or measured(c, rows)
    )
    first, second = (pca_errors(estimator, X, X_held_out) for _ in range(2))
    assert shown == [10, 10]
    assert (first == second).all()
    assert len(first) == 8


def test_very_many_columns_have_no_curve(fitted, monkeypatch):
    estimator, X, X_held_out = fitted
    monkeypatch.setattr(_sizes, "MOST_FEATURES", 6)
    assert pca_errors(estimator, X, X_held_out) is None
