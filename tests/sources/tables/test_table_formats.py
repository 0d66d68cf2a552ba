"""Tables in formats other than text, and several files as one table."""

from __future__ import annotations

import datetime
import json
import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from pyarrow import feather

from isthmus.errors import DataError
from isthmus.sources.tables import read_arrow

TABLE = pa.table({"speed": [4.5, 6.0, 7.25], "n": [1, 2, 3], "state": ["good", "bad", "good"]})

ROWS = [["speed", "n", "state"], [4.5, 1, "good"], [6, 2, "bad"], [7.25, 3, "good"]]


def test_a_sheet_is_a_table(tmp_path, workbook):
    file = read_arrow(workbook(tmp_path / "rows.xlsx", {"data": ROWS}))
    assert (file.table.to_pydict(), file.notes) == (TABLE.to_pydict(), ())


def test_a_sheet_has_titles_missing_cells_and_totals_as_a_text_has(tmp_path, workbook):
    rows = [["Export"], [], *ROWS, [None, "n/a", "good"], ["total", 6, None]]
    file = read_arrow(workbook(tmp_path / "rows.xlsx", {"data": rows}))
    assert file.table.column("n").to_pylist() == [1, 2, 3, None]
    assert file.table.column("speed").to_pylist() == [4.5, 6, 7.25, None]
    assert [*file.notes] == [
        "Skipped 1 line above the table.",
        "Dropped the last row, which holds totals ('total').",
        "'n/a' was read as a missing value in `n`.",
    ]


def test_a_sheet_is_chosen_by_name_or_number(tmp_path, workbook):
    path = workbook(tmp_path / "rows.xlsx", {"cover": [], "data": ROWS, "more": [["a"], [1], [2]]})
    first = read_arrow(path)
    assert first.table.column_names == ["speed", "n", "state"]
    assert first.notes == ("Read sheet `data`, one of 3.",)
    for sheet in ("more", "3"):
        file = read_arrow(path, sheet=sheet)
        assert (file.table.to_pydict(), file.notes) == ({"a": [1, 2]}, ())
    with pytest.raises(DataError, match=r"no sheet `moer`. It has `cover`, .* mean `more`\?"):
        read_arrow(path, sheet="moer")


def test_a_cover_sheet_is_refused_by_its_name_beside_the_other_sheets(tmp_path, workbook):
    path = workbook(tmp_path / "rows.xlsx", {"Notes": [["Read me"]], "data": ROWS, "more": [["a"]]})
    message = (
        r"^Sheet `Notes` of `.*rows.xlsx` has column names but no rows. The workbook also has "
        r"`data`, `more`: choose a sheet with `sheet` \(--sheet\).$"
    )
    with pytest.raises(DataError, match=message):
        read_arrow(path)
    assert read_arrow(path, sheet="data").table.num_rows


def test_an_encrypted_workbook_is_named(tmp_path):
    # The head of a compound file, whose directory has an EncryptedPackage.
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)
    (tmp_path / "rows.xlsx").write_bytes(head + "EncryptedPackage".encode("utf-16-le"))
    with pytest.raises(DataError, match=r"rows.xlsx` is protected by a password. Save a copy"):
        read_arrow(tmp_path / "rows.xlsx")


@pytest.mark.parametrize("kind", ["file", "stream", "uncompressed"])
def test_feather_and_arrow_files_are_tables(tmp_path, kind):
    path = tmp_path / "rows.feather"
    if kind == "stream":
        path = tmp_path / "rows.arrow"
        with pa.OSFile(str(path), "w") as out, pa.ipc.new_stream(out, TABLE.schema) as writer:
            writer.write_table(TABLE)
    else:
        feather.write_feather(TABLE, path, compression="uncompressed" if kind != "file" else None)
    assert read_arrow(path).table.to_pydict() == TABLE.to_pydict()


@pytest.mark.parametrize("form", ["lines", "records", "columns", "pandas", "indented"])
def test_json_rows_are_a_table(tmp_path, form):
    rows = TABLE.to_pylist()
    content = {
        "lines": "".join(json.dumps(row) + "\n" for row in rows),
        "records": json.dumps(rows),
        "indented": json.dumps(rows, indent=2),
        "columns": json.dumps(TABLE.to_pydict()),
        "pandas": json.dumps(
            {name: dict(enumerate(column)) for name, column in TABLE.to_pydict().items()}
        ),
    }[form]
    path = tmp_path / ("rows.jsonl" if form == "lines" else "rows.json")
    path.write_text(content)
    assert read_arrow(path).table.to_pydict() == TABLE.to_pydict()


