"""`fit_pca`: scikit-learn's PCA from one pass over blocks; `NestedPCA`: one for several sizes."""

from __future__ import annotations

import importlib
import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse
from sklearn.decomposition import PCA

from isthmus import Autoencoder
from isthmus.evaluation import beside_pca
from isthmus.metrics import NestedPCA, fit_pca
from isthmus.preprocessing import AS_IS, fit_scaling
from isthmus.rows import as_rows

_pca = importlib.import_module("isthmus.metrics._pca")


@pytest.fixture(name="X")
def make_rows(rng):
    return (rng.normal(size=(60, 6)) @ rng.normal(size=(6, 9))).astype(np.float32)


def restored_by_sklearn(X, n, rows):
    pca = PCA(n, svd_solver="full").fit(X.astype(np.float64))
    return pca.inverse_transform(pca.transform(rows.astype(np.float64)))


@pytest.mark.parametrize("n", [1, 3, 6])
@pytest.mark.parametrize("offset", [0, 1000])
def test_rows_in_many_blocks_give_what_scikit_learn_gives(rng, n, offset):
    X = rng.normal(size=(3000, 7)) * [5, 4, 3, 2, 1, 0.5, 0.1] + offset
    X = X[np.argsort(X[:, 0])].astype(np.float32)  # the first block is unlike the others
    fitted = fit_pca(as_rows(X, AS_IS), n, 0)
    wanted = PCA(n, svd_solver="full").fit(X.astype(np.float64))
    assert_allclose(fitted.mean, wanted.mean_, rtol=1e-12)
    assert_allclose(fitted.variances[:n], wanted.explained_variance_ * 2999 / 3000, rtol=1e-9)
    assert_allclose(abs(np.sum(fitted.directions[:n] * wanted.components_, axis=1)), 1, rtol=1e-9)
    back = fitted.restored(X)
    assert back.dtype == np.float32
    assert_allclose(back, restored_by_sklearn(X, n, X), rtol=1e-6, atol=1e-4)
    assert (fitted.size, fitted.n_rows, fitted.is_whole) == (n, 3000, True)


def test_scaled_and_sparse_rows_are_fitted_alike(rng):
    X = rng.poisson(0.3, size=(2500, 8)).astype(np.float64) + 1
    scaling = fit_scaling(X, "standard")
    dense, thin = (fit_pca(as_rows(M, scaling), 3, 0) for M in (X, sparse.csr_array(X)))
    assert_allclose(thin.variances, dense.variances, rtol=1e-12)
    assert_allclose(dense.mean, 0, atol=1e-7)
    assert_allclose(dense.variances.sum(), 8, rtol=1e-6)


def test_errors_of_every_size_are_those_of_the_codes(X, rng):
    fitted, others = fit_pca(as_rows(X, AS_IS), 2, 0), rng.normal(size=(2000, 9)).astype(np.float32)
    on_own, on_others = fitted.errors(), fitted.errors_on(as_rows(others, AS_IS))
    assert on_own.shape == on_others.shape == (10,)
    for n in range(1, 10):
        for errors, rows in ((on_own, X), (on_others, others)):
            left = np.square(fitted.of_size(n).restored(rows) - rows).sum(axis=1).mean()
            assert errors[n] == pytest.approx(left, rel=1e-4, abs=1e-5)
    assert on_own[0] == pytest.approx(X.var(axis=0).sum(), rel=1e-5)


def test_many_features_are_decomposed_from_a_draw_of_rows(X, monkeypatch):
    monkeypatch.setattr(_pca, "MOST_FEATURES", 8)
    monkeypatch.setattr(_pca, "_SAMPLE_VALUES", 9 * 40)
    fitted, again = (fit_pca(as_rows(X, AS_IS), 3, 0) for _ in range(2))
    assert fitted.n_rows == 40
    assert not fitted.is_whole
    assert fitted.directions.shape == (3, 9)
    assert (fitted.mean == again.mean).all() and (fitted.directions == again.directions).all()
    monkeypatch.setattr(_pca, "_SAMPLE_VALUES", 9 * 60)
    all_rows = fit_pca(as_rows(X, AS_IS), 3, 0)
    assert all_rows.n_rows == 60
    assert_allclose(all_rows.restored(X), restored_by_sklearn(X, 3, X), atol=1e-4)
    monkeypatch.undo()
    exact = fit_pca(as_rows(X, AS_IS), 3, 0)
    assert_allclose(all_rows.variances, exact.variances[:3], rtol=1e-5)


