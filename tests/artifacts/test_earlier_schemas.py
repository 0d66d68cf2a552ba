"""Artifacts of schema 1, written by the code of that time, still load and give the same answers.

Those in schema_1/ were trained on the rows below; answers.json has their outputs for the first
four rows.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from isthmus import load
from isthmus.artifacts import SCHEMA_VERSION, read_document
from isthmus.errors import ArtifactError

FOLDER = Path(__file__).parent / "schema_1"
ANSWERS = json.loads((FOLDER / "answers.json").read_text())

K = np.arange(24.0)
TABLE = pd.DataFrame({"length": 3 + np.sin(K), "width": 100 * np.cos(K), "flat": 7.0})
WORDS = ["cat dog vet", "bank loan rate", "dog collar cat", "loan fund bank"]
TEXTS = pd.DataFrame(
    {
        "title": [f"About {n % 5}" for n in range(24)],
        "body": [f"{WORDS[n % 4]} {WORDS[(n + n // 4) % 4]}" for n in range(24)],
    }
)
PICTURES = (np.arange(24 * 12).reshape(24, 3, 4) * 37 % 251).astype(np.uint8)
ROWS = {
    "table": TABLE,
    "frame": TABLE[["length", "width"]],
    "texts": TEXTS,
    "pictures": PICTURES,
    "labels": TABLE,
    "outliers": TABLE,
}


@pytest.mark.parametrize("name", ROWS)
def test_its_estimator_takes_what_people_have_and_answers_as_it_did(name):
    assert json.loads((FOLDER / name / "model.json").read_text())["schema_version"] == 1
    estimator = load(FOLDER / name, device="cpu")
    method = "score_samples" if name == "outliers" else "transform"
    answer = getattr(estimator, method)(ROWS[name][:4])
    np.testing.assert_allclose(answer, ANSWERS[name], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", ROWS)
def test_saved_again_it_has_the_current_schema_and_the_same_codes(name, tmp_path):
    first = load(FOLDER / name, device="cpu")
    first.save(tmp_path / "model")
    assert read_document(tmp_path / "model")["schema_version"] == SCHEMA_VERSION
    second = load(tmp_path / "model", device="cpu")
    method = "score_samples" if name == "outliers" else "transform"
    rows = ROWS[name]
    assert getattr(second, method)(rows).tobytes() == getattr(first, method)(rows).tobytes()


def test_names_words_and_shape_are_where_they_belong_now():
    assert load(FOLDER / "table", device="cpu").preprocessor_.feature_names == tuple(TABLE)
    assert load(FOLDER / "frame", device="cpu").preprocessor_.feature_names == ("length", "width")
    assert load(FOLDER / "pictures", device="cpu").preprocessor_.picture_shape == (3, 4)
    assert "cat" in load(FOLDER / "texts", device="cpu").preprocessor_.feature_names
    assert set(read_document(FOLDER / "texts")["about"]) == {"kind", "label", "source"}


@pytest.mark.parametrize(
    "damage",
    [{"about": 3}, {"about": {"words": 3}}, {"n_features_in": "x"}, {"about": {"columns": [3]}}],
)
def test_a_damaged_one_is_told(damage, tmp_path):
    shutil.copytree(FOLDER / "table", tmp_path / "model")
    path = tmp_path / "model" / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | damage))
    with pytest.raises(ArtifactError, match=r"is not a complete model|cannot be read"):
        load(tmp_path / "model", device="cpu")
