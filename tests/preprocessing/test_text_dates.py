"""Texts of dates in columns of a table."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from isthmus.errors import DataError
from isthmus.preprocessing._date_block import _seconds
from isthmus.preprocessing._text_dates import text_dates


@pytest.fixture(name="trimmed")
def watch_trimming(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many texts were trimmed."""
    lengths: list[int] = []
    trim = pc.utf8_trim_whitespace
    monkeypatch.setattr(
        pc, "utf8_trim_whitespace", lambda text: lengths.append(len(text)) or trim(text)
    )
    return lengths


def test_a_long_column_of_other_texts_is_not_read_to_its_end(trimmed: list[int]) -> None:
    column = pa.chunked_array([[" ", None, *["a word"] * 50_000]])
    assert text_dates(column) == (column, "", False)
    assert sum(trimmed) <= 1000


def test_a_long_column_of_dates_may_begin_with_missing_values_and_end_otherwise() -> None:
    days = [""] * 2000 + [" 2024-05-06 "] * 2000
    dates, form, _ = text_dates(pa.chunked_array([days]))
    assert form == "iso" and dates.null_count == 2000
    assert text_dates(pa.chunked_array([[*days, "tomorrow"]]))[1] == ""


@pytest.mark.parametrize("kind", [pa.timestamp("ns"), pa.time64("ns"), pa.duration("ns")])
def test_nanoseconds_are_cut_off(kind):
    column = pa.chunked_array([pa.array([1_500_000_001, None], kind)])
    np.testing.assert_array_equal(_seconds("t", column), [1.5, np.nan])


def test_a_date_beyond_what_microseconds_hold_is_refused():
    with pytest.raises(DataError, match="`t` must contain dates and times within 292,000 years"):
        _seconds("t", pa.chunked_array([pa.array([2**62], pa.timestamp("s"))]))
