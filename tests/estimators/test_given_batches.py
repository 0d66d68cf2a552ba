"""`fit` on torch Datasets and on batches: the same model as on the array."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch
from torch.utils.data import DataLoader, Dataset, TensorDataset

from isthmus import Autoencoder
from isthmus._chunks import ChunkedRows
from isthmus.errors import DataError
from isthmus.preprocessing import as_array
from isthmus.sources import read_source

X = np.random.default_rng(0).normal(size=(300, 6)).astype(np.float32)


class Items(Dataset):
    def __init__(self, rows):
        self.rows = rows

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, k):
        return torch.from_numpy(np.asarray(self.rows[k])), k % 3


class Batches:
    """Batches that can be read again."""

    def __iter__(self):
        return iter([X[:100], X[100:101], X[101:]])


def loader():
    # With its own generator, it does not draw from torch's global one.
    own = torch.Generator()
    return DataLoader(TensorDataset(torch.from_numpy(X)), batch_size=64, generator=own)


GIVEN = {
    "dataset": lambda: Items(X),
    "loader": loader,
    "batches": Batches,
    "generator": lambda: (X[k : k + 50] for k in range(0, 300, 50)),
}


@pytest.mark.parametrize("name", GIVEN)
def test_rows_are_those_of_the_array(name):
    rows = as_array(GIVEN[name]())
    assert isinstance(rows, ChunkedRows) and rows.dtype == np.float32
    np.testing.assert_array_equal(rows[:], X)


def test_a_model_learns_and_encodes_batches_as_it_does_the_array():
    def model():
        return Autoencoder(latent_dim=3, epochs=20, random_state=0)

    fitted = model().fit(Items(X))
    assert fitted.score(X) > model().set_params(epochs=1).fit(X).score(X) - 0.05
    np.testing.assert_array_equal(fitted.transform(Batches()), fitted.transform(X))
    again = model().fit(Batches())
    np.testing.assert_array_equal(again.transform(X), fitted.transform(X))


def test_early_stopping_holds_out_rows_of_batches():
    fitted = Autoencoder(latent_dim=2, epochs=2, early_stopping=True, random_state=0).fit(Items(X))
    assert all(record["validation_loss"] is not None for record in fitted.history_)


def test_pictures_keep_their_shape():
    pictures = X.reshape(300, 1, 3, 2)
    fitted = Autoencoder(latent_dim=2, epochs=1, random_state=0).fit(Items(pictures))
    assert fitted.preprocessor_.picture_shape == (3, 2)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (Items([]), "X must have at least one row. Got a Dataset without items."),
        (iter([]), "X must have at least one row. Got no batches"),
        (iter([X[0]]), r"Batches must be arrays of rows, .* Got shape \(6,\) in batch 0"),
        (iter([X, X[:, :2]]), r"with rows of shape \(6,\)\. Got shape \(300, 2\) in batch 1"),
        (iter([np.array([["a"]])]), r"Batches must contain real numbers\. Got dtype <U1\."),
        (
            iter([X.astype(int), X]),
            r"numbers of one type\. Got float32 in batch 1 \(from 0\), and int64 in the first one",
        ),
        (
            Items([X[0], X[0, :2]]),
            r"items of a Dataset must have one shape\. Got \(6,\) for item 0",
        ),
    ],
)
def test_what_cannot_be_rows_is_refused(given, message):
    with pytest.raises(DataError, match=message):
        as_array(given)[:]


# --- batches that are tables ---

NUMBERS = pd.DataFrame(X, columns=[*"abcdef"])
MIXED = NUMBERS[["a", "b"]].assign(level=["u", "v", "w"] * 100)


def in_batches(table):
    return (table[k : k + 100] for k in range(0, 300, 100))


@pytest.mark.parametrize("to_table", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pd", "pl", "pa"])
def test_batches_that_are_tables_of_numbers_keep_their_names(to_table):
    batches = (to_table(dict(batch)) for batch in in_batches(NUMBERS))
    fitted = Autoencoder(latent_dim=2, epochs=2, random_state=0).fit(batches)
    assert fitted.feature_names_in_.tolist() == [*"abcdef"]
    expected = Autoencoder(latent_dim=2, epochs=2, random_state=0).fit(iter([X]))
    np.testing.assert_array_equal(fitted.transform(NUMBERS), expected.transform(X))
    np.testing.assert_array_equal(fitted.transform(in_batches(NUMBERS)), expected.transform(X))
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.transform(in_batches(NUMBERS.rename(columns={"a": "z"})))


@pytest.mark.parametrize(
    ("second", "got"),
    [
        (NUMBERS[[*"bacdef"]], "Got `b`, `a`, `c`, `d`, `e`, `f` in batch 1"),
        (X, "Got no names in batch 1"),
    ],
)
def test_a_batch_with_other_names_is_refused(second, got):
    with pytest.raises(DataError, match=f"^Batches must have the same column names .* {got}"):
        Autoencoder(latent_dim=2, epochs=2).fit(iter([NUMBERS, second]))


def test_batches_of_mixed_tables_name_two_ways_that_work(tmp_path):
    model = Autoencoder(latent_dim=2, epochs=2, random_state=0)
    with pytest.raises(
        DataError, match=r"`read_source\(\.\.\., stream=True\)`, or .*`partial_fit`"
    ):
        model.fit(in_batches(MIXED))
    for table in in_batches(MIXED):
        model.partial_fit(table)
    assert model.transform(MIXED).shape == (300, 2)
    MIXED.to_parquet(tmp_path / "rows.parquet")
    model.fit(read_source(str(tmp_path / "rows.parquet"), stream=True).X)
    assert model.transform(MIXED).shape == (300, 2)
