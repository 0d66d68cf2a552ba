"""Sources that are read in chunks, and what is wrong with them."""

from __future__ import annotations

import datetime as dt
import os

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from scipy import sparse

from isthmus._chunks import ChunkedRows, ChunkedTable
from isthmus.errors import DataError, UsageError
from isthmus.sources import fingerprint, read_source
from isthmus.sources.tables import _table_chunks

X = np.random.default_rng(0).normal(size=(1000, 4)).astype(np.float32)
TABLE = pa.table({**{f"f{k}": X[:, k] for k in range(4)}, "city": ["Ulm", "Bonn"] * 500})


def whole(chunked):
    return pa.concat_tables(chunked.chunks()).combine_chunks()


@pytest.mark.parametrize("shape", [(1000, 4), (1000, 2, 2), (1000, 2, 2, 1)])
def test_a_npy_file_in_chunks_equals_the_array(tmp_path, shape):
    np.save(tmp_path / "a.npy", X.reshape(shape))
    kept = read_source(tmp_path / "a.npy")
    found = read_source(tmp_path / "a.npy", stream=True)
    assert isinstance(found.X, ChunkedRows) and found.picture_shape == kept.picture_shape
    np.testing.assert_array_equal(found.X[:], kept.X)
    assert "read in chunks" in found.notes[0]


@pytest.mark.parametrize(
    ("stored", "says"),
    [
        (np.asfortranarray(X), "another order, such as that of columns"),
        (X.astype(">f4"), "numbers of type >f4"),
        (X.astype("f2"), "numbers of type <f2"),
    ],
)
def test_a_npy_file_that_cannot_be_read_in_chunks_is_refused(tmp_path, stored, says):
    np.save(tmp_path / "a.npy", stored)
    assert len(read_source(tmp_path / "a.npy", memory=1).X) == 1000
    with pytest.raises(UsageError, match=rf"`stream` requires rows .* has {says}: save it again"):
        read_source(tmp_path / "a.npy", stream=True)


def test_a_sparse_matrix_becomes_dense_chunk_by_chunk(tmp_path):
    matrix = sparse.random_array((1000, 40), density=0.1, rng=0, format="csr")
    sparse.save_npz(tmp_path / "a.npz", matrix)
    rows = read_source(tmp_path / "a.npz", stream=True).X
    assert isinstance(rows, ChunkedRows)
    np.testing.assert_array_equal(rows[:], read_source(tmp_path / "a.npz").X)
    np.savez(tmp_path / "b.npz", X=X)
    with pytest.raises(UsageError, match=r"`stream` requires .* sparse matrix .* with `X`"):
        read_source(tmp_path / "b.npz", stream=True)


@pytest.mark.parametrize("name", ["a.parquet", "a.feather", "a.arrow"])
def test_a_table_in_chunks_equals_the_table(tmp_path, name):
    if name.endswith("parquet"):
        pq.write_table(TABLE, tmp_path / name, row_group_size=300)
    else:
        pyarrow.feather.write_feather(TABLE, tmp_path / name, "uncompressed", chunksize=300)
    found = read_source(tmp_path / name, stream=True)
    assert isinstance(found.X, ChunkedTable) and found.X.n_chunks == 4
    assert whole(found.X).equals(read_source(tmp_path / name).X.combine_chunks())
    few = read_source(tmp_path / name, stream=True, columns=["f2", "city"], exclude=None).X
    assert few.column_names == ["f2", "city"] and few.between(0, 1).num_columns == 2


