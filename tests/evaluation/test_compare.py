"""Several models on the same rows: one unit, paired differences, clear verdicts."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA

from isthmus import Autoencoder, AutoencoderOutlierDetector, evaluate
from isthmus._translation import Message
from isthmus.errors import DataError, UsageError
from isthmus.evaluation import MESSAGES, compare


@pytest.fixture(name="X", scope="module")
def make_rows():
    rng = np.random.default_rng(1)
    mixed = rng.normal(size=(160, 3)) @ rng.normal(size=(3, 5)) + 0.2 * rng.normal(size=(160, 5))
    return mixed * [1, 10, 100, 1, 1] + 7


def fit(X, latent_dim=2, epochs=20, scaling="standard"):
    settings = {"hidden_dims": (), "early_stopping": False, "device": "cpu", "random_state": 0}
    return Autoencoder(latent_dim, epochs=epochs, scaling=scaling, **settings).fit(X)


@pytest.fixture(scope="module")
def models(X):
    train = X[:100]
    return {
        "first": fit(train),
        "raw units": fit(train, scaling="minmax"),
        "long": fit(train, latent_dim=3),
    }


@pytest.fixture(scope="module")
def document(models, X):
    return compare(models, X[100:], X_train=X[:100])


def test_errors_are_in_the_units_of_the_first_ones_scaling(models, document, X):
    scaling = models["first"].scaling_
    for (name, model), told in zip(models.items(), document["models"], strict=True):
        residual = (model.reconstruct(X[100:]) - X[100:]) / scaling.scale
        expected = np.square(residual).sum(axis=1).mean()
        assert told["name"] == name
        assert told["squared_error"]["value"] == pytest.approx(expected, rel=1e-4)


def test_each_has_pca_of_its_own_size_beside_it(models, document, X):
    train, held_out = (models["first"].scaling_.apply(part) for part in (X[:100], X[100:]))
    for told in document["models"]:
        pca = PCA(told["latent_dim"]).fit(train)
        residual = pca.inverse_transform(pca.transform(held_out)) - held_out
        expected = np.square(residual).sum(axis=1).mean()
        assert told["pca_squared_error"]["value"] == pytest.approx(expected, rel=1e-4)


def test_a_model_has_here_the_figures_that_an_evaluation_gives_it(models, document, X):
    alone = evaluate(models["first"], X[100:], X_train=X[:100])["metrics"]
    first = document["models"][0]
    for name in ("squared_error", "variance_explained"):
        assert first[name]["value"] == pytest.approx(alone[name]["model"]["value"])
    assert first["squared_error"]["interval"] == pytest.approx(
        alone["squared_error"]["model"]["interval"]
    )


def test_differences_are_paired_and_the_first_has_none(document):
    first, _, long = document["models"]
    assert first["difference"] is None
    less = long["squared_error"]["value"] - first["squared_error"]["value"]
    assert long["difference"]["value"] == pytest.approx(less)
    low, high = long["difference"]["interval"]
    assert low < less < high < 0


def test_a_model_beside_itself_differs_by_nothing(models, X):
    found = compare({"a": models["first"], "b": models["first"]}, X[100:])
    assert found["models"][1]["difference"] == {"value": 0.0, "interval": [0.0, 0.0]}
    assert found["verdict"]["code"] == "all_equal"
    assert found["verdict"]["text"].startswith("All 2 models have the same squared error: ")
    assert found["models"][0]["pca_squared_error"] is None


def test_the_document_is_what_json_holds(document):
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    verdict = document["verdict"]
    assert verdict["text"] == Message(MESSAGES[verdict["code"]], **verdict["values"])


def test_the_best_is_named_and_whether_it_can_be_told(models, document, X):
    assert document["verdict"]["code"] == "other_best"
    assert document["verdict"]["text"].startswith("long has the lowest squared error of 3 models")
    turned = {"long": models["long"], "first": models["first"]}
    assert compare(turned, X[100:])["verdict"]["code"] == "first_best"
    assert compare(models, X[100:101])["verdict"]["code"] == "other_lower"


def test_the_best_is_compared_with_the_second_on_the_same_rows(models, document, X):
    told = document["runner_up"]
    errors = {m["name"]: m["squared_error"]["value"] for m in document["models"]}
    assert [told["best"], told["second"]] == sorted(errors, key=errors.get)[:2]
    least, second = sorted(errors.values())[:2]
    assert told["difference"]["value"] == pytest.approx(least - second)
    pair = {name: models[name] for name in (told["second"], told["best"])}
    alone = compare(pair, X[100:], X_train=X[:100])["models"][1]["difference"]
    if told["second"] == "first":  # the same units
        assert told["difference"]["interval"] == pytest.approx(alone["interval"])
    assert told["verdict"]["code"] == "ahead"
    assert told["verdict"]["text"].startswith("long is significantly better than the runner-up ")


def test_a_lead_that_may_be_chance_is_not_claimed(models, X):
    twins = {"a": models["first"], "b": models["first"]}
    level = compare(twins, X[100:])["runner_up"]["verdict"]
    assert level["text"].startswith("a and the runner-up b do not differ significantly: ")
    untested = compare(twins, X[100:], n_resamples=0)["runner_up"]["verdict"]
    assert "the difference may be chance" in untested["text"]


def test_two_models_at_least(models, X):
    with pytest.raises(UsageError, match=r"at least two estimators\. Got 1\."):
        compare({"a": models["first"]}, X)


def test_other_columns_are_refused(models, X):
    with pytest.raises(DataError, match=r"Got a with 5 columns and b with 4"):
        compare({"a": models["first"], "b": fit(X[:, :4])}, X)


def test_an_estimator_that_gives_no_rows_back_is_refused(models, X):
    detector = AutoencoderOutlierDetector(n_members=1, epochs=1, random_state=0).fit(X)
    with pytest.raises(
        UsageError, match=r"Only an Autoencoder or StackedAutoencoder can be evaluated"
    ):
        compare({"a": models["first"], "b": detector}, X)


def test_it_is_shown_as_a_verdict_and_a_table_and_is_a_dict(document):
    text, html = repr(document), document._repr_html_()
    for part in ("raw units", "squared error", "PCA error", "intervals in brackets"):
        assert part in text and part in html
    assert text.startswith(document["verdict"]["text"][:40])
    assert json.loads(json.dumps(document)) == document
    assert max(map(len, text.splitlines())) <= 88


def test_missing_cells_count_for_no_model(X):
    """A table with a category and gaps: errors of observed cells, for the models and for PCA."""
    table = pd.DataFrame(X, columns=list("abcde")).assign(kind=["u", "v"] * 80)
    table.loc[::7, "a"] = np.nan
    train, held_out = table[:100], table[100:]
    models = {"two": fit(train, scaling="auto"), "three": fit(train, 3, scaling="auto")}
    document = compare(models, held_out, X_train=train)
    for told in document["models"]:
        alone = evaluate(models[told["name"]], held_out, X_train=train)["metrics"]["squared_error"]
        pca = told["pca_squared_error"]["value"]
        # With gaps, PCA is fitted iteratively at one code size: here at the largest of all models.
        assert pca == pytest.approx(alone["pca"]["value"], rel=0.01)
        if told is document["models"][0]:  # the unit of errors is that of its scaling
            assert told["squared_error"]["value"] == pytest.approx(
                alone["model"]["value"], rel=1e-4
            )
