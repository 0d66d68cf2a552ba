"""A linear autoencoder, trained to convergence, is PCA."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import subspace_angles
from sklearn.decomposition import PCA

from isthmus import Autoencoder
from isthmus.evaluation import beside_pca


@pytest.fixture(name="X", scope="module")
def make_rows():
    rng = np.random.default_rng(0)
    directions = np.linalg.qr(rng.normal(size=(8, 4)))[0].T
    noise = 0.2 * rng.normal(size=(256, 8))
    return (rng.normal(size=(256, 4)) * [4, 3, 2, 1]) @ directions + noise + rng.normal(size=8)


@pytest.fixture(scope="module", params=["none", "standard"])
def fitted(request, X):
    return Autoencoder(
        latent_dim=2,
        hidden_dims=(),
        output_activation="identity",
        scaling=request.param,
        optimizer="adam",
        learning_rate=0.02,
        schedule="cosine",
        batch_size=len(X),
        epochs=1500,
        early_stopping=False,
        device="cpu",
        random_state=0,
    ).fit(X)


@pytest.fixture(scope="module")
def pca(fitted, X):
    return PCA(2).fit(fitted.scaling_.apply(X).astype(np.float64))


def test_its_decoder_spans_the_subspace_of_pca(fitted, pca):
    decoder = fitted.network_.decoder[0].weight.detach().numpy()
    assert subspace_angles(decoder, pca.components_.T).max() < 1e-2


def test_its_codes_are_a_linear_map_of_those_of_pca(fitted, pca, X):
    Z, scores = fitted.transform(X), pca.transform(fitted.scaling_.apply(X))
    affine = np.column_stack([scores, np.ones(len(X))])
    explained = affine @ np.linalg.lstsq(affine, Z, rcond=None)[0]
    assert np.square(Z - explained).sum() < 1e-3 * np.square(Z - Z.mean(axis=0)).sum()


def test_its_error_is_that_of_pca_within_a_thousandth(fitted, pca, X):
    scaled = fitted.scaling_.apply(X)
    pca_error = np.square(pca.inverse_transform(pca.transform(scaled)) - scaled).mean()
    assert fitted.reconstruction_error(X).mean() == pytest.approx(pca_error, rel=1e-3)
    assert fitted.reconstruction_error(X).mean() > pca_error * (1 - 1e-6)


def test_the_comparison_that_reports_show_agrees(fitted, X):
    figures = beside_pca(fitted, X)
    ours, pcas = figures.model_train.as_dict(), figures.pca_train.as_dict()
    assert ours["squared_error"] == pytest.approx(pcas["squared_error"], rel=1e-3)


def test_its_score_is_the_explained_variance_ratio_of_pca(fitted, pca, X):
    if fitted.scaling_.kind != "none":
        pytest.skip("score is in the units of the rows, PCA was fitted in scaled ones")
    assert fitted.score(X) == pytest.approx(pca.explained_variance_ratio_.sum(), abs=1e-4)