def test_a_large_row_group_is_read_in_order_piece_by_piece(tmp_path, monkeypatch):
    monkeypatch.setattr(_table_chunks, "_LARGEST_GROUP", 1000)
    monkeypatch.setattr(
        _table_chunks, "chunk_sizes", lambda n, width: [150] * (n // 150) + [n % 150]
    )
    pq.write_table(TABLE, tmp_path / "a.parquet", row_group_size=500)
    rows = read_source(tmp_path / "a.parquet", stream=True).X
    assert rows.sizes.tolist() == [150, 150, 150, 50] * 2
    assert rows.groups.tolist() == [0] * 4 + [1] * 4
    assert whole(rows).equals(TABLE.combine_chunks())
    assert rows.chunk(6).equals(TABLE.slice(800, 150).combine_chunks())  # not the next one


def test_rows_are_streamed_if_they_do_not_fit_into_memory(tmp_path):
    pq.write_table(TABLE, tmp_path / "a.parquet")
    np.save(tmp_path / "a.npy", X)
    assert isinstance(read_source(tmp_path / "a.parquet").X, pa.Table)
    assert isinstance(read_source(tmp_path / "a.parquet", memory="10KB").X, ChunkedTable)
    assert isinstance(read_source(tmp_path / "a.npy", memory=10_000).X, ChunkedRows)
    kept = read_source(tmp_path / "a.npy", memory=10_000, stream=False).X
    assert isinstance(kept, np.ndarray)


def test_a_folder_of_shards_and_of_partitions_is_one_table(tmp_path):
    for part, start in (("a", 0), ("b", 500)):
        (tmp_path / "plain").mkdir(exist_ok=True)
        (tmp_path / "parts" / f"day={part}").mkdir(parents=True)
        pq.write_table(TABLE.slice(start, 500), tmp_path / "plain" / f"{part}.parquet")
        pq.write_table(TABLE.slice(start, 500), tmp_path / "parts" / f"day={part}" / "0.parquet")
    for folder in ("plain", "parts"):
        found = read_source(tmp_path / folder, stream=True).X
        assert whole(found).equals(TABLE.combine_chunks())


def shards(folder, second):
    pq.write_table(TABLE, folder / "a.parquet")
    second = second if isinstance(second, bytes) else second.combine_chunks()
    if isinstance(second, bytes):
        (folder / "b.parquet").write_bytes(second)
    else:
        pq.write_table(second, folder / "b.parquet")
    return folder


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (TABLE.drop_columns(["f2"]), "lacks `f2`: correct it"),
        (TABLE.append_column("more", TABLE["f0"]), "also has `more`: correct it"),
        (TABLE.set_column(1, "f1", pa.array([1] * 1000)), "has `f1` as int64, not float"),
        (TABLE.select([1, 0, 2, 3, 4]), "has them in another order"),
    ],
)
def test_a_shard_with_other_columns_is_named_beside_the_first(tmp_path, second, words):
    with pytest.raises(DataError, match=r"b.parquet` must have .*a.parquet`.* It " + words):
        read_source(shards(tmp_path, second), stream=True)


@pytest.mark.parametrize(
    ("first", "second", "wide"),
    [
        ("float", "double", "double"),
        ("double", "float", "double"),
        ("int8", "int32", "int32"),
        ("uint8", "int8", "int16"),
        ("float", "null", "float"),
        ("null", "int16", "int16"),
    ],
)
def test_shards_of_narrow_and_wide_numbers_have_the_wide_type(tmp_path, first, second, wide):
    n = {"null": None}
    for name, kind in (("a", first), ("b", second)):
        values = pa.array([n.get(kind, 3)] * 4, kind)
        pq.write_table(pa.table({"x": values, "city": ["Ulm"] * 4}), tmp_path / f"{name}.parquet")
    found = read_source(tmp_path, stream=True).X
    assert str(found.schema.field("x").type) == wide
    cells = [n.get(first, 3)] * 4 + [n.get(second, 3)] * 4
    assert whole(found).column("x").to_pylist() == cells


