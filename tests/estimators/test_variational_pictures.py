"""The variational autoencoder of convolutions: pictures of all kinds, and what it refuses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_digits

from isthmus import VariationalAutoencoder, load
from isthmus.errors import DataError, UsageError

DIGITS = load_digits().images
BINARY = (DIGITS > 7).astype(np.uint8)


def make(**settings):
    sizes = {"latent_dim": 3, "network": "conv", "channels": (4, 8)}
    settings = {**sizes, "epochs": 1, "random_state": 0, "device": "cpu"} | settings
    return VariationalAutoencoder(**settings)


def colours(channels=3):
    return np.random.default_rng(0).integers(0, 256, (40, 9, 6, channels)).astype(np.uint8)


@pytest.mark.parametrize(("channels", "variance"), [(1, "shared"), (3, "per_feature")])
def test_pictures_of_any_shape_come_back_from_a_saved_one(channels, variance, tmp_path):
    X = colours(channels)
    vae = make(variance=variance).fit(X)
    assert vae.transform(X).shape == (40, 3)
    assert vae.sample(2, random_state=0).shape == vae.reconstruct(X[:2]).shape == (2, 54 * channels)
    vae.save(tmp_path / "model")
    loaded = load(tmp_path / "model", device="cpu")
    assert_array_equal(loaded.elbo(X), vae.elbo(X))
    bounds = loaded.log_likelihood(X[:5], n_samples=4)
    assert_allclose(bounds[2:3], vae.log_likelihood(X[2:3], n_samples=4), rtol=1e-5)


def test_binary_pictures_are_more_likely_than_under_their_means():
    vae = make(latent_dim=8, channels=(8, 16), epochs=5, batch_size=32).fit(BINARY)
    share = BINARY.mean(axis=0).clip(1e-3, 1 - 1e-3)
    independent = (BINARY * np.log(share) + (1 - BINARY) * np.log(1 - share)).sum() / len(BINARY)
    assert vae.likelihood_ == "bernoulli"
    assert vae.elbo(BINARY).mean() > independent + 2


@pytest.mark.parametrize(
    "changes",
    [{"max_shift": 1, "flip": True}, {"precision": "bfloat16"}, {"n_blocks": 1, "free_bits": 0.1}],
    ids=str,
)
def test_every_option_of_pictures_trains(changes):
    assert np.isfinite(make(**changes).fit(DIGITS[:100]).history_[0]["train_loss"])


def test_flat_rows_are_pictures_of_the_shape_that_is_given():
    X = colours()
    flat = make(picture_shape=(9, 6, 3)).fit(X.reshape(40, -1))
    assert_array_equal(flat.transform(X.reshape(40, -1)), make().fit(X).transform(X))


def test_a_perceptron_takes_no_notice_of_the_parameters_of_convolutions():
    X = DIGITS[:100]
    plain, other = ({}, {"channels": (), "n_blocks": 3})
    codes = [
        make(**changes).set_params(network="perceptron").fit(X).transform(X)
        for changes in (plain, other)
    ]
    assert_array_equal(*codes)


def test_all_invalid_parameters_are_named_at_once():
    wanted = (
        r"`channels` of VariationalAutoencoder must have .* Got \(\).*`picture_shape` of .* \(3,\)"
    )
    with pytest.raises(UsageError, match=wanted):
        make(channels=(), picture_shape=(3,)).fit(DIGITS)
    with pytest.raises(
        UsageError, match=r"`network` .* must be one of 'perceptron', 'conv'. Got 'x'"
    ):
        make().set_params(network="x").fit(DIGITS)


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        (["a text", "another text"] * 5, "texts"),
        (pd.DataFrame({"kind": ["a", "b"] * 9, "x": range(18)}), "a table with categories or "),
    ],
    ids=["texts", "table"],
)
def test_rows_that_are_no_pictures_are_refused(rows, what):
    wanted = f"^VariationalAutoencoder with the network 'conv' requires pictures, .* Got {what}"
    with pytest.raises(DataError, match=wanted):
        make().fit(rows)


def test_only_a_perceptron_takes_missing_cells():
    assert VariationalAutoencoder().__sklearn_tags__().input_tags.allow_nan
    assert not make().__sklearn_tags__().input_tags.allow_nan
    with pytest.raises(DataError, match=r"finite numbers only. Got NaN \(a missing value\) in col"):
        make().fit(np.where(DIGITS == 3, np.nan, DIGITS))
