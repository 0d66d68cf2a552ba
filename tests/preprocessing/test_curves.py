"""Scalings of skewed columns: the curve by hand, ties, and the way back."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse
from scipy.stats import norm

import isthmus
from isthmus import Autoencoder
from isthmus.errors import UsageError
from isthmus.preprocessing import NumericBlock, Preprocessor, Scaling, block_from_facts, fit_scaling

KINDS = ("squash", "rank_gauss")


@pytest.fixture
def skewed(rng):
    return np.column_stack([np.exp(2 * rng.normal(size=500)), rng.normal(size=500)])


def test_squash_is_robust_with_a_soft_clip_at_five(skewed):
    robust = fit_scaling(skewed, "robust").apply(skewed)
    expected = robust / np.sqrt(1 + (robust / 5) ** 2)
    assert_allclose(fit_scaling(skewed, "squash").apply(skewed), expected, rtol=1e-5)


def test_rank_gauss_gives_the_normal_scores_of_the_ranks(rng):
    column = rng.permutation(np.exp(np.arange(7.0)))[:, None]
    ranks = column[:, 0].argsort().argsort()
    scores = fit_scaling(column, "rank_gauss").apply(column)
    assert_allclose(scores[:, 0], norm.ppf((ranks + 0.5) / 7), rtol=1e-6)


def test_equal_values_share_the_mean_of_their_ranks():
    column = np.array([0.0] * 6 + [1, 2, 3, 1e6])[:, None]
    scores = fit_scaling(column, "rank_gauss").apply(column)
    assert_allclose(scores[0], norm.ppf(3 / 10), rtol=1e-6)


def test_a_tail_has_little_of_the_variance(skewed):
    def share_far_out(kind):
        values = fit_scaling(skewed, kind).apply(skewed)[:, 0]
        squares = np.square(values - values.mean())
        return squares[squares > 25 * squares.mean()].sum() / squares.sum()

    assert share_far_out("standard") > 0.3
    assert share_far_out("squash") == share_far_out("rank_gauss") == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [3, 500, 5000])
def test_the_way_back_is_exact_within_the_training_range(kind, n, rng):
    rows = np.exp(2 * rng.normal(size=(n, 2)))
    scaling = fit_scaling(rows, kind)
    assert_allclose(scaling.invert(scaling.scaled(rows)), rows, rtol=1e-9)
    assert_allclose(scaling.invert(scaling.apply(rows)), rows, rtol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_reconstructions_stay_within_the_training_range(kind, skewed):
    scaling = fit_scaling(skewed, kind)
    wild = np.array([[-100.0, -5.0], [5.0, 5.0], [100.0, 6.0]])
    back = scaling.invert(wild)
    assert np.isfinite(back).all()
    low, high = skewed.min(axis=0), skewed.max(axis=0)
    assert_allclose(back, back.clip(low, high), rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_values_is_kept(kind, skewed):
    order = skewed[:, 0].argsort()
    scaled = fit_scaling(skewed, kind).apply(skewed)[order, 0]
    assert (np.diff(scaled) >= 0).all() and np.unique(scaled).size > 490


@pytest.mark.parametrize("kind", KINDS)
def test_missing_cells_stay_missing_and_do_not_count(kind, skewed):
    rows = skewed.copy()
    rows[::3, 0] = np.nan
    scaling = fit_scaling(rows, kind)
    scaled = scaling.apply(rows)
    assert np.array_equal(np.isnan(scaled), np.isnan(rows))
    assert_allclose(scaled[1::3, 0], fit_scaling(rows[1::3], kind).apply(rows[1::3])[:, 0], atol=1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_column_without_values_or_with_one_is_finite(kind):
    rows = np.array([[np.nan, 7.0, 0.1], [np.nan, 7.0, 0.2], [np.nan, 7.0, 0.4]])
    scaling = fit_scaling(rows, kind)
    scaled = scaling.apply(rows)
    assert (scaled[:, 1] == 0).all() and np.isfinite(scaled[:, 2]).all()
    assert (scaling.invert(scaled + 1)[:, 1] == 7).all()
    assert np.isfinite(scaling.apply(np.array([[3.0, 8.0, 0.3]]))).all()


@pytest.mark.parametrize("kind", KINDS)
def test_bytes_are_scaled_with_the_curve(kind, rng):
    rows = rng.integers(0, 256, size=(60, 4)).astype(np.uint8)
    ae = Autoencoder(latent_dim=2, hidden_dims=(8,), scaling=kind, epochs=1, random_state=0)
    blocks = [block for _, block in ae.fit(rows).scaled_blocks(rows)]
    assert_allclose(np.concatenate(blocks), ae.scaling_.apply(rows), rtol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_an_artifact_restores_the_curve(kind, skewed):
    block = NumericBlock(kind).fit(skewed)
    again = block_from_facts({"block": "numeric", **block.facts()}, block.tensors())
    np.testing.assert_array_equal(again.encode(skewed), block.encode(skewed))
    np.testing.assert_array_equal(
        again.decode(block.encode(skewed)), block.decode(again.encode(skewed))
    )


def test_curved_units_have_no_size(skewed):
    assert np.isnan(fit_scaling(skewed, "squash").units).all()
    scaling = fit_scaling(skewed, "standard")
    assert scaling.units is scaling.scale


def test_a_scaling_of_several_blocks_with_a_curve_is_not_one_map(skewed):
    made = Preprocessor([(NumericBlock("squash"), [0]), (NumericBlock("standard"), [1])])
    assert made.fit(skewed).scaling.kind == "mixed"
    assert_allclose(made.decode(made.encode(skewed)), skewed, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_sparse_rows_and_pieces_are_refused_in_one_sentence(kind, skewed):
    with pytest.raises(
        UsageError, match=rf"`scaling='{kind}'` requires dense rows: .*'standard'\.$"
    ):
        fit_scaling(sparse.csr_array(np.eye(3)), kind)
    ae = Autoencoder(latent_dim=1, scaling=kind, random_state=0).partial_fit(skewed[:100])
    with pytest.raises(UsageError, match=rf"`scaling='{kind}'` requires all rows at once"):
        ae.partial_fit(skewed[100:])


@pytest.mark.parametrize("kind", KINDS)
def test_a_saved_model_gives_the_same_and_its_score_is_of_scaled_units(kind, skewed, tmp_path):
    ae = Autoencoder(latent_dim=1, hidden_dims=(16,), scaling=kind, epochs=20, random_state=0)
    ae.fit(skewed)
    ae.save(tmp_path / "model")
    again = isthmus.load(tmp_path / "model")
    np.testing.assert_array_equal(again.reconstruct(skewed), ae.reconstruct(skewed))
    scaled, restored = (
        np.concatenate(part)
        for part in zip(*[(a, b) for _, a, b in ae.scaled_reconstructions(skewed)], strict=True)
    )
    residual, spread = np.square(restored - scaled).sum(), np.square(scaled - scaled.mean(0)).sum()
    assert ae.score(skewed) == pytest.approx(1 - residual / spread, rel=1e-4)


def test_an_affine_scaling_without_a_curve_is_restored_as_it_was():
    scaling = Scaling("standard", np.zeros(2), np.ones(2))
    assert Scaling.from_tensors("standard", scaling.tensors()).curve is None
