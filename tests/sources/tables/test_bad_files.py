"""Files that cannot be read: one sentence, soon, and with bounded memory."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import sys
import time
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from isthmus.errors import DataError, UsageError
from isthmus.sources import read_source
from isthmus.sources.tables import ByteSource, _byte_source, _csv_text, _excel_sheets


def test_an_unclosed_quote_stops_the_reading_early(tmp_path):
    path = tmp_path / "rows.csv"
    block = b"3,4,word\n" * 100_000
    with path.open("wb") as out:
        out.write(b'a,b,c\n1,2,x\n1,2,"open\n')
        for _ in range(60):
            out.write(block)
    before = time.process_time()
    with pytest.raises(DataError, match=r"opens a quote \(\"\) in line 3 and never closes it"):
        read_source(path)
    assert time.process_time() - before < 2


def test_an_open_quote_is_found_below_closed_ones(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text('a,b\n1,"x, ""y"""\n2,"z\nw"\n3,"open\n4,5\n')
    with pytest.raises(DataError, match=r"opens a quote \(\"\) in line 5 and never closes it"):
        read_source(path)


def test_a_long_cell_is_read_and_a_far_longer_one_named(tmp_path, monkeypatch):
    path = tmp_path / "rows.csv"
    text = "ab " * 700_000
    path.write_text("t,x\n" + "a,1\n" * 100_000 + f"{text},2\n" + "a,3\n" * 100_000)
    table = read_source(path).X
    assert table.column("t")[100_000].as_py() == text.strip()
    monkeypatch.setattr(_csv_text, "_BLOCK_BYTES", 1000)
    monkeypatch.setattr(_csv_text, "_LARGEST_BLOCK_BYTES", 100_000)
    with pytest.raises(
        DataError, match=r"100,000 bytes in each line and .*Got more in line 100002: shorten it,"
    ):
        read_source(path)


def test_a_decompression_bomb_is_refused(tmp_path):
    path = tmp_path / "bomb.csv.gz"
    with gzip.open(path, "wb") as out:
        out.write(b"a,b\n")
        for _ in range(100):
            out.write(b"0,0\n" * 262_144)
    with pytest.raises(
        DataError, match=r"unpacks to more than 500 times its size.*allow a size with"
    ):
        read_source(path)


def test_a_workbook_that_is_a_bomb_is_refused(tmp_path):
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(1 << 27))
    with pytest.raises(DataError, match=r"unpacks to more than 500 times its size"):
        read_source(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of POSIX")
@pytest.mark.parametrize("name", ["rows.csv", "rows.txt", "rows.npy", "rows.parquet", "rows.xlsx"])
def test_a_named_pipe_is_refused(tmp_path, name):
    os.mkfifo(tmp_path / name)
    with pytest.raises(DataError, match=r"must be a regular file. Got a named pipe: pass `-`"):
        read_source(tmp_path / name)


def test_a_file_that_grows_is_refused(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("a,b\n" + "1,2\n" * 10)
    chunks = ByteSource(path)
    with path.open("a") as out:
        out.write("3,4\n")
    with pytest.raises(DataError, match=r"grew while it was read. Copy it, and read the copy"):
        list(chunks.chunks())


@pytest.mark.parametrize(
    ("place", "byte"), [(6, 200), (8, 255), (46, 0x95)], ids=["version", "flags", "name"]
)
def test_a_directory_of_an_archive_that_cannot_be_read_is_one_sentence(tmp_path, place, byte):
    path = tmp_path / "rows.csv.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ä.csv", "a,b\n1,2\n3,4\n")  # a name in UTF-8
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + place] = byte
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"rows.csv.zip` (is truncated or damaged|is protected)"):
        read_source(path)


