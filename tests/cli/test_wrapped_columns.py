"""Cells that are too wide go on in the next line."""

from __future__ import annotations

from isthmus._translation import width
from isthmus.cli._wrapped_columns import wrapped_columns

ROWS = [
    ["", "kind", "becomes"],
    ["joined", "date", "a number, and cycles of day, week and year"],
    ["town", "categorical", "8 one-hot columns"],
]


def test_a_table_that_fits_has_one_line_for_each_row() -> None:
    assert wrapped_columns(ROWS).splitlines() == [
        "        kind         becomes",
        "joined  date         a number, and cycles of day, week and year",
        "town    categorical  8 one-hot columns",
    ]


def test_the_widest_column_is_wrapped_at_blanks() -> None:
    assert wrapped_columns(ROWS, 45).splitlines() == [
        "        kind         becomes",
        "joined  date         a number, and cycles of",
        "                     day, week and year",
        "town    categorical  8 one-hot columns",
    ]


def test_long_words_and_wide_characters_are_cut_anywhere() -> None:
    rows = [["", "备注"], ["a_column_with_a_long_name", "所有的值都不同因此该列被排除"]]
    lines = wrapped_columns(rows, 26).splitlines()
    assert all(width(line) <= 26 for line in lines)
    assert "".join(line[:12].rstrip() for line in lines[1:]) == "a_column_with_a_long_name"
    assert "".join(line[14:] for line in lines[1:]).count("所有的值都不同因此该列被排除") == 1
