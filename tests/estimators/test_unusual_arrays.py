"""Arrays and tables that are no plain matrix of numbers: masks, dates, names that occur twice."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch
from scipy import sparse

from isthmus import Autoencoder, AutoencoderImputer, AutoencoderOutlierDetector
from isthmus.errors import DataError
from isthmus.preprocessing import as_array, whole_table

N = 60
SMALL = {"latent_dim": 1, "hidden_dims": (8,), "epochs": 2, "random_state": 0}


@pytest.fixture(name="X")
def rows(rng):
    return rng.normal(size=(N, 4))


# --- masked arrays ---


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, np.int64, np.uint8, bool])
def test_masked_cells_are_missing_cells(X, dtype):
    cells = np.ma.masked_array((10 * np.abs(X)).astype(dtype), X > 1)
    made = as_array(cells)
    assert type(made) is np.ndarray and made.dtype.kind == "f"
    np.testing.assert_array_equal(np.isnan(made), X > 1)
    np.testing.assert_array_equal(made[X <= 1], cells.data[X <= 1])


def test_an_array_whose_mask_is_empty_keeps_its_type(X):
    cells = np.ma.masked_array(X.astype(np.int16))
    assert as_array(cells).dtype == np.int16


def test_masked_texts_are_no_texts():
    assert as_array(np.ma.masked_array(["a", "b"], [True, False])).tolist() == [None, "b"]


@pytest.mark.parametrize("dtype", [np.float64, np.int64])
def test_every_method_takes_masked_cells_as_missing(X, dtype):
    cells = np.ma.masked_array((10 * X).astype(dtype), X > 1)
    holes = np.where(X > 1, np.nan, cells.data)
    masked, plain = Autoencoder(**SMALL).fit(cells), Autoencoder(**SMALL).fit(holes)
    for method in ("transform", "reconstruct", "impute", "reconstruction_error", "explain"):
        expected = getattr(plain, method)(holes)
        np.testing.assert_array_equal(getattr(masked, method)(cells), expected)


def test_other_estimators_take_masked_cells_as_missing(X):
    cells, holes = np.ma.masked_array(X, X > 1), np.where(X > 1, np.nan, X)
    detector = AutoencoderOutlierDetector(**SMALL, n_members=2)
    scores = detector.fit(holes).score_samples(holes)
    np.testing.assert_array_equal(detector.fit(cells).score_samples(cells), scores)
    imputer = AutoencoderImputer(steps=20, random_state=0).fit(holes)
    np.testing.assert_array_equal(imputer.transform(cells), imputer.transform(holes))


def test_masked_batches_have_missing_cells(X):
    rows = as_array(np.ma.masked_array(X[k : k + 20], X[k : k + 20] > 1) for k in range(0, N, 20))
    np.testing.assert_array_equal(rows[:], np.where(X > 1, np.nan, X))


# --- nothing to train on ---


@pytest.mark.parametrize(
    "estimator",
    [
        Autoencoder(**SMALL),
        AutoencoderOutlierDetector(**SMALL),
        AutoencoderImputer(steps=20),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
@pytest.mark.parametrize("row", [[np.nan, np.nan], [1.0, np.nan]])
def test_rows_of_constant_and_missing_columns_are_refused(estimator, row):
    with pytest.raises(DataError, match=r"nothing to train on: every column is constant or mis"):
        estimator.fit(np.array([row] * N))


def test_rows_that_differ_in_a_missing_cell_are_trained_on(X):
    rows = np.ones((N, 2))
    rows[N // 2, 1] = np.nan
    Autoencoder(**SMALL).fit(rows)


# --- names that occur twice ---


@pytest.mark.parametrize("library", ["pandas", "arrow"])
@pytest.mark.parametrize("names", [None, ["a", "b", "c", "d"]], ids=["array", "frame"])
def test_a_table_with_two_columns_of_one_name_is_refused_by_every_method(X, names, library):
    ae = Autoencoder(**SMALL).fit(X if names is None else pd.DataFrame(X, columns=names))
    tables = {"pandas": pd.DataFrame(X, columns=[*"aacd"]), "arrow": pa.table([*X.T], [*"aacd"])}
    for method in (ae.fit, ae.transform, ae.reconstruction_error, ae.impute, ae.partial_fit):
        with pytest.raises(DataError, match=r"^Column names must be unique. Got 2 columns `a`"):
            method(tables[library])


# --- arrays without numbers ---


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.full((3, 4), "2020-01-01", "datetime64[D]"), r"Got dtype datetime64\[D\]: convert"),
        (np.full((3, 4), 1, "timedelta64[s]"), r"Got dtype timedelta64\[s\]: convert the dates"),
        (np.ones((3, 4), complex), "Got dtype complex128: Complex data not supported"),
        (torch.ones((3, 4), dtype=torch.complex64), "Got dtype complex64"),
        (sparse.csr_array(np.ones((3, 4), complex)), "Got dtype complex128"),
        (np.zeros((3, 4), "i4,i4"), "pass a table, or the fields as columns"),
    ],
    ids=["dates", "durations", "complex", "tensor", "sparse", "records"],
)
def test_an_array_without_real_numbers_is_named_by_its_type(X, values, message):
    ae = Autoencoder(**SMALL).fit(X)
    for method in (ae.fit, ae.transform, ae.reconstruct, ae.inverse_transform):
        with pytest.raises(DataError, match=rf"^X must contain real numbers\. .*{message}"):
            method(values)


# --- columns of values that are no cells ---


@pytest.mark.parametrize(
    ("values", "types"),
    [
        ([{"a": 1}, [1, 2], None, 3], "dict, list, int"),
        ([1j, 2j, 3.0, 4.0], "complex"),
        ([[1, "a"], [2, 3], [4, 5], [6, 7]], "list"),
        ([1, 2, 3, object()], "int, object"),
    ],
)
def test_a_column_that_cannot_be_read_is_named_with_the_types_of_its_values(values, types):
    table = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "odd": values})
    message = rf"^Column `odd` of the table must hold [^()]* Got values of type {types}, which no"
    with pytest.raises(DataError, match=message):
        Autoencoder(**SMALL).fit(table)


def test_integers_too_long_for_a_column_are_read_as_texts():
    table = whole_table(pd.DataFrame({"id": [10**30, 1, None]}, dtype=object))
    assert table["id"].to_pylist() == [str(10**30), "1", None]


@pytest.mark.parametrize("values", [["u", "v"], [{"a": 1}, {"a": 2}], ["2020-01-01", "2020-01-02"]])
@pytest.mark.parametrize("is_named", [True, False], ids=["frame", "array"])
def test_a_model_of_numbers_names_the_columns_with_other_values(X, values, is_named):
    table = pd.DataFrame(X, columns=[*"abcd"])
    ae = Autoencoder(**SMALL).fit(table if is_named else X)
    other = table[:2].assign(c=values)
    with (
        warnings.catch_warnings(action="ignore"),
        pytest.raises(DataError, match=r"must contain numbers, .* in `c`: convert them to numbers"),
    ):
        ae.transform(other)


@pytest.mark.parametrize("cell", [np.datetime64("2020-01-01"), 1j])
def test_a_list_without_real_numbers_is_named_by_its_type(X, cell):
    with pytest.raises(DataError, match=r"^X must contain real numbers\. Got dtype [^\[]*"):
        Autoencoder(**SMALL).fit(X).transform([[cell] * 4] * 2)
