"""Limits of the shape of a table, checked before cells are made of its content."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from ...errors import DataError

__all__ = ["MOST_COLUMNS", "check_length", "check_width", "check_widths_of_lines"]

# Each column has a name, statistics and a report's line of its own: some kB.
MOST_COLUMNS = 100_000
_HARMLESS_ROWS = 1_000_000
_MOST_ROWS_PER_BYTE = 500
_QUOTED = re.compile(r'"[^"]*"')


def check_width(path: Path, n_columns: int) -> None:
    """Raise ``DataError`` if a table has too many columns.

    Parameters
    ----------
    path : Path
        Name of the table in messages.
    n_columns : int
        Their number.
    """
    if n_columns > MOST_COLUMNS:
        raise DataError(
            f"`{path}` must have at most {MOST_COLUMNS:,} columns. Got {n_columns:,}: save numbers "
            "as .npy, or check what separates the lines and cells."
        )


def check_length(path: Path, n_rows: int) -> None:
    """Raise ``DataError`` if a file states far more rows than its bytes can hold.

    Parameters
    ----------
    path : Path
        File of a format that can state rows without their cells, such as Arrow's run-end encoding.
    n_rows : int
        Number of rows that it states.
    """
    n_bytes = path.stat().st_size
    if n_rows > max(_HARMLESS_ROWS, _MOST_ROWS_PER_BYTE * n_bytes):
        raise DataError(
            f"`{path}` must not have more than {_MOST_ROWS_PER_BYTE} rows per byte. It states "
            f"{n_rows:,} rows in {n_bytes:,} bytes: it is damaged or made to fill the memory."
        )


def check_widths_of_lines(path: Path, lines: Iterable[str], delimiters: Sequence[str]) -> None:
    """Raise ``DataError`` if a line of text has too many cells for each possible delimiter.

    Parameters
    ----------
    path : Path
        Name of the table in messages.
    lines : iterable of str
        First lines.
    delimiters : sequence of str
        Characters that may separate the cells.
    """
    for line in lines:
        if len(line) <= MOST_COLUMNS:
            continue
        plain = _QUOTED.sub("", line)
        for delimiter in delimiters:
            check_width(path, plain.count(delimiter) + 1)
