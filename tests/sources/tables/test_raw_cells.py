"""Cells of text tables exactly as they are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from isthmus.sources import raw_cells, read_arrow


def test_cells_are_not_changed_and_rows_are_those_of_the_typed_table(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('Report\n\na;b;c\n 1,50;NA;"x; y"\n2,25;-;z\nTotal;3,75;\n', encoding="utf-8")
    raw = raw_cells(path)
    assert raw is not None
    assert raw.delimiter == ";"
    typed = read_arrow(path).table
    assert raw.table.column_names == typed.column_names
    assert raw.table.num_rows == typed.num_rows
    assert raw.table.column(1).to_pylist()[:2] == ["NA", "-"]
    assert raw.table.column(2).to_pylist()[0] == "x; y"


def test_cells_aligned_by_blanks_are_written_with_commas(tmp_path: Path) -> None:
    path = tmp_path / "rows.txt"
    path.write_text("a   b\n1   2.5\n10  NA\n3   4.5\n")
    raw = raw_cells(path)
    assert raw is not None
    assert raw.delimiter == ","
    assert raw.table.to_pydict() == {"a": ["1", "10", "3"], "b": ["2.5", "NA", "4.5"]}


@pytest.mark.parametrize("name", ["rows.parquet", "*.csv", "-", "absent.csv"])
def test_other_sources_have_none(name: str, tmp_path: Path) -> None:
    if name == "rows.parquet":
        (tmp_path / name).write_bytes(b"")
    assert raw_cells(Path("-") if name == "-" else tmp_path / name) is None
