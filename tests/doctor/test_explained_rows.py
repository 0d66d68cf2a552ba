"""Rows are explained by the columns that were changed, in tables of any kind."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from isthmus import Autoencoder, AutoencoderOutlierDetector, explain_rows
from isthmus._translation import translate
from isthmus.doctor import Reason, unlike_sentence
from isthmus.errors import UsageError


@pytest.fixture(name="table", scope="module")
def make_table():
    rng = np.random.default_rng(0)
    a = rng.normal(size=200)
    columns = {"width": a, "height": 2 * a + 0.1 * rng.normal(size=200), "weight": a**2}
    return pd.DataFrame({"kind": rng.choice(["u", "v"], 200), **columns})


@pytest.fixture(name="model", scope="module")
def fit_model(table):
    return Autoencoder(2, epochs=15, device="cpu", random_state=0).fit(table)


@pytest.fixture(name="odd", scope="module")
def make_odd_rows(table):
    odd = table.copy()
    odd.loc[17, "weight"] = 4200.0
    return odd


@pytest.mark.parametrize("given", [pd.DataFrame, pl.from_pandas, "matrix"])
def test_the_changed_cell_is_the_reason_in_tables_and_matrices(model, odd, given):
    rows = model.prepared_rows(odd) if given == "matrix" else given(odd)
    first, *_ = found = explain_rows(model, rows, n_rows=3)
    assert (len(found), first.row, first.reasons[0].column) == (3, 17, "weight")
    assert first.reasons[0].value == 4200
    expected = model.reconstruct(odd)["weight"][17]
    assert first.reasons[0].expected == pytest.approx(expected, rel=1e-4)
    assert first.reasons[0].share == pytest.approx(model.explain(odd)["weight"][17], rel=1e-4)
    assert found[1].error >= found[2].error


def test_a_sentence_says_what_was_got_and_what_was_expected(model, odd):
    found = explain_rows(model, odd, n_rows=1)
    assert found[0].sentence.startswith("Row 17 is unlike the others mostly by weight (got 4,200, ")
    assert "Row 17 is unlike" in repr(found) and "share of error" in repr(found)
    assert "<table" in found._repr_html_() and "Row 17 is unlike" in found._repr_html_()
    assert list(pd.DataFrame(found)) == ["row", "error", "reasons"]


def test_columns_with_a_small_share_are_not_named_after_the_first():
    reasons = [Reason("a", 1, 2, 0.6), Reason("b", "x", None, 0.3), Reason("c", 1, 2, 0.05)]
    expected = "Row 1,234 is unlike the others mostly by a (got 1, expected 2), b (got x, "
    assert unlike_sentence(1234, reasons) == expected + "expected unknown)."
    assert "mostly by c (u)." in unlike_sentence(5, [Reason("c", "u", "u", 0.8)])
    assert "mostly" not in unlike_sentence(5, [Reason("a", 1, 2, 0.2)])
    assert translate(unlike_sentence(5, reasons), "zh") != unlike_sentence(5, reasons)


def test_detectors_and_sparse_rows_without_names_are_explained():
    X = np.random.default_rng(0).poisson(1.0, size=(60, 4)).astype(float)
    X[7, 2] = 40
    settings = {"epochs": 3, "device": "cpu", "random_state": 0}
    detector = AutoencoderOutlierDetector(hidden_dims=(4,), n_members=2, **settings).fit(X)
    assert explain_rows(detector, X, n_rows=1)[0].reasons[0].column == "column 2"
    model = Autoencoder(1, hidden_dims=(4,), **settings).fit(sparse.csr_array(X))
    assert explain_rows(model, sparse.csr_array(X), n_rows=1)[0].row == 7


def test_a_table_of_numbers_is_explained_without_a_warning(table, odd):
    names = ["width", "height", "weight"]
    model = Autoencoder(1, epochs=3, device="cpu", random_state=0).fit(table[names])
    assert explain_rows(model, odd[names], n_rows=1)[0].row == 17


def test_the_numbers_of_rows_and_features_are_at_least_one(model, odd):
    with pytest.raises(UsageError, match="`n_rows` of explain_rows must be an integer of at least"):
        explain_rows(model, odd, n_rows=0)
