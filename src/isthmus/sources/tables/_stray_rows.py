"""Rows and columns of a table of strings that hold no data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..._translation import Message
from .._dataset import listed

__all__ = ["StrayRows", "without_stray_rows"]

_TOTAL = re.compile(
    r"\s*((grand |sub-?)?(total|totals|sum)|gesamt|summe|somme|total g[ée]n[ée]ral|totale|suma"
    r"|合计|总计|总和)\s*:?\s*",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"_\d+$")


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
    stray = StrayRows()
    table, number = stray.dropped(_without_empty_columns(table))
    table, remarks = _without_totals(table)
    return table, [*stray.notes, *remarks], number


class StrayRows:
    """Counts of the empty rows and repeated headers that are dropped from blocks of a table."""

    def __init__(self) -> None:
        self._n_empty = self._n_headers = 0

    def dropped(self, block: pa.Table) -> tuple[pa.Table, Callable[[int], int]]:
        """Drop empty rows and repeated headers, and count them.

        Parameters
        ----------
        block : pyarrow.Table
            Strings only.

        Returns
        -------
        tuple of pyarrow.Table and callable
            The rest, and the number of a row of the rest, by its index, in the block as given;
            both from 0.
        """
        n_rows = block.num_rows
        block, full = _without(_empty_rows(block), block)
        self._n_empty += n_rows - block.num_rows
        n_rows = block.num_rows
        block, own = _without(_headers(block), block)
        self._n_headers += n_rows - block.num_rows
        return block, lambda row: full(own(row))

    @property
    def notes(self) -> Sequence[str]:
        """Notes on what was dropped."""
        empty = Message.plural(
            "Dropped {n:,} empty row.", "Dropped {n:,} empty rows.", self._n_empty
        )
        headers = Message.plural(
            "Dropped {n:,} row that repeats the column names.",
            "Dropped {n:,} rows that repeat the column names.",
            self._n_headers,
        )
        return [empty] * bool(self._n_empty) + [headers] * bool(self._n_headers)


def _without(stray: Any, table: pa.Table) -> tuple[pa.Table, Callable[[int], int]]:
    """Return a table without the rows of a mask, None for none, and what their numbers were."""
    if stray is None:
        return table, int
    kept = pc.invert(stray)
    indices = pc.indices_nonzero(kept)
    return table.filter(kept), lambda row: int(indices[row].as_py())


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


def _empty_rows(table: pa.Table) -> Any:
    """Return which rows are empty, None for none."""
    return _rows_of_all(map(_is_empty, table.columns))


def _headers(table: pa.Table) -> Any:
    """Return which rows repeat the names, as in files that were joined, None for none."""
    written = zip(_names_as_written(table.column_names), table.columns, strict=True)
    return _rows_of_all(
        pc.is_in(pc.utf8_trim_whitespace(column), value_set=pa.array(names))
        for names, column in written
    )


def _names_as_written(names: Sequence[str]) -> Iterator[list[str]]:
    """Yield what may stand in the file for each name; see ``unique_names``."""
    for k, name in enumerate(names, 1):
        base = _NUMBERED.sub("", name)
        if name == f"unnamed_{k}":
            yield [name, ""]
        else:
            yield [name, base] if base in names[: k - 1] else [name]


def _rows_of_all(masks: Iterable[Any]) -> Any:
    """Return the rows that are in all masks, one a column, None for none."""
    rows = None
    for own in masks:
        rows = own if rows is None else pc.and_(rows, own)
        if not pc.any(rows).as_py():
            return None
    return rows


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
