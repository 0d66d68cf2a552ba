"""Rows of strings, such as those of a sheet, as a typed table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from ...errors import DataError
from ._cell_types import typed_table
from ._delimiters import Record
from ._layout import layout_of
from ._stray_rows import without_stray_rows
from ._table_file import TableFile

__all__ = ["table_of_rows"]

_SAMPLE_ROWS = 100


def table_of_rows(
    path: Path,
    rows: Sequence[Sequence[str]],
    *,
    header: bool | None,
    texts: Sequence[str] = (),
    missing: Sequence[str] = (),
) -> TableFile:
    """Find the header of rows of cells, drop stray rows, and give each column its type.

    Parameters
    ----------
    path : Path
        Name of the table in messages.
    rows : sequence of sequence of str
        All of the same length; empty strings for empty cells.
    header : bool or None
        Whether the first row has the names; None detects it.
    texts : sequence of str, default=()
        Columns to keep as strings.
    missing : sequence of str, default=()
        Further cells that are missing.

    Raises
    ------
    DataError
        If no cell is filled.
    """
    filled = [Record(list(row), k) for k, row in enumerate(rows, 1) if any(map(str.strip, row))]
    if not filled:
        raise DataError(f"`{path}` is empty.")
    layout = layout_of(filled[:_SAMPLE_ROWS], header=header)
    body = rows[layout.n_lines : filled[-1].line]
    columns = zip(*body, strict=True) if body else [()] * len(layout.names)
    table = pa.table(
        {
            name: pa.chunked_array([list(cells)], pa.string())
            for name, cells in zip(layout.names, columns, strict=True)
        }
    )
    table, dropped, number = without_stray_rows(table)
    typed, assumed = typed_table(table, texts=texts, missing=missing, row_number=number)
    return TableFile(typed, (*layout.notes, *dropped, *assumed))
