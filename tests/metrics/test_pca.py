"""`NestedPCA`: one decomposition gives what each size would give by itself."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from numpy.testing import assert_allclose

from isthmus import Autoencoder
from isthmus.evaluation import beside_pca
from isthmus.metrics import NestedPCA, fit_pca

_pca = importlib.import_module("isthmus.metrics._pca")


@pytest.fixture(name="X")
def make_rows(rng):
    return (rng.normal(size=(60, 6)) @ rng.normal(size=(6, 9))).astype(np.float32)


@pytest.mark.parametrize("n", [1, 3, 9])
def test_a_size_that_was_cut_is_the_size_that_was_fitted(X, n):
    cut, fitted = NestedPCA(5)(X, n, 0), fit_pca(X, n, 0)
    assert cut.n_components_ == n
    for name in ("explained_variance_", "explained_variance_ratio_", "singular_values_"):
        assert_allclose(getattr(cut, name), getattr(fitted, name), rtol=1e-4, atol=1e-4)
    assert_allclose(cut.noise_variance_, fitted.noise_variance_, rtol=1e-3, atol=1e-5)
    back, wanted = (p.inverse_transform(p.transform(X)) for p in (cut, fitted))
    assert_allclose(back, wanted, atol=1e-4)


def test_the_same_rows_are_decomposed_once(X, monkeypatch):
    sizes = []
    monkeypatch.setattr(_pca, "fit_pca", lambda X, n, seed: sizes.append(n) or fit_pca(X, n, seed))
    nested = NestedPCA(6)
    for n in (2, 4, 6):
        nested(X.copy(), n, 0)
    assert sizes == [6]
    nested(X, 8, 0)
    nested(X + 1, 2, 0)
    assert sizes == [6, 8, 6]


def test_more_components_than_rows_are_not_asked_for(X):
    assert NestedPCA(64)(X[:4], 2, 0).components_.shape == (2, 9)


def test_beside_a_model_it_gives_the_same_figures(X):
    model = Autoencoder(2, hidden_dims=(4,), epochs=1, random_state=0).fit(X)
    plain, nested = (
        beside_pca(model, X, X[:9], decompose=decompose).pca_held_out.squared_error
        for decompose in (fit_pca, NestedPCA(5))
    )
    assert_allclose(nested, plain, rtol=1e-5)