def test_a_zip_archive_of_several_tables_names_them(tmp_path):
    with zipfile.ZipFile(tmp_path / "rows.zip", "w") as archive:
        archive.writestr("a.csv", "x\n1\n")
        archive.writestr("b.csv", "x\n1\n")
    with pytest.raises(
        DataError, match=r"must contain one table. Got 2 files \(`a.csv`, `b.csv`\)"
    ):
        read_source(tmp_path / "rows.zip")


@pytest.mark.parametrize(
    "name", ["rows.csv", "rows.data", "rows.txt", "rows.xlsx", "rows.json", "rows.csv.gz"]
)
def test_an_empty_file_says_so(tmp_path, name):
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(DataError, match=rf"{name}` is empty"):
        read_source(tmp_path / name)


@pytest.mark.parametrize(
    "name", ["rows.arff", "rows.feather", "rows.mat", "rows.xlsx", "rows.xls", "rows.ods"]
)
@pytest.mark.parametrize("content", [b"no such format", bytes(600)])
def test_other_content_under_an_ending_is_one_sentence(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=rf"{name}` cannot be read as "):
        read_source(tmp_path / name)


def test_a_sheet_that_its_workbook_lists_and_lacks_is_one_sentence(tmp_path, workbook):
    path = workbook(tmp_path / "rows.xlsx", {"data": [["a", "b"], [1, 2]]})
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            is_of_links = name.endswith("workbook.xml.rels")
            archive.writestr(
                name, content.replace(b"sheet1", b"sheet9") if is_of_links else content
            )
    with pytest.raises(DataError, match=r"rows.xlsx` cannot be read as a workbook: \w+"):
        read_source(path)


def test_a_workbook_under_the_name_of_a_text_is_explained(tmp_path):
    with zipfile.ZipFile(tmp_path / "rows.csv", "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    with pytest.raises(
        DataError, match=r"is a workbook, not a text file: rename it to end in .xls"
    ):
        read_source(tmp_path / "rows.csv")


class _Piped:
    def __init__(self, content):
        self.buffer = io.BytesIO(content)

    def isatty(self):
        return False


def test_a_table_comes_from_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", _Piped(b"a;b\n1;2,5\n3;4,5\n"))
    data = read_source("-")
    assert (data.name, data.X.to_pydict()) == ("stdin", {"a": [1, 3], "b": [2.5, 4.5]})


def test_an_empty_standard_input_says_so(monkeypatch):
    monkeypatch.setattr(sys, "stdin", _Piped(b""))
    with pytest.raises(DataError, match=r"Standard input \(`-`\) is empty. Pipe a CSV table"):
        read_source("-")


def test_the_limit_of_a_bomb_is_beyond_usual_tables(tmp_path, monkeypatch):
    monkeypatch.setattr(_byte_source, "_HARMLESS_BYTES", 1000)
    path = tmp_path / "rows.csv.gz"
    rows = "".join(f"{k % 3},0,0,0,0,0,0,0,0,0\n" for k in range(5000))
    path.write_bytes(gzip.compress(f"{','.join('abcdefghij')}\n{rows}".encode()))
    assert len(read_source(path).X) == 5000


def packed(folder, ending, content):
    path = folder / f"rows.csv.{ending}"
    if ending == "zst":
        with pa.CompressedOutputStream(str(path), "zstd") as out:
            out.write(content)
    elif ending == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("rows.csv", content)
    else:
        opened = {"gz": gzip.open, "xz": lzma.open, "bz2": bz2.open}[ending]
        with opened(path, "wb") as out:
            out.write(content)
    return path


def test_a_sheet_with_more_rows_than_in_excel_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(_excel_sheets, "_CHUNK_BYTES", 1001)  # divides tags
    monkeypatch.setattr(_excel_sheets, "_MOST_ROWS", 99_999)
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"<row><c><v>1</v></c></row>" * 100_000)
    with pytest.raises(DataError, match=r"at most 99,999 rows in a sheet, as in Excel. It has mo"):
        read_source(path, max_memory="1GB")


