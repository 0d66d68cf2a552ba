"""Comparison with PCA: the same rows, the same scaling, as many components."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from scipy import sparse
from sklearn.decomposition import PCA

from isthmus import Autoencoder
from isthmus.evaluation import beside_pca
from isthmus.rows import DenseRows

_pca = importlib.import_module("isthmus.metrics._pca")


@pytest.fixture(name="X")
def make_rows(rng):
    return rng.normal(size=(90, 3)) @ rng.normal(size=(3, 6)) + rng.normal(size=(90, 6)) + 50


@pytest.fixture
def fitted(X):
    return Autoencoder(
        latent_dim=2,
        hidden_dims=(8,),
        scaling="standard",
        epochs=3,
        early_stopping=False,
        device="cpu",
        random_state=0,
    ).fit(X[:60])


def pca_error(fitted, rows, held_out):
    pca = PCA(fitted.latent_dim_).fit(fitted.scaling_.apply(rows))
    scaled = fitted.scaling_.apply(held_out)
    return np.square(pca.inverse_transform(pca.transform(scaled)) - scaled).sum(axis=1).mean()


def test_both_are_measured_on_the_same_rows_in_the_same_unit(fitted, X):
    found = beside_pca(fitted, X[:60], X[60:])
    for figures, rows in ((found.model_train, X[:60]), (found.model_held_out, X[60:])):
        error = 6 * fitted.reconstruction_error(rows).mean()
        assert figures.as_dict()["squared_error"] == pytest.approx(error, rel=1e-5)
        assert figures.n_rows == len(rows)
    for figures, rows in ((found.pca_train, X[:60]), (found.pca_held_out, X[60:])):
        error = pca_error(fitted, X[:60], rows)
        assert figures.as_dict()["squared_error"] == pytest.approx(error, rel=1e-4)


def test_held_out_rows_are_judged_where_there_are_some(fitted, X):
    found = beside_pca(fitted, X[:60], X[60:])
    assert found.judged == ("held-out", found.model_held_out, found.pca_held_out)


@pytest.mark.parametrize("held_out", [None, np.empty((0, 6))])
def test_without_held_out_rows_the_training_rows_are(fitted, X, held_out):
    found = beside_pca(fitted, X[:60], held_out)
    assert found.model_held_out is None and found.pca_held_out is None
    assert found.judged == ("training", found.model_train, found.pca_train)


def test_pca_is_fitted_on_a_draw_of_rows_where_all_would_not_fit(fitted, X, monkeypatch):
    monkeypatch.setattr(_pca, "MOST_FEATURES", 5)
    monkeypatch.setattr(_pca, "_SAMPLE_VALUES", 6 * 40)
    found = beside_pca(fitted, X[:60], X[60:])
    assert found.n_rows_pca == 40
    assert found.pca_train.n_rows == 60
    exact = pca_error(fitted, X[:60], X[:60])
    assert exact < found.pca_train.as_dict()["squared_error"] < 1.5 * exact


def test_up_to_2000_features_pca_is_fitted_on_all_rows(fitted, X, monkeypatch):
    monkeypatch.setattr(_pca, "_SAMPLE_VALUES", 6 * 40)
    found = beside_pca(fitted, X[:60], X[60:])
    assert found.n_rows_pca == found.pca.n_rows == 60
    assert found.pca.directions.shape == (6, 6)


def test_each_part_is_reconstructed_in_one_pass(fitted, X, monkeypatch):
    passes, inner = [], type(fitted).scaled_reconstructions
    monkeypatch.setattr(
        type(fitted), "scaled_reconstructions", lambda e, X: passes.append(len(X)) or inner(e, X)
    )
    blocks, read = [], DenseRows.blocks
    monkeypatch.setattr(
        DenseRows, "blocks", lambda r, **how: blocks.append(len(r)) or read(r, **how)
    )
    beside_pca(fitted, X[:60], X[60:])
    assert passes == [60, 30]
    assert blocks == [60, 60, 30]  # once to fit PCA, once for each part


def test_pca_has_at_most_as_many_components_as_there_are_rows(rng):
    X = rng.normal(size=(3, 6))
    fitted = Autoencoder(
        latent_dim=5, hidden_dims=(), epochs=1, early_stopping=False, random_state=0
    ).fit(X)
    assert beside_pca(fitted, X).pca_train.as_dict()["squared_error"] == pytest.approx(0, abs=1e-9)


def test_sparse_rows_will_do(fitted, X):
    found, dense = beside_pca(fitted, sparse.csr_array(X[:60])), beside_pca(fitted, X[:60])
    for a, b in ((found.model_train, dense.model_train), (found.pca_train, dense.pca_train)):
        assert a.as_dict() == pytest.approx(b.as_dict(), rel=1e-5)
