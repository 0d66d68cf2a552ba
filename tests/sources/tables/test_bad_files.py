"""Files that cannot be read: one sentence, soon, and with bounded memory."""

from __future__ import annotations

import gzip
import io
import os
import sys
import time
import zipfile

import pytest

from isthmus.errors import DataError
from isthmus.sources import read_source
from isthmus.sources.tables import ByteSource, _byte_source


def test_an_unclosed_quote_stops_the_reading_early(tmp_path):
    path = tmp_path / "rows.csv"
    block = b"3,4,word\n" * 100_000
    with path.open("wb") as out:
        out.write(b'a,b,c\n1,2,x\n1,2,"open\n')
        for _ in range(60):
            out.write(block)
    before = time.monotonic()
    with pytest.raises(DataError, match=r"opens a quote \(\"\) in line 3 and never closes it"):
        read_source(path)
    assert time.monotonic() - before < 2


def test_an_open_quote_is_found_below_closed_ones(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text('a,b\n1,"x, ""y"""\n2,"z\nw"\n3,"open\n4,5\n')
    with pytest.raises(DataError, match=r"opens a quote \(\"\) in line 5 and never closes it"):
        read_source(path)


def test_a_decompression_bomb_is_refused(tmp_path):
    path = tmp_path / "bomb.csv.gz"
    with gzip.open(path, "wb") as out:
        out.write(b"a,b\n")
        for _ in range(100):
            out.write(b"0,0\n" * 262_144)
    with pytest.raises(DataError, match=r"unpacks to more than 500 times its size.*Unpack it"):
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
