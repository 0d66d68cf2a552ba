"""Tables in columns."""

from __future__ import annotations

from isthmus.cli._terminal_tables import in_columns


def test_a_name_with_line_ends_stays_in_its_line():
    table = in_columns([["", "error"], ["line1\nline2\x1b[31m", "0.5"], ["编码", "12.25"]])
    assert table.splitlines() == [
        " " * 21 + "error",
        "line1 line2\\x1b[31m    0.5",
        "编码" + " " * 17 + "12.25",
    ]


def test_a_table_wider_than_the_terminal_is_split_with_its_first_column_repeated():
    rows = [["", "one", "two", "three"], ["a", "1", "2", "3"]]
    assert in_columns(rows, most=8) == "   one\na    1\n\n   two\na    2\n\n   three\na      3"
    assert in_columns(rows, most=11) == "   one  two\na    1    2\n\n   three\na      3"
    whole = "   one  two  three\na    1    2      3"
    assert in_columns(rows, most=18) == in_columns(rows) == whole
    assert in_columns(rows, most=1).count("\n\n") == 2
    assert in_columns([["alone"]]) == "alone"
