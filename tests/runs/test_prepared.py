"""Rows and estimator of a training, and a loaded run on user data."""

from __future__ import annotations

import importlib
import json

import numpy as np
import pandas as pd
import pytest
import yaml
from numpy.testing import assert_array_equal

from isthmus import load
from isthmus._selected_rows import SelectedRows
from isthmus.errors import UsageError
from isthmus.runs import open_run, run_training
from isthmus.sources import _arrays

pytestmark = pytest.mark.usefixtures("blank_figures")

prepared = importlib.import_module("isthmus.runs._prepared").prepared

PARAMETERS = {"latent_dim": 2, "hidden_dims": (4,), "epochs": 1, "device": "cpu"}


def config(source, **changes):
    return {
        "source": source,
        "estimator": "autoencoder",
        "parameters": PARAMETERS,
        "test_fraction": 0.2,
        **changes,
    }


@pytest.fixture(name="texts")
def make_texts(tmp_path, rng):
    words = ["cat", "dog", "vet", "bank", "loan", "rate"]
    bodies = [" ".join(rng.choice(words, 4)) for _ in range(40)]
    frame = pd.DataFrame({"title": ["About money", None] * 20, "body": bodies})
    frame.to_csv(tmp_path / "texts.csv", index=False)
    return frame


@pytest.fixture(name="table")
def make_table(tmp_path, rng):
    frame = pd.DataFrame(rng.normal(size=(40, 3)), columns=["long", "wide", "high"])
    frame.to_csv(tmp_path / "table.csv", index=False)
    return frame


def test_the_estimators_preprocessing_learns_the_training_texts_alone(texts, tmp_path):
    source = {"source": str(tmp_path / "texts.csv"), "text_column": ["title", "body"]}
    ready = prepared(config(source), to_fit=True)
    made = ready.parts.preprocessor
    assert made.is_fitted and made.kind == "texts"
    assert ready.dataset.feature_names == made.feature_names
    joined = np.array([f"{t or ''} {b}" for t, b in texts.replace(np.nan, None).to_numpy()])
    assert_array_equal(
        ready.parts.X.toarray(), made.prepare(joined[ready.parts.numbers[:32]]).toarray()
    )
    assert ready.parts.X_held_out.shape[0] == 8


@pytest.mark.parametrize("place", ["top", "parameters"])
def test_max_words_is_a_parameter_and_once_stood_beside_them(texts, tmp_path, place):
    source = {"source": str(tmp_path / "texts.csv"), "text_column": "body"}
    if place == "top":
        settings = config(source, max_words=3)
    else:
        settings = config(source, parameters={**PARAMETERS, "max_words": 3})
    run_training(settings, out=tmp_path / "run")
    assert load(tmp_path / "run", device="cpu").n_features_in_ == 3
    written = yaml.safe_load((tmp_path / "run/config.yaml").read_text())
    assert written["parameters"]["max_words"] == 3 and "max_words" not in written


def test_max_words_of_numbers_is_refused(table, tmp_path):
    settings = config({"source": str(tmp_path / "table.csv")}, max_words=3)
    with pytest.raises(UsageError, match="`max_words` does not apply to rows of numbers"):
        prepared(settings)


def test_a_loaded_run_takes_texts(texts, tmp_path):
    source = {"source": str(tmp_path / "texts.csv"), "text_column": ["title", "body"]}
    run_training(config(source), out=tmp_path / "run")
    fitted = open_run(tmp_path / "run", device="cpu")
    codes = fitted.estimator.transform(fitted.read(None, label=None).X)
    estimator = load(tmp_path / "run", device="cpu")
    assert estimator.transform(texts).tobytes() == codes.tobytes()
    joined = [f"{t or ''} {b}" for t, b in texts.replace(np.nan, None).to_numpy()]
    assert estimator.transform(joined).tobytes() == codes.tobytes()
    assert fitted.columns is None and fitted.feature_names == estimator.preprocessor_.feature_names


def test_a_loaded_run_takes_the_table_in_any_order(table, tmp_path):
    run_training(config({"source": str(tmp_path / "table.csv")}), out=tmp_path / "run")
    fitted = open_run(tmp_path / "run", device="cpu")
    codes = fitted.estimator.transform(fitted.read(None, label=None).X)
    estimator = load(tmp_path / "run", device="cpu")
    assert fitted.columns == ("long", "wide", "high")
    assert estimator.transform(table[["high", "long", "wide"]]).tobytes() == codes.tobytes()
    assert list(estimator.explain(table).columns) == ["long", "wide", "high"]


def test_a_loaded_run_takes_pictures_that_are_not_square(tmp_path, rng):
    pictures = (rng.random((40, 6, 8, 3)) * 255).astype(np.uint8)
    np.save(tmp_path / "pictures.npy", pictures)
    settings = config({"source": str(tmp_path / "pictures.npy")})
    settings["parameters"] = {**PARAMETERS, "max_shift": 1}  # 144 numbers: 12x12 grey as well
    run_training(settings, out=tmp_path / "run")
    estimator = load(tmp_path / "run", device="cpu")
    assert estimator.preprocessor_.picture_shape == (6, 8, 3)
    codes = estimator.transform(pictures.reshape(40, -1))
    assert estimator.transform(pictures).tobytes() == codes.tobytes()
    explicit = {**settings, "parameters": {**settings["parameters"], "picture_shape": (6, 8, 3)}}
    run_training(explicit, out=tmp_path / "explicit")
    again = load(tmp_path / "explicit", device="cpu")
    assert again.transform(pictures).tobytes() == codes.tobytes()
    document = json.loads((tmp_path / "run/model/model.json").read_text())
    assert document["preprocessing"]["blocks"][0]["shape"] == [6, 8, 3]


def test_parts_of_a_memory_map_are_views(tmp_path, rng, monkeypatch):
    monkeypatch.setattr(_arrays, "_IN_MEMORY_BYTES", 100)
    rows = rng.normal(size=(40, 3)).astype(np.float32)
    np.save(tmp_path / "rows.npy", rows)
    parts = prepared(config({"source": str(tmp_path / "rows.npy")}), to_fit=True).parts
    assert isinstance(parts.X, SelectedRows) and isinstance(parts.X_held_out, SelectedRows)
    assert_array_equal(np.concatenate([parts.X, parts.X_held_out]), rows[parts.numbers])
    run_training(config({"source": str(tmp_path / "rows.npy")}), out=tmp_path / "mapped")
    monkeypatch.undo()
    run_training(config({"source": str(tmp_path / "rows.npy")}), out=tmp_path / "whole")
    weights = [
        (tmp_path / run / "model/model.safetensors").read_bytes() for run in ("mapped", "whole")
    ]
    assert weights[0] == weights[1]
