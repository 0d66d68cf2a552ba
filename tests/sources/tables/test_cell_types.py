"""Types of columns of strings."""

from __future__ import annotations

import datetime

import pyarrow as pa
import pytest

from isthmus.sources.tables import read_arrow
from isthmus.sources.tables._cell_types import typed_table

ADVICE = " Correct it, or name it with `--missing` if it stands for a missing value."


def typed(*cells, **options):
    table, notes = typed_table(pa.table({"a": pa.chunked_array([list(cells)])}), **options)
    column = table.column("a")
    return str(column.type), column.to_pylist(), notes


@pytest.mark.parametrize(
    "marker",
    [
        *("?", "-", ".", "NA", "N/A", "NaN", "nan", "None", "null", "NULL", "--", "n.a."),
        *("#NULL!", "#DIV/0!", "#N/A", "#VALUE!", "#REF!"),
    ],
)
@pytest.mark.parametrize(
    ("kind", "cells"),
    [
        ("int64", ("1", "2")),
        ("double", ("1.5", "2")),
        ("bool", ("true", "FALSE")),
        ("date32[day]", ("2020-01-31", "2021-01-01")),
    ],
)
def test_a_marker_among_values_is_missing_and_a_note_says_so(marker, kind, cells):
    found, values, notes = typed(cells[0], marker, "", cells[1])
    assert found == kind
    assert [value is None for value in values] == [False, True, True, False]
    assert notes == [f"'{marker}' was read as a missing value in `a`."]


def test_empty_cells_need_no_note():
    assert typed("1", "", " ") == ("int64", [1, None, None], [])


def test_among_words_only_what_cannot_be_a_word_is_missing():
    found, values, notes = typed("-", "a", "NA", ".", "none", "?")
    assert (found, values) == ("string", ["-", "a", None, ".", "none", None])
    assert notes == ["'NA', '?' were read as missing values in `a`."]


def test_a_column_without_a_value_has_no_type():
    assert typed("", "NA")[:2] == ("null", [None, None])


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (("1", "-2", "+3"), [1, -2, 3]),
        (("0", "7"), [0, 7]),
        ((" 1.5 ", "2"), [1.5, 2]),
        ((".5", "5.", "1e3", "2E-2"), [0.5, 5, 1000, 0.02]),
        (("inf", "1"), [float("inf"), 1]),
        (("99999999999999999999", "5"), [1e20, 5]),
        (("\N{MINUS SIGN}5", "3"), [-5, 3]),
        (("19,279.40", "4.49"), [19279.4, 4.49]),
        (("1,234,567", "3"), [1234567, 3]),
        (("19.279,40", "4,49"), [19279.4, 4.49]),
        (("4,49", "1,5e3"), [4.49, 1500]),
        (("1 234,56", "3,5"), [1234.56, 3.5]),
        (("1\N{NARROW NO-BREAK SPACE}234,5", "3,5"), [1234.5, 3.5]),
        (("1'234.50", "2.0"), [1234.5, 2]),
        (("$19,279.40", "-$3", "7"), [19279.4, -3, 7]),
        (("12 €", "1.234,50 €"), [12, 1234.5]),
        (("£5", "£ 6"), [5, 6]),
        (("5%", "3.5 %"), [5, 3.5]),
        (("(1,234.50)", "20.00"), [-1234.5, 20]),
    ],
)
def test_numbers_are_read_in_the_forms_that_people_write(cells, numbers):
    found, values, _ = typed(*cells)
    assert found in ("int64", "double")
    assert values == numbers


@pytest.mark.parametrize(
    "cells",
    [
        ("01234", "10115"),  # codes
        ("007", "12"),
        ("(1)", "(2)"),  # enumeration or negative numbers
        ("(1)", "-2"),
        ("5%", "0.05"),
        ("€5", "$3"),
        ("1.2.10", "2.3.11"),
        ("192.168.1.1", "10.0.0.1"),
        ("1-2", "3-4"),
        ("5551234-22", "1-1"),
        ("0x1F", "2"),
        ("1_000", "2"),
        ("12,34.5", "1"),
        ("$", "5"),
        ("25:30", "1:05"),
        ("2020-02-30", "2020-01-01"),
        ("31.12.2020", "12/31/2020"),
        ("yes", "no"),
    ],
)
def test_a_column_that_does_not_agree_on_one_form_stays_words(cells):
    assert typed(*cells)[:2] == ("string", list(cells))


def test_whole_groups_of_three_digits_follow_the_rest_of_the_table():
    cells = ("1,234", "950", "12,500")
    assert typed(*cells) == (
        "int64",
        [1234, 950, 12500],
        ["Commas were read as thousands separators in `a`."],
    )
    assert typed(*cells, decimal_comma=True) == (
        "double",
        [1.234, 950, 12.5],
        ["Commas were read as decimal points."],
    )
    assert typed("1.234", "950", decimal_comma=True)[:2] == ("int64", [1234, 950])
    assert typed("1.234", "950")[:2] == ("double", [1.234, 950])


def test_values_that_begin_far_below_have_their_type():
    empty = [""] * 2000
    assert typed(*empty, "1.5", "2")[0] == "double"
    assert typed(*empty, "$1", "$2")[0] == "int64"
    assert typed(*empty, "2020-01-31")[0] == "date32[day]"
    assert typed(*empty, "True")[0] == "bool"
    assert "not 'x' in row 2,003" in typed(*empty, "1", "2", "x", "3")[2][0]


def test_a_word_among_mostly_numbers_is_named():
    found, values, notes = typed("A/0", "3001", "3002")
    assert (found, values) == ("string", ["A/0", "3001", "3002"])
    assert notes == [
        "Column `a` was read as text: most of its values are numbers, but not 'A/0' in row 1."
        + ADVICE
    ]
    assert typed("a", "b", "3")[2] == []