@pytest.mark.parametrize("ending", ["gz", "bz2", "xz", "zst", "zip"])
def test_a_packed_table_has_the_limit_that_was_given_instead_of_that_of_bombs(tmp_path, ending):
    path = packed(tmp_path, ending, b"a,b\n" + b"0,0\n" * (1 << 18) + b"1,2\n")
    with pytest.raises(
        DataError, match=r"at most 1,000,000 bytes once it is unpacked and read .*It has more"
    ):
        read_source(path, max_memory="1MB")


@pytest.mark.parametrize("ending", ["gz", "bz2", "xz", "zst", "zip"])
def test_a_bomb_in_any_packing_stops_early_and_can_be_allowed(tmp_path, monkeypatch, ending):
    monkeypatch.setattr(_byte_source, "_HARMLESS_BYTES", 1 << 20)
    monkeypatch.setattr(_byte_source, "_LARGEST_RATIO", 50)
    path = packed(tmp_path, ending, b"a,b\n" + b"0,0\n" * (1 << 20))
    with pytest.raises(DataError, match=r"allow a size with `max_memory` \(--max-memory 8GB\)"):
        read_source(path)
    assert read_source(path, max_memory="1GB").X.num_rows == 1 << 20


def test_a_zip_bomb_is_refused_by_its_directory(tmp_path, monkeypatch):
    monkeypatch.setattr(_byte_source, "_HARMLESS_BYTES", 1 << 20)
    path = packed(tmp_path, "zip", b"0,0\n" * (1 << 20))
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("it was unpacked"))
    with pytest.raises(DataError, match=r"unpacks to more than 500 times its size"):
        read_source(path)


def test_a_workbook_has_the_limit_that_was_given(tmp_path):
    path = tmp_path / "rows.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(1 << 21))
    with pytest.raises(DataError, match=r"rows.xlsx` must have at most 2,000,000 bytes once it"):
        read_source(path, max_memory="2MB")


