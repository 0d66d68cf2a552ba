"""`limit` and `sample`: fewer rows of any source, with their labels, names and ids."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from isthmus.errors import UsageError
from isthmus.sources import read_source


@pytest.fixture
def table(tmp_path):
    rows = {"id": [f"r{k}" for k in range(40)], "x": np.arange(40.0), "kind": ["a", "b"] * 20}
    pyarrow.csv.write_csv(pa.table(rows), tmp_path / "t.csv")
    return tmp_path / "t.csv"


def test_limit_keeps_the_first_rows(table):
    dataset = read_source(table, label="kind", id=["id"], limit=3)
    assert dataset.X.column("x").to_pylist() == [0, 1, 2]
    assert list(dataset.y) == ["a", "b", "a"]
    assert dataset.notes[-1] == "Rows: the first 3 of 40."


def test_a_sample_is_drawn_once_in_the_order_of_the_rows(table):
    first, again = (read_source(table, label="kind", sample=10) for _ in range(2))
    x = first.X.column("x").to_pylist()
    assert x == again.X.column("x").to_pylist() == sorted({*x})
    assert len(x) == 10 and x != list(range(10))
    assert [int(value) % 2 for value in x] == [int(label == "b") for label in first.y]
    assert first.notes[-1] == "Rows: a random 10 of 40."


def test_a_limit_of_an_array_is_a_view_of_its_file(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(40.0).reshape(20, 2))
    X = read_source(tmp_path / "a.npy", limit=4).X
    assert X.shape == (4, 2) and X.base is not None
    assert read_source(tmp_path / "a.npy", limit=40).X.shape == (20, 2)


def test_named_sources_have_fewer_rows_too():
    dataset = read_source("digits", sample=100)
    assert dataset.X.shape[0] == len(dataset.y) == 100


def test_what_does_not_go_together_is_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(40.0).reshape(20, 2))
    with pytest.raises(UsageError, match="`limit` and `sample` exclude each other"):
        read_source(tmp_path / "a.npy", limit=4, sample=4)
    with pytest.raises(UsageError, match="`sample` does not apply to windows of a series"):
        read_source(tmp_path / "a.npy", window=3, sample=4)


@pytest.mark.parametrize("option", ["limit", "sample"])
def test_fewer_rows_in_chunks_are_those_of_rows_in_memory(tmp_path, option):
    table = pa.table({"x": np.arange(100), "id": [f"r{k}" for k in range(100)]})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=16)
    how = {option: 37, "id": ["id"]}
    kept = read_source(tmp_path / "a.parquet", **how)
    found = read_source(tmp_path / "a.parquet", stream=True, **how)
    assert found.X.num_rows == 37
    assert found.X.between(0, 37).to_pydict() == kept.X.to_pydict()
    assert found.X.select(["x"]).at(np.array([30, 2])).num_columns == 1
    places = found.X.places(np.arange(37))
    assert places.tolist() == kept.X.column("x").to_pylist()
