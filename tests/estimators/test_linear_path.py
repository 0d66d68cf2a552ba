"""Linear paths from rows to codes and back, started at PCA."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.decomposition import PCA

from isthmus import Autoencoder, load
from isthmus.errors import UsageError
from isthmus.nn import LinearPathAutoencoder, MLPAutoencoder

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 3)) @ RNG.normal(size=(3, 8)) + 0.3 * RNG.normal(size=(200, 8))
SETTINGS = {"random_state": 0, "device": "cpu", "linear_path": True}
AT_THE_START = {"learning_rate": 1e-30, "epochs": 1, "validation_fraction": 0.0}


def mixed(n=200):
    group = RNG.integers(0, 3, n)
    return pd.DataFrame(
        {
            "length": group * 4 + RNG.normal(size=n),
            "colour": np.array(["red", "green", "blue"])[group],
            "width": np.where(RNG.random(n) < 0.2, np.nan, 5 - group + RNG.normal(size=n)),
        }
    )


def test_training_starts_at_the_codes_and_reconstructions_of_pca():
    model = Autoencoder(3, (16,), scaling="none", **SETTINGS, **AT_THE_START).fit(X)
    pca = PCA(3).fit(X)
    codes = pca.transform(X)
    signs = np.sign((model.transform(X) * codes).sum(axis=0))
    np.testing.assert_allclose(model.transform(X) * signs, codes, atol=0.05)
    np.testing.assert_allclose(model.reconstruct(X), pca.inverse_transform(codes), atol=0.05)


def test_training_lowers_the_error_of_pca():
    curved = np.column_stack([X[:, :3], X[:, :3] ** 2])
    settings = {"latent_dim": 3, "hidden_dims": (32,), **SETTINGS}
    start = Autoencoder(**{**settings, **AT_THE_START}).fit(curved)
    end = Autoencoder(epochs=60, **settings).fit(curved)
    assert end.reconstruction_error(curved).mean() < start.reconstruction_error(curved).mean() / 2


@pytest.mark.parametrize(("scaling", "output"), [("unit", "sigmoid"), ("symmetric", "tanh")])
def test_before_a_bounded_output_the_start_is_near_the_error_of_pca(scaling, output):
    model = Autoencoder(
        3, (16,), scaling=scaling, output_activation=output, **SETTINGS, **AT_THE_START
    ).fit(X)
    scaled = model.scaling_.apply(X)
    pca = PCA(3).fit(scaled)
    of_pca = np.square(pca.inverse_transform(pca.transform(scaled)) - scaled).mean()
    assert model.reconstruction_error(X).mean() < 2 * of_pca


def test_a_table_starts_with_the_codes_of_pca_and_probable_categories():
    frame = mixed()
    model = Autoencoder(3, (16,), **SETTINGS, **AT_THE_START).fit(frame)
    rows = model.prepared_rows(frame)
    encoded = np.nan_to_num(np.concatenate([b for _, b in model.scaled_blocks(rows)]))
    codes = PCA(3).fit_transform(encoded)
    signs = np.sign((model.transform(frame) * codes).sum(axis=0))
    np.testing.assert_allclose(model.transform(frame) * signs, codes, atol=0.05)
    assert (model.reconstruct(frame)["colour"] == frame["colour"]).mean() > 0.95


def test_auto_has_a_path_for_tables_with_categories():
    small = {"epochs": 1, "random_state": 0, "device": "cpu"}
    frame = mixed()
    assert Autoencoder(3, (4,), **small).fit(frame).linear_path_
    assert Autoencoder(1, (4,), **small).fit(frame).linear_path_
    for rows in (X, frame[["length", "width"]]):
        assert not Autoencoder(2, (4,), **small).fit(rows).linear_path_
    for others in ({"linear_path": False}, {"latent_activation": "relu"}, {"hidden_dims": ()}):
        model = Autoencoder(3, **{"hidden_dims": (4,), **small, **others}).fit(frame)
        assert not model.linear_path_


def test_training_does_not_change_the_path():
    start = Autoencoder(2, (4,), **{**SETTINGS, **AT_THE_START}).fit(X)
    end = Autoencoder(2, (4,), epochs=3, **SETTINGS, validation_fraction=0.0).fit(X)
    for ours, same in zip(end.network_.with_paths(), start.network_.with_paths(), strict=True):
        assert torch.equal(ours.linear.weight, same.linear.weight)
        assert not torch.equal(ours.perceptron[0].weight, same.perceptron[0].weight)


def test_without_a_path_the_network_is_the_plain_one():
    model = Autoencoder(2, (4,), epochs=1, random_state=0, device="cpu").fit(X)
    assert type(model.network_) is MLPAutoencoder


def test_more_units_than_rows_have_components_train_too():
    model = Autoencoder(8, (4,), epochs=2, **SETTINGS).fit(X[:5])
    assert np.isfinite(model.transform(X[:5])).all()


def test_one_row_is_enough_for_a_first_chunk():
    model = Autoencoder(2, (4,), **SETTINGS)
    model.partial_fit(X[:1]).partial_fit(X[1:20])
    assert np.isfinite(model.transform(X)).all()


def test_a_saved_model_has_the_same_codes(tmp_path):
    frame = mixed()
    for rows in (X, frame):
        model = Autoencoder(2, (4,), epochs=2, **SETTINGS).fit(rows)
        model.save(tmp_path / "model")
        again = load(tmp_path / "model")
        np.testing.assert_array_equal(again.transform(rows), model.transform(rows))
        assert again.linear_path_


def test_the_same_seed_gives_the_same_bytes():
    first, second = (Autoencoder(2, (4,), epochs=3, **SETTINGS).fit_transform(X) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_mixed_precision_trains_it():
    model = Autoencoder(2, (4,), epochs=2, precision="bfloat16", **SETTINGS).fit(X)
    assert isinstance(model.network_, LinearPathAutoencoder)
    assert all(torch.isfinite(p).all() for p in model.network_.parameters())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"latent_activation": "relu"},
            "requires the `latent_activation` 'identity'. Got 'relu': change that, or leave "
            "`linear_path` out.",
        ),
        (
            {"output_activation": "softplus"},
            "requires an output activation of identity, clip, sigmoid, tanh. Got 'softplus': ",
        ),
        (
            {"loss": "multinomial"},
            "requires an output activation of identity, clip, sigmoid, tanh. Got 'softmax': change",
        ),
        (
            {"encoder": torch.nn.Linear(8, 2), "decoder": torch.nn.Linear(2, 8)},
            "requires the built-in network. Got a custom `encoder` or `decoder`: change that",
        ),
    ],
)
def test_a_path_that_cannot_start_at_pca_is_refused(change, message):
    with pytest.raises(UsageError, match=re.escape(f"`linear_path` of Autoencoder {message}")):
        Autoencoder(2, (4,), **SETTINGS, **change).fit(X)
