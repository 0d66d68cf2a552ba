"""The variational autoencoder: its bounds, samples, units, and what it refuses."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from isthmus import VariationalAutoencoder, load
from isthmus.errors import DataError, UsageError

DIGITS = load_digits().data
BINARY = (DIGITS > 7).astype(np.uint8)


def make(latent_dim=2, hidden_dims=(16,), **settings):
    settings = {"epochs": 3, "random_state": 0, "device": "cpu"} | settings
    return VariationalAutoencoder(latent_dim, hidden_dims, **settings)


@functools.cache
def of_digits():
    return make(8, (64,), epochs=15).fit(BINARY)


def table(n=240):
    draws = np.random.default_rng(0)
    kind = draws.choice(["a", "b", "c"], n)
    size = np.where(kind == "a", 1.0, 5.0) + 0.1 * draws.normal(size=n)
    size[3] = np.nan
    return pd.DataFrame({"size": size, "kind": kind, "same": kind})


def test_a_linear_one_is_probabilistic_pca(rng):
    # Its best log-likelihood is known: Tipping & Bishop (1999).
    X = rng.normal(size=(1000, 2)) @ rng.normal(size=(2, 6)) + 0.3 * rng.normal(size=(1000, 6))
    settings = {"optimizer": "adam", "learning_rate": 0.02, "schedule": "cosine"}
    settings |= {"scaling": "none", "likelihood": "gaussian", "early_stopping": False}
    linear = make(2, (), epochs=50, batch_size=64, **settings).fit(X)
    best = PCA(2).fit(X)
    assert linear.elbo(X, n_samples=5).mean() == pytest.approx(best.score(X), abs=0.03)
    some = linear.log_likelihood(X[:100], n_samples=100).mean()
    assert some == pytest.approx(best.score(X[:100]), abs=0.03)


def test_binary_pictures_are_more_likely_than_under_their_means():
    share = BINARY.mean(axis=0).clip(1e-3, 1 - 1e-3)
    independent = (BINARY * np.log(share) + (1 - BINARY) * np.log(1 - share)).sum(axis=1).mean()
    assert of_digits().likelihood_ == "bernoulli"
    assert of_digits().elbo(BINARY).mean() > independent + 5


def test_more_samples_give_a_higher_bound():
    vae, rows = of_digits(), BINARY[:60]
    bounds = [vae.log_likelihood(rows, n_samples=n).mean() for n in (1, 10, 300)]
    assert bounds == sorted(bounds)
    assert vae.elbo(rows, n_samples=50).mean() == pytest.approx(bounds[0], abs=1)


def test_the_bounds_of_a_row_do_not_depend_on_the_others():
    vae = of_digits()
    for bound in (vae.elbo, vae.log_likelihood):
        whole = bound(BINARY[:40], n_samples=30)
        assert_allclose(bound(BINARY[17:20], n_samples=30), whole[17:20], rtol=1e-5)


def test_the_seed_decides_the_samples_of_a_bound():
    vae = of_digits()
    first, again, other = (vae.elbo(BINARY[:9], random_state=seed) for seed in (1, 1, 2))
    assert_array_equal(first, again)
    assert (first != other).all()


def test_many_samples_are_decoded_in_parts(monkeypatch):
    rows = BINARY[:3]
    whole = of_digits().log_likelihood(rows, n_samples=600)
    monkeypatch.setattr("isthmus.estimators._posterior_samples._MOST_VALUES", 64 * 100)
    assert_allclose(of_digits().log_likelihood(rows, n_samples=600), whole, atol=1)


def test_codes_and_reconstructions_are_not_random():
    vae = of_digits()
    assert_array_equal(vae.transform(BINARY), vae.transform(BINARY))
    assert_array_equal(vae.reconstruct(BINARY), vae.inverse_transform(vae.transform(BINARY)))


def test_sampled_rows_resemble_the_training_rows():
    rows = of_digits().sample(500, random_state=0)
    assert rows.shape == (500, 64) and rows.min() >= 0 and rows.max() <= 1
    assert np.corrcoef(rows.mean(axis=0), BINARY.mean(axis=0))[0, 1] > 0.95
    assert_array_equal(rows, of_digits().sample(500, random_state=0))
    assert (of_digits().sample(2) != of_digits().sample(2)).any()


def test_grey_pictures_are_gaussian_and_learned_better_than_by_their_mean():
    vae = make(8, (64,), epochs=15).fit(DIGITS)
    assert vae.likelihood_ == "gaussian"
    assert vae.score(DIGITS) > 0.6
    error = vae.reconstruction_error(DIGITS).mean()
    assert error < vae.network_.variance.item() < 3 * error


def test_a_variance_for_each_feature_tells_noise_from_signal(rng):
    signal = rng.normal(size=(600, 1))
    X = np.hstack([signal, -signal, 3 * rng.normal(size=(600, 1))])
    vae = make(
        1,
        (),
        epochs=30,
        optimizer="adam",
        learning_rate=0.02,
        variance="per_feature",
        early_stopping=False,
    ).fit(X)
    variance = vae.network_.variance.numpy()
    assert variance[:2].max() < 0.3 and variance[2] > 0.8


def test_mixed_tables_are_sampled_with_their_types():
    rows = table()
    vae = make(2, (16,), epochs=30, early_stopping=False).fit(rows)
    sampled = vae.sample(200, random_state=0)
    assert list(sampled.columns) == list(rows.columns)
    assert set(sampled["kind"]) <= {"a", "b", "c"}
    assert (sampled["kind"] == sampled["same"]).mean() > 0.8
    assert np.isfinite(vae.log_likelihood(rows, n_samples=5)).all()


def test_sampled_categories_are_as_frequent_as_in_the_training_rows():
    levels = np.repeat(["common", "rare"], [240, 60])
    rows = pd.DataFrame({"kind": levels, "x": np.random.default_rng(0).normal(size=300)})
    vae = make(1, (), epochs=30, beta=20.0, early_stopping=False).fit(rows)  # a useless code
    share = (vae.sample(500, random_state=0)["kind"] == "rare").mean()
    assert 0.1 < share < 0.3


def test_categories_alone_may_be_categorical():
    vae = make(2, (8,), epochs=40, likelihood="categorical").fit(table()[["kind", "same"]])
    assert vae.likelihood_ == "categorical"
    # The levels are known to be equal: one draw of three, not two.
    assert vae.log_likelihood(table()[["kind", "same"]]).mean() > 1.5 * np.log(1 / 3)


def test_free_bits_and_a_low_beta_keep_units_active_that_a_high_one_turns_off():
    active = [
        make(6, (32,), epochs=8, **settings).fit(DIGITS).active_units_.sum()
        for settings in ({"beta": 300.0}, {"beta": 300.0, "free_bits": 0.3}, {"beta": 0.1})
    ]
    assert active[0] == 0 and active[1] >= 4 and active[2] == 6


def test_the_divergence_of_units_is_that_of_the_history():
    vae = of_digits()
    assert vae.kl_per_unit_.sum() == pytest.approx(vae.history_[-1]["kl"], rel=0.05)


def test_the_history_has_the_parts_of_both_losses():
    record = of_digits().history_[-1]
    for name, total in (("", "train_loss"), ("validation_", "validation_loss")):
        parts = record[f"{name}reconstruction"] + record[f"{name}kl"]
        assert parts == pytest.approx(record[total], rel=1e-5)


def test_a_loaded_one_has_the_same_bounds_and_units(tmp_path):
    of_digits().save(tmp_path / "model")
    loaded = load(tmp_path / "model", device="cpu")
    assert_array_equal(loaded.elbo(BINARY[:20]), of_digits().elbo(BINARY[:20]))
    assert_array_equal(loaded.kl_per_unit_, of_digits().kl_per_unit_)
    assert_array_equal(loaded.active_units_, of_digits().active_units_)


def test_only_a_first_fit_warms_up():
    vae = make(beta_warmup=0.9, epochs=2, early_stopping=False, warm_start=True)
    first = dict(vae.fit(BINARY).history_[-1])
    later = vae.fit(BINARY).history_[-1]
    weights = [(r["train_loss"] - r["reconstruction"]) / r["kl"] for r in (first, later)]
    assert weights[0] < 0.9 and weights[1] == pytest.approx(1, abs=1e-3)


def test_all_invalid_parameters_are_named_at_once():
    with pytest.raises(UsageError, match=r"`beta` .* at least 0. Got -1.*`free_bits` .* Got -0.5"):
        make(beta=-1, free_bits=-0.5).fit(DIGITS)
    with pytest.raises(UsageError, match="Did you mean `bernoulli`"):
        make(likelihood="bernouli").fit(DIGITS)


@pytest.mark.parametrize("method", ["fit", "check_rows"])
def test_bernoulli_refuses_values_outside_zero_to_one(method):
    rows = pd.DataFrame({"low": [0, 1, 0.5], "high": [-2.0, 3.0, 1.0]})
    wanted = (
        r"The likelihood 'bernoulli' requires scaled values from 0 to 1. Got -2 to 3 in 1 of 2 "
        r"columns \(`high`; scaling: none\): choose scaling='minmax' or 'unit', or "
        r"likelihood='gaussian'."
    )
    with pytest.raises(DataError, match=wanted):
        getattr(make(likelihood="bernoulli", scaling="none"), method)(rows)


def test_categorical_refuses_numbers():
    with pytest.raises(UsageError, match=r"categorical columns only. Got rows of numbers: use"):
        make(likelihood="categorical").fit(DIGITS)
    with pytest.raises(UsageError, match=r"categorical columns only. Got `size`: use 'auto'"):
        make(likelihood="categorical").fit(table())


@pytest.mark.parametrize("wrong", [0, 2.5, True])
def test_a_count_of_samples_is_at_least_one(wrong):
    vae = of_digits()
    for call in (vae.sample, lambda n: vae.elbo(BINARY, n_samples=n)):
        with pytest.raises(UsageError, match=r"`n_samples` must be an integer of at least 1. Got"):
            call(wrong)