@pytest.mark.parametrize(
    ("first", "second", "wide"),
    [
        ("timestamp[ns]", "timestamp[us]", "timestamp[us]"),
        ("timestamp[s]", "timestamp[ns]", "timestamp[us]"),
        ("date32[day]", "timestamp[ms]", "timestamp[us]"),
    ],
)
def test_shards_of_moments_in_other_units_are_one_column(tmp_path, first, second, wide):
    kinds = {"date32[day]": pa.date32()}
    for name, text in (("a", first), ("b", second)):
        kind = kinds.get(text) or pa.timestamp(text[len("timestamp[") : -1])
        values = pa.array([dt.datetime(2024, 2, 3)] * 4, pa.timestamp("us")).cast(kind)
        pyarrow.feather.write_feather(pa.table({"x": values}), tmp_path / f"{name}.arrow")
    found = read_source(tmp_path, stream=True).X
    assert str(found.schema.field("x").type) == wide
    assert whole(found).column("x").to_pylist() == [dt.datetime(2024, 2, 3)] * 8


def test_integers_that_no_type_holds_are_refused_with_the_names_of_both_files(tmp_path):
    for name, kind in (("a", "int64"), ("b", "uint64")):
        pq.write_table(pa.table({"x": pa.array([3], kind)}), tmp_path / f"{name}.parquet")
    with pytest.raises(DataError, match=r"b.parquet` must .*a.parquet`.* has `x` as uint64, not"):
        read_source(tmp_path, stream=True)


@pytest.mark.parametrize("name", ["a.parquet", "a.csv"])
def test_values_that_stand_for_missing_cells_are_null_in_chunks_too(tmp_path, name):
    table = pa.table({"x": [1, -999, 3], "city": ["Ulm", "unknown", "Bonn"], "id": [1, 2, 3]})
    write = pyarrow.csv.write_csv if name == "a.csv" else pq.write_table
    write(table, tmp_path / name)
    found = read_source(tmp_path / name, stream=True, missing=["-999", "unknown"], id=["id"]).X
    assert whole(found.select(["x"])).column("x").to_pylist() == [1, None, 3]
    assert whole(found).column("city").to_pylist() == ["Ulm", None, "Bonn"]


def test_a_shard_that_cannot_be_opened_is_named_or_skipped(tmp_path):
    folder = shards(tmp_path, b"PAR1 cut")
    with pytest.raises(DataError, match=r"b.parquet` cannot be read: .*[^.]\. Repair.*--skip-bad"):
        read_source(folder, stream=True)
    found = read_source(folder, stream=True, skip_bad=True)
    assert len(found.X) == 1000 and found.notes[0].startswith("Skipped 1 file that cannot be read")


def test_lists_of_one_length_are_columns_in_chunks_too(tmp_path):
    table = pa.table({"v": pa.array(X[:, :3].tolist(), pa.list_(pa.float32())), "n": X[:, 3]})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=300)
    found = read_source(tmp_path / "a.parquet", stream=True, exclude=["n"]).X
    assert found.column_names == ["v_1", "v_2", "v_3"]
    np.testing.assert_array_equal(whole(found).column("v_2").to_numpy(), X[:, 1])


def test_a_shard_that_is_damaged_in_the_middle_is_named_or_its_rows_are_skipped(tmp_path):
    folder = shards(tmp_path, TABLE)
    content = bytearray((folder / "b.parquet").read_bytes())
    content[4:200] = bytes(196)
    (folder / "b.parquet").write_bytes(content)
    with pytest.raises(DataError, match=r"b.parquet` cannot be read"):
        whole(read_source(folder, stream=True).X)
    found = read_source(folder, stream=True, skip_bad=True)
    assert len(whole(found.X)) == 1000
    assert found.notes[0] == "Skipped 1,000 rows that cannot be read, in `b.parquet`."


def test_an_empty_shard_has_no_rows_and_an_empty_table_is_refused(tmp_path):
    found = read_source(shards(tmp_path, TABLE.slice(0, 0)), stream=True)
    assert len(found.X) == 1000 and whole(found.X).equals(TABLE.combine_chunks())
    pq.write_table(TABLE.slice(0, 0), tmp_path / "a.parquet")
    with pytest.raises(DataError, match="has column names but no rows"):
        read_source(tmp_path, stream=True)


