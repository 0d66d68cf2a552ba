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
