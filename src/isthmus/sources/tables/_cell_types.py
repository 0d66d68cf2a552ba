"""Types of columns of strings: booleans, numbers, dates and words."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from ..._translation import Message, gettext_noop
from .._dataset import listed
from ._cell_forms import ALWAYS_MISSING, MISSING_AMONG_VALUES
from ._date_columns import begins_with_date, first_unlike_dates, to_dates
from ._number_columns import first_values, plain_numbers, to_numbers
from ._text_lists import TextLists, begins_with_list, to_lists

__all__ = ["typed_table"]

_BOOLEANS = ("true", "false")
_SAMPLE = 1000  # cells
_CELLS_OF_A_TASK = 10_000  # of a thread
_MOSTLY = 0.5  # share of numbers above which a column of strings gets a note
_LIKE_NUMBER = r"^[-+−(]?\s*[$€£¥]?\s*(\d[\d.,]*|[.,]\d+)([eE][-+]?\d+)?\s*[%)€$]?$"
_LIKE_DATE = (
    r"^\s*(\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{1,2}[- ][A-Za-z]{3,}[- ,]+\d{2,4}|\d{1,2}:\d{2})"
    r"(\D.*)?$"
)
_LIKE = {"numbers": _LIKE_NUMBER, "dates": _LIKE_DATE}
_STRAY = {
    "numbers": gettext_noop(
        "Column `{name}` was read as text: most of its values are numbers, but not {value!r} in "
        "row {row:,}. Correct it, or name it with `--missing` if it stands for a missing value."
    ),
    "dates": gettext_noop(
        "Column `{name}` was read as text: most of its values are dates, but not {value!r} in row "
        "{row:,}. Correct it, or name it with `--missing` if it stands for a missing value."
    ),
}


class _Stray(NamedTuple):
    """A value that keeps a column from having another type.

    Attributes
    ----------
    value : str
        The value, shortened.
    row : int
        Its row, from 0.
    among : str
        What most of the other values are: "numbers" or "dates".
    """

    value: str
    row: int
    among: str


class _Typed(NamedTuple):
    """A column with its type, and what was assumed about it.

    Attributes
    ----------
    column : pyarrow.ChunkedArray
    markers : tuple of str
        What missing values were written as, without the empty cell.
    assumption : str
        "decimal", "thousands", "day first" or "".
    stray : _Stray or None
        A word among mostly numbers or dates.
    lists : TextLists or None
        Why a column that looks like lists of numbers is text.
    """

    column: Any
    markers: tuple[str, ...] = ()
    assumption: str = ""
    stray: _Stray | None = None
    lists: TextLists | None = None


def typed_table(
    table: pa.Table,
    *,
    decimal_comma: bool = False,
    texts: Collection[str] = (),
    words: Collection[str] = (),
    missing: Sequence[str] = (),
    row_number: Callable[[int], int] = int,
) -> tuple[pa.Table, list[str]]:
    """Give each column of strings the type that all its cells have.

    Parameters
    ----------
    table : pyarrow.Table
        Columns of another type than string are kept.
    decimal_comma : bool, default=False
        Whether a comma in a column that also fits thousands separators is a decimal sign.
    texts : collection of str, default=()
        Columns to keep as they are.
    words : collection of str, default=()
        Columns to keep as strings whatever form their cells have, with missing values as null.
    missing : sequence of str, default=()
        Further cells that are missing, in columns of any type.
    row_number : callable, default=int
        Number of a row in its file, from 0, by its index in the table.

    Returns
    -------
    tuple of pyarrow.Table and list of str
        Columns of bool, int64, float64, date32, timestamp, time64, list of float64 and string, or
        null if a column has no value; and notes on what was assumed. Missing values are null.
    """
    marks = tuple(
        pa.array([*dict.fromkeys([*own, *missing])])
        for own in (MISSING_AMONG_VALUES, ALWAYS_MISSING)
    )

    def typed_column(name: str) -> _Typed:
        column = table.column(name)
        is_text = pa.types.is_string(column.type) and name not in texts
        if not is_text:
            return _Typed(column)
        if name in words:
            return _words(pc.utf8_trim_whitespace(column), marks[1])
        return _typed(column, *marks, decimal_comma=decimal_comma)

    names, step = table.column_names, _CELLS_OF_A_TASK // max(1, table.num_rows) + 1

    def typed_columns(start: int) -> list[_Typed]:
        return [typed_column(name) for name in names[start : start + step]]

    with ThreadPoolExecutor(pa.cpu_count()) as threads:  # pyarrow releases Python's lock
        parts = threads.map(typed_columns, range(0, len(names), step))
        found = dict(zip(names, itertools.chain.from_iterable(parts), strict=True))
    typed = pa.table({name: each.column for name, each in found.items()})
    return typed, [*_notes(found, row_number)]


def _typed(
    column: Any, missing_in_values: Any, missing_in_words: Any, *, decimal_comma: bool
) -> _Typed:
    if not decimal_comma and (numbers := plain_numbers(column)) is not None:
        return _Typed(numbers)
    text = pc.utf8_trim_whitespace(column)
    values = pc.if_else(pc.is_in(text, value_set=missing_in_values), None, text)
    n_values = len(values) - values.null_count
    if n_values == 0:
        return _Typed(pa.nulls(len(text)), _markers(text, values))
    lists = to_lists(values) if begins_with_list(values) else None
    if lists is not None and lists.column is not None:
        return _Typed(lists.column, _markers(text, lists.column))
    if (booleans := _to_booleans(values)) is not None:
        return _Typed(booleans, _markers(text, values))
    is_date = begins_with_date(values)  # the forms of numbers take long to rule out
    if not is_date and (read := to_numbers(values, decimal_comma=decimal_comma)) is not None:
        return _Typed(read.column, _markers(text, values), read.comma)
    if (dates := to_dates(values)) is not None:
        assumption = "day first" if dates.is_ambiguous else ""
        return _Typed(dates.column, _markers(text, values), assumption)
    return _words(text, missing_in_words)._replace(stray=_stray(values, n_values), lists=lists)


def _words(text: Any, missing: Any) -> _Typed:
    words = pc.if_else(pc.is_in(text, value_set=missing), None, text)
    return _Typed(words, _markers(text, words))


def _to_booleans(values: Any) -> Any:
    # The first value decides quickly for most columns.
    first = first_values(values, 1)[0].as_py()
    if first.lower() not in ("true", "false"):
        return None
    lower = pc.utf8_lower(values)
    if pc.all(pc.is_in(pc.drop_null(lower), value_set=pa.array(_BOOLEANS))).as_py():
        return pc.equal(lower, "true")
    return None


def _markers(text: Any, values: Any) -> tuple[str, ...]:
    """Return the different cells that are missing, without the empty one."""
    if values.null_count == text.null_count:
        return ()
    missing = pc.unique(text.filter(pc.is_null(values))).to_pylist()
    return tuple(cell for cell in missing if cell)


def _stray(values: Any, n_values: int) -> _Stray | None:
    """Return the first word of a column of mostly numbers or dates."""
    some = first_values(values, _SAMPLE)
    for what, pattern in _LIKE.items():
        if not pc.any(pc.match_substring_regex(some, pattern)).as_py():
            continue
        is_like = pc.match_substring_regex(values, pattern)
        n_like = pc.sum(is_like).as_py()
        if n_like <= _MOSTLY * n_values:
            continue
        if n_like < n_values:
            row = pc.index(is_like, False).as_py()
        elif what != "dates" or (row := first_unlike_dates(values)) is None:
            continue
        value = values[row].as_py()
        return _Stray(value if len(value) <= 40 else f"{value[:37]}...", row, what)
    return None


def _notes(found: dict[str, _Typed], row_number: Callable[[int], int]) -> Iterable[str]:
    def assuming(what: str) -> list[str]:
        return [name for name, each in found.items() if each.assumption == what]

    if assuming("decimal"):
        yield Message("Commas were read as decimal points.")
    if names := assuming("thousands"):
        yield Message("Commas were read as thousands separators in {names}.", names=listed(names))
    if names := assuming("day first"):
        yield Message(
            "Dates were read with the day before the month in {names}.", names=listed(names)
        )
    markers = dict.fromkeys(marker for each in found.values() for marker in each.markers)
    if markers:
        names = [name for name, each in found.items() if each.markers]
        yield Message.plural(
            "{markers} was read as a missing value in {names}.",
            "{markers} were read as missing values in {names}.",
            len(markers),
            markers=listed(list(markers), quote="'"),
            names=listed(names),
        )
    for name, each in found.items():
        if each.stray:
            row = row_number(each.stray.row) + 1
            yield Message(_STRAY[each.stray.among], name=name, value=each.stray.value, row=row)
        if each.lists is not None:
            yield each.lists.note(name, row_number)