def test_a_file_that_changes_or_vanishes_while_it_is_used_is_named(tmp_path):
    np.save(tmp_path / "a.npy", X)
    rows = read_source(tmp_path / "a.npy", stream=True).X
    os.utime(tmp_path / "a.npy", (1, 1))
    with pytest.raises(DataError, match=r"a.npy` must not change while its rows are used. It has"):
        rows[:2]
    (tmp_path / "a.npy").unlink()
    with pytest.raises(DataError, match=r"a.npy` must stay in place .* It was removed"):
        rows[:2]


def test_infinite_values_of_a_npy_file_are_found_when_they_are_read(tmp_path):
    bad = X.copy()
    bad[700, 2] = np.inf
    np.save(tmp_path / "a.npy", bad)
    rows = read_source(tmp_path / "a.npy", stream=True).X
    with pytest.raises(DataError, match=r"a.npy` must hold finite numbers only. Got .*column 2"):
        rows[:]


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_infinite_values_of_a_table_are_told_as_of_the_whole_one(tmp_path, name):
    path = tmp_path / name
    numbers = np.arange(3000.0).reshape(3, 1000) + 0.5
    numbers[1, [5, -1]] = np.inf
    numbers[2, -1] = -np.inf
    table = pa.table({"x": numbers[0], "y": numbers[1], "z": numbers[2], "city": ["Ulm"] * 1000})
    if name == "a.csv":
        pyarrow.csv.write_csv(table, path)
    else:
        pq.write_table(table, path, row_group_size=250)
    with pytest.raises(DataError) as whole:
        read_source(path, stream=False)
    assert "column 'y' (2 values), column 'z' (1 value): fill or drop" in str(whole.value)
    found = read_source(path, stream=True)
    for X in (found.X, found.X.select(["city", "z", "y"])):
        with pytest.raises(DataError) as streamed:
            list(X.chunks())
        assert str(streamed.value) == str(whole.value)
    assert len(list(found.X.select(["x", "city"]).chunks())) == found.X.n_chunks
    others = read_source(path, stream=True, exclude=["y"], id=["z"])
    assert sum(map(len, others.X.chunks())) == 1000


def test_options_that_need_all_rows_are_refused(tmp_path):
    pq.write_table(TABLE, tmp_path / "a.parquet")
    with pytest.raises(UsageError, match=r"`label` and `stream` exclude each other"):
        read_source(tmp_path / "a.parquet", stream=True, label="city")
    assert isinstance(read_source(tmp_path / "a.parquet", memory=1, label="city").X, pa.Table)
    (tmp_path / "a.xlsx").write_bytes(b"")
    with pytest.raises(UsageError, match=r"`stream` requires Parquet, .*a.xlsx"):
        read_source(tmp_path / "a.xlsx", stream=True)


def test_the_fingerprint_is_that_of_the_files(tmp_path):
    np.save(tmp_path / "a.npy", X)
    first = fingerprint(read_source(tmp_path / "a.npy", stream=True).X)
    assert first == fingerprint(read_source(tmp_path / "a.npy", stream=True).X) and len(first) == 16
    np.save(tmp_path / "a.npy", X + 1)
    assert first != fingerprint(read_source(tmp_path / "a.npy", stream=True).X)


def test_columns_of_one_name_cannot_be_read_in_chunks(tmp_path):
    table = pa.Table.from_arrays([pa.array([1, 2, 3])] * 2, names=["a", "a"])
    pq.write_table(table, tmp_path / "rows.parquet")
    assert read_source(tmp_path / "rows.parquet").feature_names == ("a", "a_2")
    with pytest.raises(DataError, match=r"different names to be read in chunks. Got 2 called `a`"):
        read_source(tmp_path / "rows.parquet", stream=True)


def test_types_that_are_not_supported_are_an_error_without_rows_too(tmp_path):
    kind = pa.sparse_union([pa.field("x", pa.int64()), pa.field("y", pa.string())])
    schema = pa.schema([("a", kind)])
    with pa.ipc.new_file(tmp_path / "rows.arrow", schema):
        pass
    with pytest.raises(DataError) as caught:
        read_source(tmp_path / "rows.arrow", stream=True)
    assert caught.value.__cause__ is None
