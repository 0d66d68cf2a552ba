"""Blocks of rows are written to one file, atomically."""

from __future__ import annotations

import datetime as dt
import importlib

import numpy as np
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from isthmus.errors import DataError
from isthmus.runs import mapped, write_rows

_row_files = importlib.import_module("isthmus.runs._row_files")


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".npy"])
def test_rows_in_blocks_are_one_file(tmp_path, rng, suffix):
    codes = rng.normal(size=(10, 2)).astype(np.float32)
    beside = {"a": np.array([None] * 4 + ["x"] * 6, dtype=object), "row": np.arange(10)}
    path = tmp_path / f"codes{suffix}"
    write_rows(path, iter([codes[:4], codes[4:7], codes[7:]]), 10, ["a", "b"], beside)
    if suffix == ".npy":
        assert np.load(path).tobytes() == codes.tobytes()
        return
    read = pq.read_table if suffix == ".parquet" else pyarrow.csv.read_csv
    table = read(path)
    assert table.column_names == ["a", "b", "a_", "row"]
    np.testing.assert_allclose(np.column_stack([table["a"], table["b"]]), codes, rtol=1e-6)
    assert [value or None for value in table["a_"].to_pylist()] == beside["a"].tolist()
    assert table["row"].to_pylist() == list(range(10))


def test_a_block_that_cannot_be_made_leaves_the_old_file(tmp_path):
    def broken():
        yield np.ones((2, 2))
        raise DataError("No more rows.")

    path = tmp_path / "codes.npy"
    path.write_bytes(b"old")
    with pytest.raises(DataError):
        write_rows(path, broken(), 4, ["a", "b"], {})
    assert path.read_bytes() == b"old" and [p.name for p in tmp_path.iterdir()] == ["codes.npy"]


def test_rows_are_mapped_a_block_at_a_time(tmp_path, rng, monkeypatch):
    monkeypatch.setattr(_row_files, "_STEP", 4)
    monkeypatch.setattr(_row_files, "_MOST_ROWS", 4)
    np.save(tmp_path / "rows.npy", rng.normal(size=(10, 3)))
    X = np.load(tmp_path / "rows.npy", mmap_mode="r")
    blocks = list(mapped(lambda rows: 2 * np.asarray(rows), X))
    assert [len(block) for block in blocks] == [4, 4, 2]
    np.testing.assert_array_equal(np.concatenate(blocks), 2 * X)


@pytest.mark.parametrize(
    ("seconds", "written"), [(0, "2014-02-18 18:15:00"), (0.5, "2014-02-18 18:15:00.500000")]
)
def test_times_have_decimals_only_if_they_are_not_whole_seconds(tmp_path, seconds, written):
    time = dt.datetime(2014, 2, 18, 18, 15) + dt.timedelta(seconds=seconds)
    beside = {"timestamp": np.array([time, None], dtype=object)}
    write_rows(tmp_path / "rows.csv", [np.zeros((2, 1))], 2, ["x"], beside)
    assert (tmp_path / "rows.csv").read_text().splitlines()[1:] == [f"0,{written}", "0,"]
