"""Checks that the numbers of a table are finite, of a whole one and of one in chunks."""

from __future__ import annotations

import math
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .._chunks import ChunkedTable
from .._finite import check_finite

__all__ = ["check_finite_cells", "with_finite_cells"]


def check_finite_cells(path: Path, table: pa.Table) -> None:
    """Raise an error for infinite values; cells may be missing.

    Parameters
    ----------
    path : Path
        File of the table.
    table : pyarrow.Table
        Any columns.

    Raises
    ------
    DataError
        Names the columns and the number of such values in each.
    """
    infinite = [name for name in _of_fractions(table.schema) if _has_infinite(table.column(name))]
    if infinite:
        cells = _cells(table.select(infinite))
        check_finite(cells, names=infinite, owner=f"`{path}`", allow_missing=True)


def with_finite_cells(path: Path, table: ChunkedTable, ids: Collection[str]) -> ChunkedTable:
    """Return a table whose cells are checked for infinite values when they are first read.

    Parameters
    ----------
    path : Path
        File of the table.
    table : ChunkedTable
        Any columns.
    ids : collection of str
        Columns that are not checked.

    Returns
    -------
    ChunkedTable
        Reading a chunk raises the error of ``check_finite_cells``, which counts all rows.
    """
    names = [name for name in _of_fractions(table.schema) if name not in ids]
    if not names:
        return table

    def check(chunk: pa.Table) -> None:
        if any(_has_infinite(chunk.column(name)) for name in names if name in chunk.column_names):
            cells = table.select(names).matrix(_cells, len(names), np.float64)
            check_finite(cells, names=names, owner=f"`{path}`", allow_missing=True)

    return table.checked(check)


def _of_fractions(schema: pa.Schema) -> list[str]:
    return [field.name for field in schema if field.type in (pa.float32(), pa.float64())]


def _has_infinite(column: Any) -> bool:
    # A finite sum proves that all values are finite, at half the cost of checking each.
    if math.isfinite(pc.sum(column).as_py() or 0.0):
        return False
    return bool(pc.any(pc.is_inf(column)).as_py())


def _cells(table: pa.Table) -> NDArray[Any]:
    return np.column_stack([column.to_numpy() for column in table.columns])