def test_columns_as_text_are_limited_too(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("a,b\n" + "1,2\n" * (1 << 20))  # 4 MB, and more than twice that as columns
    with pytest.raises(DataError, match=r"must have at most 6,000,000 bytes"):
        read_source(path, max_memory="6MB")
    assert read_source(path, max_memory="40MB").X.num_rows == 1 << 20


def test_content_must_fit_into_the_memory_of_the_machine(tmp_path, monkeypatch):
    monkeypatch.setattr(_byte_source, "machine_memory", lambda: 10)
    (tmp_path / "rows.csv").write_text("a,b\n1,2\n3,4\n")
    with pytest.raises(DataError, match=r"must fit into the memory of this machine, 0.0 GB."):
        read_source(tmp_path / "rows.csv")


@pytest.mark.parametrize("size", ["2 bananas", "0", "GB", "-1GB", ""])
def test_a_limit_must_be_a_size(tmp_path, size):
    (tmp_path / "rows.csv").write_text("a,b\n1,2\n3,4\n")
    with pytest.raises(UsageError, match=r"`max_memory` must be a size such as 500MB or 2GB. Got"):
        read_source(tmp_path / "rows.csv", max_memory=size)


class _Endless:
    """Standard input that never ends, and counts what was read of it."""

    def __init__(self, block):
        self.buffer, self._block, self.n_read = self, block, 0

    def isatty(self):
        return False

    def read(self, size):
        self.n_read += size
        return self._block * (size // len(self._block))


def test_endless_standard_input_stops_at_the_limit(monkeypatch):
    piped = _Endless(b"1,2\n")
    monkeypatch.setattr(sys, "stdin", piped)
    with pytest.raises(DataError, match=r"`-` must have at most 3,000,000 bytes"):
        read_source("-", max_memory="3MB")
    assert piped.n_read < 5_000_000


def test_endless_standard_input_that_is_no_text_stops_at_once(monkeypatch):
    piped = _Endless(b"\0")
    monkeypatch.setattr(sys, "stdin", piped)
    with pytest.raises(DataError, match=r"`-` is not a text file"):
        read_source("-")
    assert piped.n_read < 1_000_000


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="devices are of POSIX")
@pytest.mark.parametrize("name", ["rows.csv", "rows.txt", "rows.npy", "rows.xlsx", "rows.json"])
def test_a_device_is_refused(tmp_path, name):
    os.symlink("/dev/zero", tmp_path / name)
    with pytest.raises(DataError, match=r"must be a regular file. Got a device or socket"):
        read_source(tmp_path / name)


@pytest.mark.parametrize("name", ["rows.csv", "rows.txt", "rows.npy", "rows.xlsx", "rows.gz"])
def test_a_folder_under_the_name_of_a_file_is_a_folder(tmp_path, name):
    (tmp_path / name).mkdir()
    with pytest.raises(DataError, match=rf"{name}` is an empty folder: it contains no pictures"):
        read_source(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("rows.csv", '[{"a": 1, "b": 2}, {"a": 3, "b": 4}]', "Got JSON: rename it"),
        ("rows.csv", '{"a": 1}\n{"a": 2}\n', "Got JSON: rename it"),
        ("rows.csv", "<!DOCTYPE html>\n<html>404, not found</html>\n", "Got HTML or XML"),
        ("rows.csv", "[\n  [1, 2],\n  [3, 4]\n]\n", "Got JSON: rename it"),
        ("rows.csv", "%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n", "Got a PDF document"),
        ("rows.csv", "<!-- x -->\n<svg>\n</svg>\n", "Got HTML or XML"),
        ("rows.csv", "version https://git-lfs.github.com/spec/v1\noid x\n", "pointer of Git LFS"),
        ("rows.arff", "@relation r\n@attribute a real\n@data\n1\n1e999\n", "hold finite numbers"),
        ("rows.arff", "@relation r\n@attribute a real\n@data\n1\n1,2\n", "Got 2 in line 5"),
        ("rows.data", '<?xml version="1.0"?>\n<rows/>\n', "Got HTML or XML"),
        ("rows.arff", "@relation r\n@attribute a real\n@data\n% row\n{0 1}\n", "Got sparse ones"),
        ("rows.csv", "a,b\n1,2\n3,1e999\n", r"rows.csv` must hold finite .* in column 'b'"),
    ],
)
def test_another_kind_of_content_is_named(tmp_path, name, content, message):
    (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match=message):
        read_source(tmp_path / name)


@pytest.mark.parametrize("change", [1, 2, 8, 255])
def test_any_changed_byte_of_a_parquet_file_gives_rows_or_an_error(tmp_path, change):
    path = tmp_path / "rows.parquet"
    lists = pa.array([[1.0, 2.0]] * 3, pa.list_(pa.float64()))
    pq.write_table(pa.table({"a": [1, 2, None], "b": ["x", "y", "x"], "c": lists}), path)
    content = path.read_bytes()
    for k in range(len(content)):
        changed = bytearray(content)
        changed[k] ^= change
        path.write_bytes(changed)
        assert cause_of_failure(path) is None


def cause_of_failure(path):
    try:
        read_source(path)
    except DataError as error:
        return error.__cause__  # of a library, if its reader did not expect it


@pytest.mark.skipif(sys.platform != "linux", reason="reads the size of the process from /proc")
def test_damaged_zstandard_files_leave_no_memory_behind(tmp_path):
    def size() -> int:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        return pages * os.sysconf("SC_PAGE_SIZE")

    path = tmp_path / "rows.csv.zst"
    path.write_bytes(pa.compress(b"a,b\n1,2\n" * 20, "zstd", asbytes=True)[:-4])

    def read(n: int) -> None:
        for _ in range(n):
            with pytest.raises(DataError, match="truncated or damaged"):
                read_source(path)

    read(10)
    before = size()
    read(100)
    assert size() - before < 20_000_000  # 1 MB for each, where a block is not freed
