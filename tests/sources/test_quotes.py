"""Quotes in CSV files."""

from __future__ import annotations

import csv
import gzip

import pytest

from isthmus.errors import DataError
from isthmus.sources import read_source
from isthmus.sources.tables import _byte_source, _csv_text


def test_a_quote_that_is_never_closed_costs_no_rows_in_silence(tmp_path):
    rows = [f"{k},{2 * k},text" for k in range(1200)]
    rows[600] = '600,1200,"text'
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(["a,b,c", *rows]) + "\n")
    with pytest.raises(DataError, match=r"opens a quote \(\"\) in line 602 and never closes it"):
        read_source(path)


@pytest.mark.parametrize("chunk", [1, 7, 1 << 20])
def test_the_line_is_told_also_after_cells_of_several_lines_and_in_a_gzip_file(
    tmp_path, monkeypatch, chunk
):
    monkeypatch.setattr(_byte_source, "_CHUNK_BYTES", chunk)
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(b'a,b\n1,"x\ny"\n2,"z\n3,w\n'))
    with pytest.raises(DataError, match=r"opens a quote \(\"\) in line 4 and never closes it"):
        read_source(path)


def test_a_lone_quote_inside_a_cell_is_one_of_its_characters(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text('a,b,what\n1,2,5" pipe\n3,4,"one ""two"", three"\n5,6,x\n')
    assert read_source(path, label="what").y.tolist() == ['5" pipe', 'one "two", three', "x"]
    path.write_text('a,b,what\n1,2,5" pipe\n3,4,"first\nsecond"\n5,6,7" pipe\n7,8,"x\n9,9,y\n')
    assert path.read_text().count('"') % 2
    with pytest.raises(DataError, match=r"opens a quote \(\"\) in line 6 and never closes it"):
        read_source(path)


def test_quoted_cells_with_quotes_and_new_lines_are_read(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text('a,b,c\n1,2,"one ""two"" three"\n3,4,"first\nsecond"\n5,6,x\n')
    cells = read_source(path).X.column("c").to_pylist()
    assert cells == ['one "two" three', "first\nsecond", "x"]


@pytest.mark.parametrize("cell", ["x" * 200_000, "words, " * 50_000 + "end", "x" * 5_000_000])
def test_a_long_quoted_cell_may_stand_in_the_first_lines(tmp_path, cell):
    path = tmp_path / "rows.csv"
    path.write_text(f'a,b\n1,"{cell}"\n' + "".join(f'{k},"x, y"\n' for k in range(60)))
    limit = csv.field_size_limit()
    assert read_source(path).X.column("b").to_pylist() == [cell, *["x, y"] * 60]
    assert csv.field_size_limit() == limit


def test_a_quote_must_be_closed_within_the_largest_block(tmp_path, monkeypatch):
    monkeypatch.setattr(_csv_text, "_LARGEST_BLOCK_BYTES", 50_000_000)
    path = tmp_path / "rows.csv"
    path.write_text('a,b\n1,"x\n' + "some,words\n" * 5_000_000 + '"\n')
    with pytest.raises(DataError, match=r"line 2 and never closes it within 50,000,000 bytes"):
        read_source(path)
