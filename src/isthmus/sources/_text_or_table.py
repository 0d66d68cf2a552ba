"""Whether a .txt file has a text per line, or is a table."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from ..errors import DataError
from .tables import SampleLines, is_value, sample_of

__all__ = ["is_table"]

_AGREEING = 0.9  # share of lines with the same number of cells
_FEWEST_LINES = 3
_SHORT_CELL = 2.0  # words; texts have more between two commas


def is_table(path: Path) -> bool | None:
    """Return whether a .txt file is a table by its first lines, or None if it could be both.

    Parameters
    ----------
    path : Path
        File. One that cannot be read counts as texts: their reader says why.

    Returns
    -------
    bool or None
    """
    try:
        lines = sample_of(path)
    except (DataError, OSError):
        return False
    rows = [cells for cells, _ in lines.records]
    if not rows:
        return False
    if all(is_value(cell) for row in rows for cell in row):
        return True
    width = Counter(map(len, rows)).most_common(1)[0][0]
    same = [row for row in rows if len(row) == width]
    if width == 1 or len(same) < _AGREEING * len(rows) or len(rows) < _FEWEST_LINES:
        return False
    return _looks_like_table(lines, same)


def _looks_like_table(lines: SampleLines, rows: list[list[str]]) -> bool | None:
    width, below = len(rows[0]), rows[1:]
    n_numeric = sum(all(is_value(row[j]) for row in below) for j in range(width))
    words = sum(len(cell.split()) for row in below for cell in row) / (len(below) * width)
    if words <= _SHORT_CELL and (2 * n_numeric >= width or (n_numeric and width > 2)):
        return True
    could_be = n_numeric or lines.delimiter in ("\t", "|") or (words <= _SHORT_CELL and width > 2)
    return None if could_be else False