def test_nested_json_and_missing_keys_are_columns_and_nulls(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"a": {"b": 1}, "t": "?"}\n{"a": {"b": 2}, "t": "3", "c": "x"}\n')
    assert read_arrow(path).table.to_pydict() == {
        "a.b": [1, 2],
        "t": [None, 3],
        "c": [None, "x"],
    }


def test_a_single_line_of_json_is_a_row(tmp_path):
    path = tmp_path / "row.jsonl"
    path.write_text('{"a": [1, 2], "b": [1, 2, 3]}\n')
    assert read_arrow(path).table.to_pylist() == [
        {"a_1": 1, "a_2": 2, "b_1": 1, "b_2": 2, "b_3": 3}
    ]


def test_json_columns_by_the_name_of_the_row_are_joined_by_it(tmp_path):
    path = tmp_path / "rows.json"
    path.write_text('{"a": {"0": 1, "1": 2}, "b": {"0": 3, "2": 4}}')
    assert read_arrow(path).table.to_pydict() == {"a": [1, 2, None], "b": [3, None, 4]}


def test_json_that_pandas_wrote_by_split_is_a_table(tmp_path):
    path = tmp_path / "rows.json"
    path.write_text('{"columns": ["a", "b"], "index": [0, 1], "data": [[1, "x"], [3, "y"]]}')
    assert read_arrow(path).table.to_pydict() == {"a": [1, 3], "b": ["x", "y"]}


def test_json_in_another_encoding_is_read_with_a_note(tmp_path):
    path = tmp_path / "rows.json"
    path.write_bytes('[{"a": "café"}, {"a": "b"}]'.encode("latin-1"))
    file = read_arrow(path)
    assert file.table.to_pydict() == {"a": ["café", "b"]}
    assert file.notes == ("The file is not UTF-8 and was read as Windows-1252.",)


