"""Text tables: .csv, .tsv, .data, and tables in .txt files."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from ._cell_types import typed_table
from ._csv_text import CsvText
from ._number_columns import decimal_commas
from ._stray_rows import without_stray_rows
from ._table_file import TableFile

__all__ = ["read_text_table"]


def read_text_table(
    path: Path,
    *,
    header: bool | None = None,
    skip_bad: bool = False,
    max_memory: int | None = None,
    texts: Collection[str] = (),
    words: Collection[str] = (),
    missing: Sequence[str] = (),
) -> TableFile:
    """Read a text table; see ``CsvText``.

    Parameters
    ----------
    path : Path
        File, or "-" for standard input.
    header : bool, default=None
        Whether the first line has the names; None detects it.
    skip_bad : bool, default=False
        Drop lines with too few or too many cells.
    max_memory : int, default=None
        Largest size of the content, and of the columns of strings read from it, in bytes.
    texts : collection of str, default=()
        Columns to keep as strings.
    words : collection of str, default=()
        Columns to keep as strings, with missing values as null.
    missing : sequence of str, default=()
        Further cells that are missing.

    Returns
    -------
    TableFile

    Raises
    ------
    DataError
        If the file cannot be read.
    """
    file = CsvText(path, header=header, skip_bad=skip_bad, max_memory=max_memory)
    table, dropped, number = without_stray_rows(file.read())
    cells = [cell for row in file.first_rows for cell in row]
    typed, assumed = typed_table(
        table,
        decimal_comma=decimal_commas(cells, file.delimiter),
        texts=texts,
        words=words,
        missing=missing,
        row_number=number,
    )
    return TableFile(typed, (*file.notes, *dropped, *assumed))
