"""Limit of the number of a table's columns, checked before cells are made of its lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from ...errors import DataError

__all__ = ["MOST_COLUMNS", "check_width", "check_widths_of_lines"]

# Each column has a name, statistics and a report's line of its own: some kB.
MOST_COLUMNS = 100_000
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
