"""Rows of a text table with too few or too many cells."""

from __future__ import annotations

from typing import Any

from ._cell_forms import is_word

__all__ = ["WrongRows"]

_MOST_FOOTNOTES = 10


class WrongRows:
    """Rows with too few or too many cells; only a few are kept.

    Parameters
    ----------
    skip : bool
        Whether to go on after more of them than there are footnotes.
    """

    def __init__(self, *, skip: bool) -> None:
        self._skip = skip
        self._kept: list[Any] = []
        self.n = 0

    @property
    def first(self) -> Any:
        """The first wrong row."""
        return self._kept[0]

    def note(self, row: Any) -> str:
        """Note a row, and return what pyarrow is to do."""
        self.n += 1
        if self.n <= _MOST_FOOTNOTES:
            self._kept.append(row)
        return "skip" if self._skip or self.n <= _MOST_FOOTNOTES else "error"

    def are_footnotes(self, n_rows: int) -> bool:
        """Return whether all are sentences below the last of the other rows."""
        numbers = [row.number for row in self._kept]
        below = list(range(n_rows + 1, n_rows + self.n + 1))
        return numbers == below and all(map(_is_footnote, self._kept))


def _is_footnote(row: Any) -> bool:
    """Return whether a wrong row is a sentence below the table."""
    cells = (row.text or "").split(",")
    return row.actual_columns < row.expected_columns and all(map(is_word, cells))
