"""Choice between a perceptron and convolutions when no estimator is named."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from isthmus.cli._auto_estimator import estimator_for_rows, estimator_of_parameters
from isthmus.cli._config import merged
from isthmus.cli._status_line import Status
from isthmus.cli._training_rows import read_planned_rows
from isthmus.sources import Dataset


def rows(kind="pictures", shape=(8, 8, 3)):
    X = np.zeros((2, 192), np.uint8)
    return Dataset("a", kind, X, None, None, None, shape, None, None)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ((), "auto"),
        (("latent_dim", "epochs"), "auto"),
        (("channels", "epochs"), "conv"),
        (("hidden_dims",), "autoencoder"),
        (("no_such_parameter",), "autoencoder"),
    ],
    ids=str,
)
def test_a_parameter_that_only_one_estimator_has_chooses_it(names, expected):
    assert estimator_of_parameters(names) == expected


@pytest.mark.parametrize(
    ("made", "parameters", "expected"),
    [
        (rows(), {}, "conv"),
        (rows(shape=(64, 64, 4)), {"latent_dim": 8}, "conv"),
        (rows(shape=(65, 64, 3)), {}, "autoencoder"),
        (rows(shape=(8, 24)), {}, "autoencoder"),
        (rows("array", None), {}, "autoencoder"),
        (rows(), {"loss": "multinomial"}, "autoencoder"),
    ],
    ids=str,
)
def test_convolutions_are_for_small_pictures_in_colour(made, parameters, expected):
    assert estimator_for_rows(made, parameters) == expected


def test_the_choice_is_made_when_the_rows_are_read(tmp_path):
    for k in range(3):
        picture = np.full((6, 5, 3), 40 * k, np.uint8)
        Image.fromarray(picture).save(tmp_path / f"{k}.png")
    place = {"source": str(tmp_path)}
    for estimator, expected in (("auto", "conv"), ("stacked", "stacked")):
        whole = merged([{"source": place, "estimator": estimator}])
        assert whole["estimator"] == estimator
        read_planned_rows(whole, Status("en", quiet=True))
        assert whole["estimator"] == expected


def test_without_auto_it_is_the_perceptron():
    assert merged([])["estimator"] == "autoencoder"
