"""Notes on the columns of a table."""

from __future__ import annotations

import importlib

import pandas as pd
import pytest

prepared = importlib.import_module("isthmus.runs._prepared").prepared

PARAMETERS = {"latent_dim": 2, "hidden_dims": (4,), "epochs": 1, "device": "cpu"}


@pytest.fixture(name="config")
def make_config(tmp_path, rng):
    table = pd.DataFrame(
        {
            "customer_id": rng.permutation(60),
            "order_id": rng.permutation(60),
            "x": rng.normal(size=60),
            "colour": ["red", "blue", "green"] * 20,
            "a": ["one"] * 60,
            "b": ["two"] * 60,
        }
    )
    table.to_csv(tmp_path / "rows.csv", index=False)
    source = {"source": str(tmp_path / "rows.csv")}
    return {
        "source": source,
        "estimator": "autoencoder",
        "parameters": PARAMETERS,
        "test_fraction": 0.2,
    }


def test_the_reason_agrees_with_the_number_of_columns_left_out(config):
    notes = prepared(config).dataset.notes
    assert "Columns `customer_id`, `order_id` are left out: they look like ids." in notes
    assert "Columns `a`, `b` are left out: each has only one value." in notes


@pytest.mark.parametrize("to_fit", [False, True])
def test_the_number_of_one_hot_columns_is_known_before_training(config, to_fit):
    table = prepared(config, to_fit=to_fit).columns
    assert table is not None
    assert "3 one-hot columns" in {row[2] for row in table["rows"]}
