"""Column of a table whose cells are known for the first rows only."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from numpy.typing import NDArray

__all__ = ["LeadingCells"]


class LeadingCells:
    """Cells of the first rows of a table; those of all others are missing, and take no memory.

    Parameters
    ----------
    cells : ndarray of shape (n,)
        Numbers, or objects with None for missing cells.
    n_rows : int
        Number of rows of the table, at least ``n``.
    """

    def __init__(self, cells: NDArray[Any], n_rows: int) -> None:
        self._cells, self._n_rows = pa.array(cells.tolist()), n_rows

    def __len__(self) -> int:
        return self._n_rows

    def __getitem__(self, row: int) -> Any:
        return self._cells[row].as_py() if row < len(self._cells) else None

    def slice(self, start: int, length: int) -> pa.Array:
        """Return consecutive cells."""
        known = self._cells.slice(start, length) if start < len(self._cells) else self._cells[:0]
        stop = min(start + length, self._n_rows)
        missing = pa.nulls(max(0, stop - start - len(known)), self._cells.type)
        return pa.concat_arrays([known, missing])
