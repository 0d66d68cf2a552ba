"""Rows and columns of a table of strings that hold no data."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..._translation import Message
from .._dataset import listed

__all__ = ["without_stray_rows"]

_TOTAL = re.compile(
    r"\s*((grand |sub-?)?(total|totals|sum)|gesamt|summe|somme|total g[ée]n[ée]ral|totale|suma"
    r"|合计|总计|总和)\s*:?\s*",
    re.IGNORECASE,
)


def without_stray_rows(table: pa.Table) -> tuple[pa.Table, list[str], Callable[[int], int]]:
    """Drop empty rows, unnamed empty columns at the end, repeated headers and a line of totals.

    Parameters
    ----------
    table : pyarrow.Table
        Strings only.

    Returns
    -------
    tuple of pyarrow.Table, list of str and callable
        The rest, notes on what was dropped, and the number of a row of the rest, by its index, in
        the table as given; both from 0.
    """
    table = _without_empty_columns(table)
    notes: list[str] = []
    kept = None
    for find in (_empty_rows, _headers):
        stray, remark = find(table)
        if stray is not None:
            rest = pc.invert(stray)
            table, indices = table.filter(rest), pc.indices_nonzero(rest)
            kept = indices if kept is None else kept.take(indices)
            notes.append(remark)
    table, remarks = _without_totals(table)

    def number(row: int) -> int:
        return row if kept is None else int(kept[row].as_py())

    return table, [*notes, *remarks], number


def _is_empty(column: Any) -> Any:
    return pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(pc.fill_null(column, ""))), 0)


def _without_empty_columns(table: pa.Table) -> pa.Table:
    while table.num_columns > 1:
        last = table.num_columns
        if table.column_names[-1] not in (f"unnamed_{last}", f"column_{last}"):
            break
        if table.num_rows == 0 or not pc.all(_is_empty(table.column(last - 1))).as_py():
            break
        table = table.remove_column(last - 1)
    return table


def _empty_rows(table: pa.Table) -> tuple[Any, str]:
    """Return which rows are empty, None for none, and a note."""
    empty = None
    for column in table.columns:
        is_empty = _is_empty(column)
        empty = is_empty if empty is None else pc.and_(empty, is_empty)
        n = pc.sum(empty).as_py()
        if not n:
            return None, ""
    return empty, Message.plural("Dropped {n:,} empty row.", "Dropped {n:,} empty rows.", n)


def _headers(table: pa.Table) -> tuple[Any, str]:
    """Return which rows repeat the names, as in files that were joined, and a note."""
    same = None
    for name, column in zip(table.column_names, table.columns, strict=True):
        is_name = pc.equal(pc.utf8_trim_whitespace(column), name)
        same = is_name if same is None else pc.and_(same, is_name)
        n = pc.sum(same).as_py()
        if not n:
            return None, ""
    return same, Message.plural(
        "Dropped {n:,} row that repeats the column names.",
        "Dropped {n:,} rows that repeat the column names.",
        n,
    )


def _without_totals(table: pa.Table) -> tuple[pa.Table, list[str]]:
    if table.num_rows < 3:
        return table, []
    last = table.slice(table.num_rows - 1)
    words = [
        (name, cell)
        for name in table.column_names
        if (cell := last.column(name)[0].as_py()) and _TOTAL.fullmatch(cell)
    ]
    if not words:
        return table, []
    name, word = words[0]
    if pc.sum(pc.equal(table.column(name), word)).as_py() > 1:
        return table, []
    shown = listed([word.strip()], quote="'")
    return table.slice(0, table.num_rows - 1), [
        Message("Dropped the last row, which holds totals ({word}).", word=shown)
    ]