def test_a_header_in_angle_brackets_is_no_markup(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("<DATE>,<OPEN>\n20200101,1.5\n20200102,2\n")
    assert read_arrow(path).table.column_names == ["<DATE>", "<OPEN>"]


def test_json_columns_must_have_one_length(tmp_path):
    path = tmp_path / "rows.json"
    path.write_text('{"a": [1, 2], "b": [1, 2, 3]}')
    with pytest.raises(DataError, match=r"one length. Got 2 cells in .* and 3 in 'b'"):
        read_arrow(path)


@pytest.mark.parametrize("is_list", [False, True])
def test_json_rows_without_common_keys_are_an_error(tmp_path, is_list):
    path = tmp_path / "rows.json"
    rows = [{f"key {k}": k} for k in range(30_000)]
    path.write_text(json.dumps(rows) if is_list else "\n".join(map(json.dumps, rows)))
    with pytest.raises(DataError, match=r"Got 30,000 rows with 30,000 different keys"):
        read_arrow(path)


def test_json_rows_may_have_some_keys_of_their_own(tmp_path):
    path = tmp_path / "rows.jsonl"
    rows = [{f"a{k}": k for k in range(50)} | {f"b{n}": n} for n in range(2000)]
    path.write_text("\n".join(map(json.dumps, rows)))
    assert read_arrow(path).table.shape == (2000, 2050)


def test_json_that_is_no_table_is_named(tmp_path):
    path = tmp_path / "rows.json"
    path.write_text('{"a": 1}\n{"a": \n')
    with pytest.raises(DataError, match=r"cannot be read as JSON: .* of line 2\."):
        read_arrow(path)
    path.write_text("[1, 2]")
    with pytest.raises(DataError, match=r"must contain rows: a list of objects"):
        read_arrow(path)


def test_lists_of_one_length_are_expanded_to_columns(tmp_path):
    vectors = np.arange(12.0, dtype=np.float32).reshape(3, 4)
    table = pa.table({"id": [1, 2, 3], "vector": vectors.tolist()})
    pq.write_table(table, tmp_path / "emb.parquet")
    file = read_arrow(tmp_path / "emb.parquet")
    assert file.table.column_names == ["id", "vector_1", "vector_2", "vector_3", "vector_4"]
    assert file.table.column("vector_2").to_pylist() == [1, 5, 9]
    assert file.notes == ("Expanded 1 column of lists to a column per element: `vector`.",)


@pytest.mark.parametrize(
    "kind", [pa.list_(pa.float32()), pa.large_list(pa.float64()), pa.list_(pa.int64(), 2)]
)
def test_lists_of_every_type_are_expanded_and_may_be_missing(tmp_path, kind):
    pq.write_table(pa.table({"v": pa.array([[1, 2], None, [3, 4]], kind)}), tmp_path / "v.parquet")
    table = read_arrow(tmp_path / "v.parquet").table
    assert table.to_pydict() == {"v_1": [1, None, 3], "v_2": [2, None, 4]}


def test_declared_types_become_plain_ones(tmp_path):
    table = pa.table(
        {
            "c": pa.array(["x", "y"]).dictionary_encode(),
            "d": pa.array([1, 2], pa.decimal128(5, 2)),
            "s": pa.array(["a", "b"], pa.large_string()),
            "t": pa.array([datetime.datetime(2020, 1, 1)] * 2, pa.timestamp("us", "UTC")),
            "e": pa.array([datetime.timedelta(seconds=1.5)] * 2),
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    kinds = [str(column.type) for column in read_arrow(tmp_path / "t.parquet").table.columns]
    assert kinds == ["string", "double", "string", "timestamp[us]", "double"]


def test_half_floats_and_runs_of_equal_values_become_plain_numbers(tmp_path):
    halves = pa.array(np.array([0.5, 2], np.float16))
    lists = pa.FixedSizeListArray.from_arrays(pa.array(np.ones(4, np.float16)), 2)
    runs = pc.run_end_encode(pa.array([3.0, 3.0]))
    table = pa.table({"h": halves, "l": lists, "r": runs})
    feather.write_feather(table, str(tmp_path / "t.arrow"), compression="uncompressed")
    found = read_arrow(tmp_path / "t.arrow").table
    assert [str(kind) for kind in found.schema.types] == ["float", "float", "float", "double"]
    assert found.to_pydict() == {"h": [0.5, 2], "l_1": [1, 1], "l_2": [1, 1], "r": [3, 3]}


def test_nanoseconds_in_one_file_and_dates_in_another_are_joined(tmp_path):
    day = datetime.date(2020, 1, 1)
    kinds = {"a": pa.array([day]), "b": pa.array([1_577_836_800_000_000_001], pa.timestamp("ns"))}
    for name, column in kinds.items():
        pq.write_table(pa.table({"t": column}), tmp_path / f"{name}.parquet")
    table = read_arrow(tmp_path).table
    assert table.column("t").to_pylist() == [datetime.datetime(2020, 1, 1)] * 2


@pytest.mark.parametrize("source", ["days", "days/*.csv", "days/*"])
def test_tables_of_the_same_columns_are_one_in_the_order_of_their_names(tmp_path, source):
    (tmp_path / "days").mkdir()
    for name, rows in {"b": "y,x\n3.5,4\n", "a": "x,y\n1,2\n", "c": "x,y\n,?\n"}.items():
        (tmp_path / "days" / f"{name}.csv").write_text(rows)
    (tmp_path / "days" / "meta.json").write_text("{}")
    (tmp_path / "days" / ".hidden.csv").write_text("z\n1\n")
    if source == "days/*":
        (tmp_path / "days" / "meta.json").unlink()
    file = read_arrow(tmp_path / source)
    assert file.table.to_pydict() == {"x": [1, 4, None], "y": [2, 3.5, None]}
    assert file.notes[0] == "Read 3 files as one table: `a.csv`, `b.csv`, `c.csv`."


def test_numbers_of_one_file_that_are_words_in_another_stay_as_they_are_written(tmp_path):
    cells = {"a": ["007", "1.50", "NA"], "b": ["x12", "7"], "c": ["010", "10"]}
    for name, own in cells.items():
        (tmp_path / f"{name}.csv").write_text("\n".join(["code", *own]) + "\n")
    (tmp_path / "one").mkdir()
    rows = [cell for own in cells.values() for cell in own]
    (tmp_path / "one" / "all.csv").write_text("\n".join(["code", *rows]) + "\n")
    found = read_arrow(tmp_path).table.column("code").to_pylist()
    assert found == ["007", "1.50", None, "x12", "7", "010", "10"]
    assert found == read_arrow(tmp_path / "one").table.column("code").to_pylist()


def test_a_table_with_other_columns_is_named(tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    (tmp_path / "b.csv").write_text("x,z\n1,2\n")
    message = re.escape("b.csv` must have the same columns as") + r".* lacks `y` and also has `z`"
    with pytest.raises(DataError, match=message):
        read_arrow(tmp_path)
