"""Files that declare types, and sheets, are bounded before and while they are read."""

from __future__ import annotations

import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

from isthmus.errors import DataError
from isthmus.sources import read_source
from isthmus.sources.tables import _arrow_files
from isthmus.sources.tables._excel_sheets import _extent

N = 50_000
TOO_LARGE = r"must have at most 500,000 bytes once it is unpacked and read \(`max_memory`, --max-me"


def write(path, table):
    if path.suffix == ".parquet":
        pq.write_table(table, path, row_group_size=10_000)
    elif path.suffix == ".feather":
        pyarrow.feather.write_feather(table, path, compression="zstd")
    else:
        with pa.ipc.new_stream(str(path), table.schema) as writer:
            writer.write_table(table, max_chunksize=10_000)
    return path


@pytest.mark.parametrize("ending", ["parquet", "feather", "arrow"])
@pytest.mark.parametrize(
    "column",
    [
        np.zeros(N),
        ["a rather long city name"] * N,
        pa.array(["a rather long city name"] * N).dictionary_encode(),
    ],
    ids=["numbers", "texts", "dictionary"],
)
def test_a_table_that_packs_well_is_measured_unpacked(tmp_path, ending, column):
    path = write(tmp_path / f"rows.{ending}", pa.table({"a": np.arange(N) % 7, "b": column}))
    with pytest.raises(DataError, match=TOO_LARGE):
        read_source(path, max_memory=500_000)
    assert read_source(path, max_memory="5MB").X.num_rows == N


def test_numbers_of_a_parquet_file_are_counted_before_any_is_read(tmp_path, monkeypatch):
    path = write(tmp_path / "rows.parquet", pa.table({"a": np.zeros(N), "b": np.zeros(N)}))
    monkeypatch.setattr(_arrow_files, "_joined", None)
    with pytest.raises(DataError, match=TOO_LARGE):
        read_source(path, max_memory=500_000)


def test_columns_that_are_not_read_do_not_count(tmp_path):
    path = write(tmp_path / "rows.parquet", pa.table({"a": np.zeros(N), "b": np.ones(N)}))
    assert read_source(path, columns=["a"], max_memory=500_000).X.num_rows == N


def test_an_arrow_file_without_batches_has_no_rows(tmp_path):
    with pa.ipc.new_file(str(tmp_path / "rows.arrow"), pa.schema({"a": pa.int64()})):
        pass
    with pytest.raises(DataError, match="no rows"):
        read_source(tmp_path / "rows.arrow")


SHEET = b'<worksheet><sheetData><row r="1"><c r="A1"/></row>%s</sheetData></worksheet>'


@pytest.mark.parametrize(
    ("rows", "extent"),
    [
        (b"", (1, 1)),
        (b'<row r="1048576"><c r="Z1048576"/></row>', (1_048_576, 1)),
        (b'<row r="9"><c r="XFD9"/><c r="AB9"/></row>', (9, 16_384)),
        (b"<row><c/></row>" * 3, (4, 1)),
    ],
)
def test_the_extent_of_a_sheet_is_that_of_its_far_cells(tmp_path, monkeypatch, rows, extent):
    path = tmp_path / "sheet.xml"
    path.write_bytes(SHEET % rows)
    for n_bytes in (7, 1 << 20):  # 7 divides tags
        monkeypatch.setattr("isthmus.sources.tables._excel_sheets._CHUNK_BYTES", n_bytes)
        with path.open("rb") as stream:
            assert _extent(path, stream) == extent


def test_a_small_workbook_with_a_far_cell_is_refused(tmp_path):
    path = tmp_path / "rows.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        far = b'<row r="1048576"><c r="XFD1048576"/></row>'
        archive.writestr("xl/worksheets/sheet1.xml", SHEET % far)
    with pytest.raises(DataError, match=r"must have at most 2,000,000,000 bytes once it is unpack"):
        read_source(path, max_memory="2GB")


@pytest.mark.parametrize("stream", [None, False, True])
@pytest.mark.parametrize("kind", ["run ends", "nulls"])
def test_rows_without_bytes_are_refused(tmp_path, kind, stream):
    ends, values = pa.array([1_000_000_000], pa.int32()), pa.array([1.5])
    runs = pa.RunEndEncodedArray.from_arrays(ends, values)
    table = pa.table({"a": runs if kind == "run ends" else pa.nulls(1_000_000_000)})
    with pa.ipc.new_file(tmp_path / "rows.arrow", table.schema) as writer:
        writer.write_table(table)
    with pytest.raises(DataError, match=r"rows per byte. It states 1,000,000,000 rows in "):
        read_source(tmp_path / "rows.arrow", stream=stream)


def test_many_columns_of_runs_are_refused(tmp_path):
    runs = pa.RunEndEncodedArray.from_arrays(pa.array([900_000], pa.int32()), pa.array([1.5]))
    table = pa.table({f"column {k}": runs for k in range(1000)})
    with pa.ipc.new_file(tmp_path / "rows.arrow", table.schema) as writer:
        writer.write_table(table)
    with pytest.raises(DataError, match=r"unpacks to more than 500 times its size"):
        read_source(tmp_path / "rows.arrow", stream=False)


@pytest.mark.parametrize("kind", ["runs", "dictionary"])
def test_a_long_text_that_many_rows_repeat_is_refused(tmp_path, kind):
    text = pa.array(["x" * 5000])
    columns = {
        "runs": pa.RunEndEncodedArray.from_arrays(pa.array([999_999], pa.int32()), text),
        "dictionary": pa.DictionaryArray.from_arrays(pa.array([0] * 999_999, pa.int8()), text),
    }
    table = pa.table({"a": columns[kind]})
    with pa.ipc.new_file(tmp_path / "rows.arrow", table.schema) as writer:
        writer.write_table(table)
    with pytest.raises(DataError, match=r"unpacks to more than 500 times its size"):
        read_source(tmp_path / "rows.arrow", stream=False)
