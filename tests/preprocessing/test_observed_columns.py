"""Columns of a table in its matrix, and rows without any observed cell."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from isthmus import Autoencoder
from isthmus.preprocessing import ObservedColumn, missing_cells


def test_each_column_of_a_mixed_table_has_its_place_and_form(rng):
    table = pd.DataFrame(
        {
            "colour": ["red", "green"] * 50,
            "load": rng.normal(size=100),
            "name": [f"part {k % 97:03d}" for k in range(100)],
            "day": pd.date_range("2020-01-01", periods=100, freq="h"),
        }
    )
    made = Autoencoder().fit_preprocessing(table)
    found = {own.name: (own.position, own.form, own.n_levels) for own in made.observed_columns}
    assert found["load"] == (0, "number", 0)
    assert found["colour"] == (1, "level", 2)
    assert found["name"][1:] == ("hash", 0) and found["day"][1] == "date"
    matrix = made.prepare(table)
    assert matrix[0, found["day"][0]] == pd.Timestamp("2020-01-01").timestamp()


def test_rows_without_names_have_no_columns(rng):
    assert Autoencoder().fit_preprocessing(rng.normal(size=(9, 3))).observed_columns == ()


def test_unknown_levels_count_as_missing():
    columns = [ObservedColumn("load", 0, "number"), ObservedColumn("colour", 2, "level", 2)]
    X = np.array([[-1.0, 0, 1], [np.nan, 0, -1], [np.nan, 0, 0]])
    assert missing_cells(X, columns).tolist() == [[False, False], [True, True], [True, False]]


def test_only_rows_of_nothing_else_are_empty():
    table = pd.DataFrame({"load": [1.0, 2, np.nan, 4] * 5, "colour": ["red", "green"] * 10})
    made = Autoencoder().fit_preprocessing(table)
    new = pd.DataFrame({"load": [np.nan, np.nan, 1], "colour": ["violet", "red", None]})
    assert made.has_nothing_observed(made.prepare(new)).tolist() == [True, False, False]
    assert not made.has_nothing_observed(sparse.csr_array(np.zeros((2, 2)))).any()


def test_numbers_that_are_only_missing_in_later_rows_do_not_count_in_their_error(rng):
    table = pd.DataFrame({"load": rng.normal(size=60), "colour": ["red", "green", "blue"] * 20})
    model = Autoencoder(2, hidden_dims=(8,), epochs=2, random_state=0, device="cpu").fit(table)
    new = table[:2].copy()
    new.loc[0, "load"] = np.nan
    assert next(iter(model.explain(new)["load"])) == 0
    new.loc[0, "colour"] = None
    assert np.isnan(model.reconstruction_error(new)[0])
