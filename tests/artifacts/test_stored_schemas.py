"""Models of every schema with digests or blocks still load and give the answers of their time.

Those of schema 1 are in ``test_earlier_schemas``.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from isthmus import load

HERE = Path(__file__).parent
K = np.arange(24.0)
TABLE = pd.DataFrame({"length": 3 + np.sin(K), "width": 100 * np.cos(K), "flat": 7.0})
MIXED = TABLE.assign(kind=[["cat", "dog", "vet"][n % 3] for n in range(24)])
MIXED.loc[::5, "width"] = np.nan
PICTURES = (np.arange(24 * 12).reshape(24, 3, 4) * 37 % 251).astype(np.uint8)
ROWS = {"table": TABLE, "mixed": MIXED, "pictures": PICTURES, "stacked": TABLE, "outliers": TABLE}


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("schema", [2, 3])
def test_its_estimator_answers_as_it_did(schema, name):
    folder = HERE / f"schema_{schema}"
    document = json.loads((folder / name / "model.json").read_text("utf-8"))
    assert document["schema_version"] == schema
    assert ("sha256" in document) == (schema > 2)
    estimator = load(folder / name, device="cpu")
    method = estimator.score_samples if name == "outliers" else estimator.transform
    expected = json.loads((folder / "answers.json").read_text())[name]
    np.testing.assert_allclose(method(ROWS[name][:4]), expected, rtol=1e-4, atol=1e-6)
