"""Recipes are complete, accepted by their estimator, and true to their names."""

from __future__ import annotations

import inspect
import itertools

import numpy as np
import pytest
from sklearn.decomposition import TruncatedSVD
from sklearn.preprocessing import normalize
from torch import nn

from isthmus.errors import UsageError
from isthmus.estimators import TRAINABLE
from isthmus.preprocessing import Words
from isthmus.recipes import list_recipes, load_recipe
from isthmus.rows import split_rows
from isthmus.sources import read_source


def estimator(name, **changes):
    recipe = load_recipe(name)
    return TRAINABLE[recipe["estimator"]](**{**recipe["parameters"], "device": "cpu", **changes})


def layers(network):
    return [
        (layer.in_features, layer.out_features)
        if isinstance(layer, nn.Linear)
        else type(layer).__name__
        for layer in (*network.encoder, "|", *network.decoder)
    ]


def pictures(n=64):
    X = np.random.default_rng(0).integers(0, 256, size=(n, 784), dtype=np.uint8)
    X[0, 0], X[1, 1] = 0, 255
    return X


def built(name):
    return estimator(name, epochs=1, verbose=0, random_state=0).fit(pictures())


def test_the_recipes_are_listed():
    assert {"tutorial", "tutorial-sigmoid", "stacked-tutorial"} <= set(list_recipes())
    assert list(list_recipes()) == sorted(list_recipes())


@pytest.mark.parametrize("name", list_recipes())
def test_a_recipe_tells_what_it_is_and_keeps_its_estimators_rules(name):
    recipe = load_recipe(name)
    assert set(recipe) - {"labels_per_class", "rows"} == {
        "description",
        "source",
        "estimator",
        "parameters",
    }
    assert recipe["description"].endswith(".")
    estimator(name).check_parameters()


@pytest.mark.parametrize("name", list_recipes())
def test_a_recipe_names_all_that_could_change_its_result(name):
    # A new default must not change what a recipe gives. What it leaves out has no say in it.
    without_say = {"device", "random_state", "callbacks", "patience", "validation_fraction"}
    without_say |= {"warm_start", "encoder", "decoder", "verbose", "compile", "shard_weights"}
    without_say |= {"max_words"}  # of texts alone, and a recipe takes rows of numbers too
    without_say |= set() if load_recipe(name)["parameters"].get("max_shift") else {"picture_shape"}
    recipe = load_recipe(name)
    if recipe["parameters"].get("noise") == "none":
        without_say |= {"noise_level", "emphasis"}
    if recipe["estimator"] == "vae":
        of_others = {"perceptron": {"channels", "n_blocks"}, "conv": {"hidden_dims"}}
        without_say |= of_others[recipe["parameters"]["network"]]
    every = set(inspect.signature(TRAINABLE[recipe["estimator"]]).parameters)
    left_out = every - set(recipe["parameters"])
    assert left_out <= without_say | {"warmup", "weight_decay"}


def test_the_tutorials_network_to_the_letter():
    fitted = built("tutorial")
    assert layers(fitted.network_) == [
        *[(784, 128), "ReLU", (128, 64), "ReLU", (64, 32), "ReLU", "str"],
        *[(32, 64), "ReLU", (64, 128), "ReLU", (128, 784), "Tanh"],
    ]
    scaled = fitted.scaling_.apply(pictures())
    assert (scaled.min(), scaled.max()) == (-1, 1)


def test_its_other_choice_is_a_sigmoid_over_zero_to_one():
    fitted = built("tutorial-sigmoid")
    expected = layers(built("tutorial").network_)
    assert layers(fitted.network_) == [*expected[:-1], "Sigmoid"]
    scaled = fitted.scaling_.apply(pictures())
    assert (scaled.min(), scaled.max()) == (0, 1)


def test_the_second_tutorials_network_as_its_code_trains_it():
    fitted = built("stacked-tutorial")
    assert layers(fitted.network_) == [
        *[(784, 256), "ReLU", (256, 128), "ReLU", "str"],
        *[(128, 256), "ReLU", (256, 784), "Sigmoid"],
    ]
    assert fitted.scaling_.kind == "unit"
    stages = [record.get("stage") for record in fitted.history_]
    assert stages == ["layer 1"] * 20 + ["layer 2"] * 20 + ["fine-tuning"]
    as_one = estimator("stacked-tutorial", stacking="joint", epochs=1, verbose=0).fit(pictures())
    assert layers(as_one.network_) == layers(fitted.network_) and len(as_one.history_) == 1


