"""Convolutional autoencoder: pictures of all kinds, all objectives, and bad input."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits

from isthmus import ConvAutoencoder, load
from isthmus.errors import DataError, UsageError
from isthmus.evaluation import beside_pca

DIGITS = load_digits().images.astype(np.float32)
SMALL = {"channels": (4, 8), "latent_dim": 3, "epochs": 1, "random_state": 0, "device": "cpu"}
AT_THE_START = {"learning_rate": 1e-30, "epochs": 1, "validation_fraction": 0.0}


def colours(n=40, height=9, width=6, channels=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (n, height, width, channels)).astype(np.uint8)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_pictures_of_any_number_of_channels_come_back_in_their_units(channels, tmp_path):
    X = colours(channels=channels)
    model = ConvAutoencoder(**SMALL).fit(X)
    codes = model.transform(X)
    assert codes.shape == (40, 3)
    assert model.inverse_transform(codes).shape == (40, 9 * 6 * channels)
    model.save(tmp_path / "model")
    again = load(tmp_path / "model", device="cpu")
    assert again.transform(X).tobytes() == codes.tobytes()
    assert again.linear_path_


def test_training_starts_at_the_codes_and_reconstructions_of_pca():
    X = colours(200).astype(np.float32)
    model = ConvAutoencoder(
        scaling="none", output_activation="identity", **{**SMALL, **AT_THE_START}
    )
    _, ours, pca = beside_pca(model.fit(X), X.reshape(200, -1), X.reshape(200, -1)).judged
    assert ours.squared_error == pytest.approx(pca.squared_error, rel=1e-3)


def test_with_a_linear_path_it_is_better_than_pca_after_a_few_epochs():
    rows = DIGITS.reshape(len(DIGITS), -1)
    model = ConvAutoencoder(8, (8, 16), epochs=8, random_state=0, device="cpu")
    _, ours, pca = beside_pca(model.fit(rows[:900]), rows[:900], rows[1400:]).judged
    assert ours.squared_error < 0.9 * pca.squared_error


def test_a_training_that_only_harms_keeps_its_start():
    settings = {**SMALL, "epochs": 3, "optimizer": "adam", "learning_rate": 1.0}
    X = DIGITS[:100]
    harmed = ConvAutoencoder(**settings).fit(X)
    start = ConvAutoencoder(**{**settings, "learning_rate": 1e-30}).fit(X)
    assert harmed.best_epoch_ == 0
    assert len(harmed.history_) == 3
    assert harmed.score(X) == pytest.approx(start.score(X), abs=1e-6)


@pytest.mark.parametrize(
    "changes",
    [
        {"noise": "masking", "emphasis": (1.0, 0.5)},
        {"noise": "gaussian", "noise_level": 0.1},
        {"noise": "salt_and_pepper"},
        {"noise": "swap"},
        {"max_shift": 2},
        {"flip": True},
        {"loss": "huber"},
        {"loss": "mean_absolute_error"},
        {"loss": "log_cosh"},
        {"loss": "binary_cross_entropy"},
        {"precision": "bfloat16"},
        {"optimizer": "adam"},
        {"latent_activation": "tanh"},
        {"linear_path": False, "n_blocks": 2},
    ],
    ids=str,
)
def test_every_objective_and_option_trains(changes):
    model = ConvAutoencoder(**{**SMALL, **changes}).fit(DIGITS[:100])
    assert np.isfinite(model.history_[0]["train_loss"])
    assert model.linear_path_ == ("latent_activation" not in changes and "n_blocks" not in changes)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("adam", 0.002, "cosine", 0.1)),
        ({"learning_rate": 0.01, "warmup": 0.0}, ("adam", 0.01, "cosine", 0.0)),
        ({"optimizer": "adam"}, ("adam", 0.001, "constant", 0.0)),
    ],
    ids=str,
)
def test_auto_is_adam_with_a_decaying_rate_of_its_own(changes, expected):
    made = ConvAutoencoder(**{**SMALL, **changes}).fit(DIGITS[:100]).settings_
    assert (made.optimizer, made.learning_rate, made.schedule, made.warmup) == expected


@pytest.mark.parametrize(
    ("changes", "output"),
    [
        ({}, "clip"),
        ({"linear_path": False}, "sigmoid"),
        ({"loss": "binary_cross_entropy"}, "sigmoid"),
        ({"scaling": "symmetric"}, "tanh"),
        ({"scaling": "standard"}, "identity"),
        ({"output_activation": "relu", "linear_path": False}, "relu"),
    ],
    ids=str,
)
def test_the_output_activation_suits_scaling_loss_and_path(changes, output):
    model = ConvAutoencoder(**{**SMALL, **changes}).fit(DIGITS[:60])
    assert model._settings["output_activation"] == output


def test_flat_rows_are_pictures_of_the_shape_that_is_given():
    X = colours().reshape(40, -1)
    flat = ConvAutoencoder(picture_shape=(9, 6, 3), **SMALL).fit(X)
    assert flat.preprocessor_.encoded_shape == (3, 9, 6)
    assert (
        flat.transform(X).tobytes()
        == ConvAutoencoder(**SMALL).fit(colours()).transform(X).tobytes()
    )


@pytest.mark.parametrize(
    ("n_features", "shape"), [(49, (1, 7, 7)), (12, (3, 2, 2)), (10, (1, 1, 10))]
)
def test_a_plain_matrix_has_square_pictures_or_lines(n_features, shape):
    X = np.random.default_rng(0).normal(size=(30, n_features))
    assert ConvAutoencoder(**SMALL).fit(X).preprocessor_.encoded_shape == shape


def test_chunks_can_be_learned_one_after_another():
    model = ConvAutoencoder(**SMALL)
    for start in range(0, 300, 100):
        model.partial_fit(DIGITS[start : start + 100])
    assert len(model.history_) == 3
    warm = ConvAutoencoder(warm_start=True, **SMALL).fit(DIGITS[:100]).fit(DIGITS[:100])
    assert len(warm.history_) == 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"channels": ()},
            "`channels` of ConvAutoencoder must have at least one number, the channels of its "
            "first stage. Got ().",
        ),
        (
            {"latent_dim": 65},
            "`latent_dim` of ConvAutoencoder must be between 1 and 64 (the number of features). "
            "Got 65.",
        ),
        (
            {"picture_shape": (8, 9)},
            "`picture_shape` must be (height, width) or (height, width, channels) whose product is "
            "the number of features, 64. Got (8, 9).",
        ),
        (
            {"picture_shape": (64,)},
            "`picture_shape` of ConvAutoencoder must be (height, width) or (height, width, "
            "channels). Got (64,).",
        ),
        (
            {"linear_path": True, "latent_activation": "relu"},
            "`linear_path` of ConvAutoencoder requires the `latent_activation` 'identity'. Got "
            "'relu': change that, or leave `linear_path` out.",
        ),
    ],
    ids=str,
)
def test_what_does_not_suit_is_said(changes, message):
    with pytest.raises(UsageError, match=f"^{re.escape(message)}$"):
        ConvAutoencoder(**{**SMALL, **changes}).fit(DIGITS.reshape(-1, 64))


def test_rows_that_are_no_pictures_are_refused():
    message = "ConvAutoencoder requires pictures, or rows of numbers. Got {}: use an Autoencoder."
    with pytest.raises(DataError, match=re.escape(message.format("texts"))):
        ConvAutoencoder().fit(["a text", "another"])
    table = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]})
    with pytest.raises(
        DataError, match=re.escape(message.format("a table with categories or missing cells"))
    ):
        ConvAutoencoder().fit(table)


@pytest.mark.parametrize("shape", [(64,), (4, 2, 2, 4, 4)], ids=str)
def test_arrays_of_another_number_of_dimensions_are_not_called_tables(shape):
    with pytest.raises(DataError, match=r"\(n, height, width, channels\)\. Got one with another"):
        ConvAutoencoder(**SMALL).fit(np.ones(shape))


def test_pictures_of_another_shape_are_refused():
    model = ConvAutoencoder(**SMALL).fit(colours())
    with pytest.raises(DataError, match=r"9x6x3\. Got 9x6: convert them to RGB\.$"):
        model.transform(colours(channels=1)[..., 0])
    with pytest.raises(DataError, match=r"9x6x3\. Got 8x6x3: resize them\.$"):
        model.transform(colours()[:, :8])
    with pytest.raises(DataError, match=r"Got 8x6: resize them and convert them to RGB\.$"):
        model.transform(colours(channels=1)[:, :8, :, 0])