@pytest.mark.parametrize("place", [1, 7, 1500, 4999])
@pytest.mark.parametrize("word", ["2020-02-30", "0000-00-00", "01.02.2020", "soon"])
def test_what_is_no_date_among_dates_is_named(word, place):
    cells = [f"20{k % 20:02}-{k % 12 + 1:02}-{k % 28 + 1:02}" for k in range(5000)]
    cells[place] = word
    kind, values, notes = typed(*cells)
    assert (kind, values) == ("string", cells)
    assert notes == [
        f"Column `a` was read as text: most of its values are dates, but not {word!r} in row "
        f"{place + 1:,}." + ADVICE
    ]


@pytest.mark.parametrize(
    ("cell", "word"),
    [
        (lambda k: f"{k % 12 + 1:02}/{k % 28 + 1:02}/2020", "31/12/2020"),
        (lambda k: f"{k % 28 + 1:02}/{k % 12 + 1:02}/2020", "12/31/2020"),
        (lambda k: f"{k % 28 + 1:02}-Feb-2020", "30-Feb-2020"),
        (lambda k: f"{k % 24}:{k % 60:02}", "25:61"),
    ],
)
def test_the_date_of_another_form_than_most_is_named(cell, word):
    cells = [cell(k) for k in range(60)]
    cells[5] = word
    assert f"but not {word!r} in row 6." in typed(*cells)[2][0]


def test_versions_are_not_called_dates():
    assert typed("1.2.10", "1.2.3", "1.3.0")[2] == []
    assert typed("192.168.1.1", "10.0.0.1")[2] == []


@pytest.mark.parametrize(
    ("cells", "dates"),
    [
        (("2020-12-31", "2021-02-01"), [(2020, 12, 31), (2021, 2, 1)]),
        (("31.12.2020", "1.2.2021"), [(2020, 12, 31), (2021, 2, 1)]),
        (("12/31/2020", "2/1/2021"), [(2020, 12, 31), (2021, 2, 1)]),
        (("31/12/2020", "1/2/2021"), [(2020, 12, 31), (2021, 2, 1)]),
        (("31-12-2020", "01-02-2021"), [(2020, 12, 31), (2021, 2, 1)]),
        (("31.12.20", "01.02.69"), [(2020, 12, 31), (1969, 2, 1)]),
        (("2020/12/31", "2021/2/1"), [(2020, 12, 31), (2021, 2, 1)]),
        (("31-Dec-2020", "1-Feb-2021"), [(2020, 12, 31), (2021, 2, 1)]),
        (("31-Dec-20", "1-Feb-21"), [(2020, 12, 31), (2021, 2, 1)]),
        (("December 31, 2020", "Feb 1, 2021"), [(2020, 12, 31), (2021, 2, 1)]),
        (("2020-12", "2021-02"), [(2020, 12, 1), (2021, 2, 1)]),
    ],
)
def test_dates_are_read_in_the_usual_forms(cells, dates):
    found, values, notes = typed(*cells)
    assert (found, notes) == ("date32[day]", [])
    assert values == [datetime.date(*date) for date in dates]


@pytest.mark.parametrize(
    "cells",
    [
        ("2020-12-31 15:05:00", "2021-02-01 00:30:00"),
        ("2020-12-31T15:05", "2021-02-01T00:30"),
        ("2020-12-31T15:05:00Z", "2021-02-01T00:30:00Z"),
        ("2020-12-31T17:05:00+02:00", "2021-02-01T02:30:00+0200"),
        ("31.12.2020 15:05", "01.02.2021 0:30"),
        ("12/31/2020 3:05 PM", "2/1/2021 12:30 AM"),
    ],
)
def test_dates_with_times_are_moments(cells):
    found, values, _ = typed(*cells, "")
    assert found == "timestamp[us]"
    moments = [datetime.datetime(2020, 12, 31, 15, 5), datetime.datetime(2021, 2, 1, 0, 30)]
    assert values == [*moments, None]


def test_an_ambiguous_order_is_day_first_with_a_note():
    _, values, notes = typed("1/2/2021", "3/4/2021")
    assert values == [datetime.date(2021, 2, 1), datetime.date(2021, 4, 3)]
    assert notes == ["Dates were read with the day before the month in `a`."]


def test_times_of_day_are_times():
    assert typed("12:30", "1:05:30")[:2] == (
        "time64[us]",
        [datetime.time(12, 30), datetime.time(1, 5, 30)],
    )


def test_columns_of_texts_are_kept_as_they_are():
    table = pa.table({"a": pa.chunked_array([[" 1 ", "NA"]]), "b": pa.chunked_array([["1", "2"]])})
    kept, notes = typed_table(table, texts=["a"])
    assert kept.to_pydict() == {"a": [" 1 ", "NA"], "b": [1, 2]}
    assert notes == []


def test_columns_of_several_chunks_are_of_one_type():
    column = pa.chunked_array([["1", "2"], ["3", "x"]])
    table, _ = typed_table(pa.table({"a": column}))
    assert table.column("a").to_pylist() == ["1", "2", "3", "x"]


def test_rows_in_notes_are_counted_as_in_the_file(tmp_path):
    rows = "".join(f"{k},{'oops' if k == 4 else k % 3}\n" for k in range(9))
    (tmp_path / "rows.csv").write_text(f"a,b\n5,1\n,\n,\na,b\n{rows}")
    notes = read_arrow(tmp_path / "rows.csv").notes
    assert notes[-1] == (
        "Column `b` was read as text: most of its values are numbers, but not 'oops' in row 9."
        + ADVICE
    )