@pytest.mark.parametrize(
    ("name", "epochs"), [("tutorial", 50), ("tutorial-sigmoid", 50), ("stacked-tutorial", 20)]
)
def test_the_tutorials_training(name, epochs):
    assert load_recipe(name)["source"] == "mnist"
    parameters = load_recipe(name)["parameters"]
    assert (parameters["epochs"], parameters["early_stopping"]) == (epochs, False)
    wanted = {
        "optimizer": "adam",
        "learning_rate": 1e-3,
        "schedule": "constant",
        "warmup": 0,
        "weight_decay": 0,
        "batch_size": 256,
        "patience": None,
    }
    used = vars(built(name).settings_)
    assert {key: used[key] for key in wanted} == wanted


@pytest.mark.parametrize(("name", "shift"), [("hinton2006", 0), ("deep-30", 1)])
def test_the_classical_network(name, shift):
    fitted = estimator(name, epochs=1, random_state=0).fit(pictures())
    widths = [784, 1000, 500, 250, 30, 250, 500, 1000, 784]
    affine = [layer for layer in layers(fitted.network_) if isinstance(layer, tuple)]
    assert affine == list(itertools.pairwise(widths))
    assert isinstance(list(fitted.network_.encoder)[-1], nn.Linear)
    assert fitted.max_shift == shift


def test_document_codes_are_the_papers_network_under_a_softmax(rng):
    rows = rng.random((40, 2000)) * (rng.random((40, 2000)) < 0.01)
    fitted = estimator("document-codes", epochs=1, random_state=0).fit(rows)
    up = [(2000, 500), "Tanh", (500, 250), "Tanh", (250, 125), "Tanh", (125, 10), "str"]
    down = [(10, 125), "Tanh", (125, 250), "Tanh", (250, 500), "Tanh", (500, 2000), "Softmax"]
    assert layers(fitted.network_) == [*up, *down]
    assert load_recipe("document-codes")["source"] is None


@pytest.mark.slow
def test_document_codes_find_more_of_a_texts_class_than_lsa_of_the_same_size(text_dir):
    news = read_source(
        text_dir / "ag_news_test.csv", text_column=["column_2", "column_3"], label="column_1"
    )
    stays, leaves = split_rows(len(news.X), 0.2, seed=0, purpose="test")
    words = Words.learn(news.X[stays])
    X, asked = words.rows(news.X[stays]), words.rows(news.X[leaves])

    def precision(codes):
        cosines = normalize(codes.transform(asked)) @ normalize(codes.transform(X)).T
        nearest = np.argsort(-cosines, axis=1)[:, :10]
        return (news.y[stays][nearest] == news.y[leaves][:, None]).mean()

    ours = precision(estimator("document-codes", random_state=0).fit(X))
    assert ours > precision(TruncatedSVD(10, random_state=0).fit(X)) + 0.03


def test_an_unknown_recipe_is_refused_with_the_near_name():
    with pytest.raises(UsageError, match=r"Got 'tutoral'. Did you mean `tutorial`\?$"):
        load_recipe("tutoral")


@pytest.mark.parametrize("name", ["../recipes/tutorial", "tutorial.yaml", ""])
def test_only_names_are_recipes(name):
    with pytest.raises(UsageError, match="`recipe` must be one of"):
        load_recipe(name)


@pytest.mark.slow
def test_the_tutorials_first_epoch_on_mnist_has_the_loss_of_its_own_loop(mnist_dir, capsys):
    mnist = read_source("mnist", data_dir=mnist_dir)
    fitted = estimator("tutorial", epochs=1, random_state=0)
    fitted.fit(mnist.X, validation_data=mnist.X_test)
    assert 0.12 < fitted.history_[0]["validation_loss"] < 0.24
    assert capsys.readouterr().err.startswith("Epoch [1/1], Train Loss: 0.")
