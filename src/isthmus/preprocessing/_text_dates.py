"""Columns of a data frame that hold dates as texts."""

from __future__ import annotations

import warnings
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..sources import first_unlike_dates, listed, to_dates

__all__ = ["is_text", "row_without_date", "text_dates", "with_dates"]

_FIRST = 1000  # rows that tell most columns that are no dates


def with_dates(table: pa.Table) -> pa.Table:
    """Return a table with dates where all texts of a column are dates in one form.

    Dates are recognised as in a text file. Texts that look like numbers are left as they are: to
    convert numbers to texts is how people mark codes.

    Parameters
    ----------
    table : pyarrow.Table
        Any columns.

    Returns
    -------
    pyarrow.Table
        Dates as timestamps, times of day as times.

    Warns
    -----
    UserWarning
        If day and month could be the other way round.
    """
    ambiguous = []
    for k, (name, column) in enumerate(zip(table.column_names, table.columns, strict=True)):
        if not is_text(column.type) or column.null_count == len(column):
            continue
        dates, form, is_ambiguous = text_dates(column)
        if not form:
            continue
        table = table.set_column(k, name, dates)
        if is_ambiguous:
            ambiguous.append(name)
    if ambiguous:
        warnings.warn(
            f"Dates were read with the day before the month in {listed(ambiguous)}. If this is "
            "wrong, pass dates instead of texts.",
            stacklevel=2,
        )
    return table


def text_dates(column: Any, form: str = "") -> tuple[Any, str, bool]:
    """Return a column of texts as dates or times.

    Parameters
    ----------
    column : pyarrow.ChunkedArray
        Texts; null where missing.
    form : str, default=""
        Form of the dates, as returned for other rows, which is tried first.

    Returns
    -------
    tuple of pyarrow.ChunkedArray, str and bool
        Timestamps or times; their form; and whether day and month could be the other way round.
        The column itself and "" if it is not all dates in one form.
    """
    first = _trimmed(column.slice(0, _FIRST))
    if first.null_count < len(first) and to_dates(first, form or None) is None:
        return column, "", False
    text = _trimmed(column)
    found = None if text.null_count == len(text) else to_dates(text, form or None)
    if found is None:
        return column, "", False
    kind = pa.timestamp("us") if pa.types.is_date(found.column.type) else found.column.type
    return found.column.cast(kind), found.form, found.is_ambiguous


def row_without_date(column: Any) -> int:
    """Return the row of the first value of a column that is no date, from 0.

    Parameters
    ----------
    column : pyarrow.ChunkedArray
        Of any type; not all missing.
    """
    text = _trimmed(column) if is_text(column.type) else pa.nulls(len(column))
    row = None if text.null_count == len(text) else first_unlike_dates(text)
    if row is not None:
        return row
    found: int = pc.index(pc.is_valid(column), True).as_py()
    return found


def _trimmed(column: Any) -> Any:
    """Return texts without space around them; null for those without anything else."""
    text = pc.utf8_trim_whitespace(column.cast(pa.string()))
    return pc.if_else(pc.equal(text, ""), None, text)


def is_text(kind: Any) -> bool:
    """Return whether an Arrow type is that of texts."""
    return str(kind) in ("string", "large_string", "string_view")
