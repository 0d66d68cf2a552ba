"""Reconstruction metrics by hand, and the verdict."""

from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import r2_score

from isthmus.metrics import ReconstructionFigures, verdict


def figures(X, X_hat, center=None, pieces=1):
    made = ReconstructionFigures(np.zeros(X.shape[1]) if center is None else center)
    for a, b in zip(np.array_split(X, pieces), np.array_split(X_hat, pieces), strict=True):
        made.add(a, b)
    return made


X = np.array([[0.0, 1.0], [2.0, 1.0], [4.0, 1.0], [2.0, 1.0]])
X_hat = np.array([[1.0, 1.0], [2.0, 3.0], [4.0, 1.0], [2.0, 1.0]])


def test_the_figures_by_hand():
    assert figures(X, X_hat).as_dict() == {
        "n_rows": 4,
        "squared_error": 5 / 4,
        "mean_squared_error": 5 / 8,
        "variance_explained": pytest.approx(1 - 5 / 8),
    }


def test_columns_by_hand_and_a_constant_one_has_no_share():
    made = figures(X, X_hat)
    assert_allclose(made.total_per_column, [8, 0])
    assert_allclose(made.variance_explained_per_column, [7 / 8, np.nan])


def test_blocks_and_another_center_change_nothing(rng):
    rows, noise = rng.normal(size=(100, 3)) * [1, 10, 100], rng.normal(size=(100, 3))
    once = figures(rows, rows + noise)
    blocks = figures(rows, rows + noise, center=rows.mean(axis=0) + 1, pieces=7)
    assert blocks.as_dict() == pytest.approx(once.as_dict(), rel=1e-12)
    by_scikit_learn = r2_score(rows, rows + noise, multioutput="raw_values")
    assert_allclose(blocks.variance_explained_per_column, by_scikit_learn)
    weighted = r2_score(rows, rows + noise, multioutput="variance_weighted")
    assert blocks.as_dict()["variance_explained"] == pytest.approx(weighted)


def test_large_means_cost_no_digits(rng):
    rows = rng.normal(size=(1000, 1)).astype(np.float32)
    far = rows.astype(np.float64) + 1e7
    made = figures(far, far, center=np.array([1e7]))
    assert_allclose(made.total_per_column, np.square(rows - rows.mean()).sum(), rtol=1e-5)


def test_what_rounding_leaves_of_a_constant_column_is_no_variance():
    rows = np.full((1000, 1), 0.1)
    made = figures(rows, rows + 0.01)
    assert_array_equal(made.total_per_column, [0])
    assert made.as_dict()["variance_explained"] is None


def test_the_figures_are_what_json_holds():
    json.dumps(figures(X, X_hat).as_dict(), allow_nan=False)


def said(error, pca_error, latent_dim=8, **options):
    sizes = {"latent_dim": latent_dim, "n_features": 9}
    return verdict("the autoencoder", error, pca_error, **sizes, rows="held-out", **options)


def test_a_code_as_long_as_a_row_is_no_contest():
    assert said(1.0, 1e-12, latent_dim=9).startswith(
        "No comparison with PCA: the code size (9) is not"
    )


def test_a_win_is_told_with_its_margin():
    assert said(3.0, 12.0) == (
        "At code size 8, the autoencoder beats PCA: its error on held-out rows is 75% lower "
        "(squared error per row: 3 vs. 12)."
    )


def test_a_defeat_is_told_as_plainly():
    assert said(12.0, 9.0) == (
        "At code size 8, PCA beats the autoencoder: its error on held-out rows is 25% lower "
        "(squared error per row: 9 vs. 12). PCA is good enough here."
    )


@pytest.mark.parametrize("error", [12.0, 9.0])
def test_pca_is_not_called_good_enough_without_grounds(error):
    assert "good enough" in said(error, 9.0, pca_explained=0.1)
    assert said(error, 9.0, pca_explained=0.004).endswith(
        "). PCA itself explains only 0.4% of the variance, so neither reconstructs these rows well."
    )
    assert said(error, 9.0, pca_explained=0.5, is_undertrained=True).endswith(
        "). The model may be undertrained: train it longer before choosing PCA."
    )


def test_a_model_of_the_likelihood_is_not_judged_by_this_error_alone():
    assert said(12.0, 9.0, models_likelihood=True).endswith(
        "). It is trained for the likelihood of rows, not for this error alone: lower `beta` for "
        "better reconstructions."
    )


@pytest.mark.parametrize(("error", "told"), [(0.98, "90%"), (0.02, "99.8%"), (1e-15, "99.9%")])
def test_no_error_is_a_hundred_per_cent_lower(error, told):
    assert f"is {told} lower (" in said(error, 9.8)


@pytest.mark.parametrize("pair", [(100.0, 100.9), (100.9, 100.0), (0.0, 0.0)])
def test_less_than_one_per_cent_is_a_draw(pair):
    assert said(*pair).startswith(
        "At code size 8, the autoencoder and PCA are equally good on held-out rows"
    )
    assert said(*pair).endswith("PCA is simpler and good enough here.")