def test_many_features_with_missing_cells_are_filled_by_the_decomposition(X, rng, monkeypatch):
    monkeypatch.setattr(_pca, "MOST_FEATURES", 8)
    missing = rng.random(X.shape) < 0.1
    missing[:, 4] = True  # nothing is known of this column
    rows = np.where(missing, np.nan, X).astype(np.float32)
    found = fit_pca(as_rows(rows, AS_IS), 3, 0)
    assert np.isfinite(found.directions).all() and np.isfinite(found.variances).all()
    known = [k for k in range(9) if k != 4]
    errors = np.square(found.restored(rows) - X)[:, known]
    assert errors.mean() < 0.5 * X[:, known].var(axis=0).mean()


def test_memory_does_not_grow_with_the_rows(rng):
    X = rng.integers(0, 256, size=(20_000, 100), dtype=np.uint8)
    tracemalloc.start()
    try:
        fit_pca(as_rows(X, AS_IS), 5, 0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * 1024 * 100 * 8  # some blocks in double precision; all rows are 8 MB in single


@pytest.mark.parametrize("X", [np.ones((1, 3)), np.ones((5, 3)), np.zeros((4, 1))])
def test_equal_rows_come_back_as_they_were(X):
    fitted = fit_pca(as_rows(X, AS_IS), 2, 0)
    assert_allclose(fitted.restored(X), X, atol=1e-6)
    assert_allclose(fitted.errors(), 0, atol=1e-12)


@pytest.mark.parametrize("n", [1, 3, 9])
def test_a_size_that_was_cut_is_the_size_that_was_fitted(X, n, monkeypatch):
    for most in (2000, 8):
        monkeypatch.setattr(_pca, "MOST_FEATURES", most)
        cut, fitted = NestedPCA(5)(as_rows(X, AS_IS), n, 0), fit_pca(as_rows(X, AS_IS), n, 0)
        assert cut.size == fitted.size == n
        assert_allclose(cut.restored(X), fitted.restored(X), atol=1e-4)


@pytest.mark.parametrize(("most", "expected"), [(2000, [6, 6, 6]), (8, [6, 8, 6, 6])])
def test_the_same_rows_are_decomposed_once(X, monkeypatch, most, expected):
    sizes = []
    monkeypatch.setattr(_pca, "MOST_FEATURES", most)
    monkeypatch.setattr(_pca, "fit_pca", lambda *a: sizes.append(a[1]) or fit_pca(*a))
    nested = NestedPCA(6)
    for n in (2, 4, 6):
        nested(as_rows(X.copy(), AS_IS), n, 0)
    assert sizes == [6]
    nested(as_rows(X, AS_IS), 8, 0)  # of up to 2,000 features all components are there
    nested(as_rows(X + 1, AS_IS), 2, 0)
    nested(as_rows(X + 1, fit_scaling(X, "standard")), 2, 0)
    assert sizes == expected


def test_more_components_than_rows_are_not_asked_for(X):
    nested = NestedPCA(64)(as_rows(X[:4], AS_IS), 2, 0)
    assert nested.directions.shape == (4, 9)
    assert nested.encode(X).shape == (60, 2)
    assert fit_pca(as_rows(X[:4], AS_IS), 64, 0).size == 4


def test_beside_a_model_it_gives_the_same_figures(X):
    model = Autoencoder(2, hidden_dims=(4,), epochs=1, random_state=0).fit(X)
    plain, nested = (
        beside_pca(model, X, X[:9], decompose=decompose).pca_held_out.squared_error
        for decompose in (fit_pca, NestedPCA(5))
    )
    assert_allclose(nested, plain, rtol=1e-5)
