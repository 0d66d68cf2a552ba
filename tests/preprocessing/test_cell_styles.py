"""Filled values are written as the column's other cells are."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest

from isthmus.preprocessing._cell_styles import in_the_style_of


def written(cells: list[str], typed: list[Any], values: list[Any], kind: Any) -> list[str]:
    return in_the_style_of(
        pa.chunked_array([cells]), pa.chunked_array([pa.array(typed, kind)]), pa.array(values, kind)
    )


@pytest.mark.parametrize(
    ("cells", "typed", "value", "text"),
    [
        (["1.5", "12.25", ""], [1.5, 12.25, None], 3.14159, "3.14"),
        (["1,5", "12,25", "NA"], [1.5, 12.25, None], 3.14159, "3,14"),
        (["1.123456789"], [1.123456789], 2.0, "2.000000"),
        (["$1.50", "$3.00", "-"], [1.5, 3.0, None], 2.9, "$3.00"),
        (["10%", "30%"], [0.1, 0.3], 0.12, "10%"),
    ],
)
def test_numbers(cells: list[str], typed: list[Any], value: float, text: str) -> None:
    assert written(cells, typed, [value], pa.float64()) == [text]


def test_whole_numbers_have_no_decimals() -> None:
    assert written(["1", "12", ""], [1, 12, None], [7], pa.int64()) == ["7"]


def test_dates_are_the_nearest_observed_cell() -> None:
    typed = [dt.date(2020, 1, 5), None, dt.date(2021, 3, 1)]
    cells = ["05.01.2020", "", "01.03.2021"]
    values = [dt.date(2021, 2, 20), dt.date(1999, 1, 1)]
    assert written(cells, typed, values, pa.date32()) == ["01.03.2021", "05.01.2020"]


def test_words_and_booleans_are_spelled_as_they_are_in_the_column() -> None:
    assert written(["TRUE", "FALSE", ""], [True, False, None], [True], pa.bool_()) == ["TRUE"]
    assert written([" red", "blue"], ["red", "blue"], ["red", "new"], pa.string()) == [
        " red",
        "new",
    ]


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        (["[0.5, 1.25]", "[1, 2]", ""], "[0.33, 2.00]"),
        (["[0.5,1.25]", "[1,2]", ""], "[0.33,2.00]"),
        (["[0.5  1.25]", "[1.   2.  ]", ""], "[0.33 2.00]"),
        (["[1, 2]", "[3, 4]", ""], "[0, 2]"),
        (["[5e-1, 1.25e0]", "[1e0, 2e0]", ""], "[0.333333, 2]"),
    ],
)
def test_lists_have_the_separator_and_decimals_of_the_others(cells: list[str], text: str) -> None:
    typed = [[0.5, 1.25], [1.0, 2.0], None]
    assert written(cells, typed, [[1 / 3, 2.0]], pa.list_(pa.float64())) == [text]
