"""Windows of a series: consecutive rows side by side, as one row."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .._translation import Message
from ..errors import DataError, UsageError
from ._dataset import listed, quantity

__all__ = ["check_windows", "windows_note", "windows_of_array", "windows_of_table"]

_MOST_VALUES = 2**32


def check_windows(window: int | None, stride: int | None) -> None:
    """Raise ``UsageError`` if the length of windows or the distance between them is invalid.

    Parameters
    ----------
    window : int or None
        Rows of a window, at least 2; None for no windows.
    stride : int or None
        Rows from the start of a window to that of the next one, at least 1.
    """
    if window is None and stride is not None:
        raise UsageError("`stride` requires `window`, the number of rows of each window.")
    if window is not None and window < 2:
        raise UsageError(f"`window` must be an integer of at least 2. Got {window}.")
    if stride is not None and stride < 1:
        raise UsageError(f"`stride` must be an integer of at least 1. Got {stride}.")


def windows_of_table(
    path: Path, table: pa.Table, window: int, stride: int, ids: Collection[str] = ()
) -> tuple[pa.Table, list[str]]:
    """Return a table with a window of the series in each row.

    Parameters
    ----------
    path : Path
        Name of the table in messages.
    table : pyarrow.Table
        Rows in the order of time. Columns of numbers are series; all others, such as timestamps,
        name the first and the last row of a window.
    window, stride : int
        Rows of a window, and from the start of one to that of the next.
    ids : collection of str, default=()
        Columns of numbers that are no series, but name rows.

    Returns
    -------
    tuple of pyarrow.Table and list of str
        Columns ``x+0``, ``x+1`` and so on for a series ``x``, and ``t`` and ``t_end`` for another
        column ``t``; and the names of the latter.

    Raises
    ------
    DataError
        If no column is a series, or there are too few rows for two windows.
    """
    series = _series(table, ids)
    if not series:
        raise DataError(
            f"`{path}` has no column of numbers to make windows of. It has "
            f"{listed(table.column_names)}."
        )
    n_windows = _count(path, table.num_rows, window, stride, len(series))
    columns: dict[str, Any] = {}
    for name in series:
        for k in range(window):
            columns[f"{name}+{k}"] = _every(table.column(name), k, n_windows, stride)
    marks: dict[str, Any] = {}
    taken = {*table.column_names, *columns}
    if stride > 1:
        marks[_free("first_row", taken)] = pa.array(np.arange(n_windows) * stride)
    for name in table.column_names:
        if name not in series:
            marks[name] = _every(table.column(name), 0, n_windows, stride)
            marks[_free(f"{name}_end", taken)] = _every(
                table.column(name), window - 1, n_windows, stride
            )
    return pa.table({**marks, **columns}), list(marks)


def windows_of_array(path: Path, X: NDArray[Any], window: int, stride: int) -> NDArray[Any]:
    """Return an array with a window in each row.

    Parameters
    ----------
    path : Path
        Name of the array in messages.
    X : ndarray of shape (n_rows,) or (n_rows, n_series)
        Rows in the order of time.
    window, stride : int
        Rows of a window, and from the start of one to that of the next.

    Returns
    -------
    ndarray of shape (n_windows, window * n_series)
        Row after row of the window.

    Raises
    ------
    DataError
        If the array has more axes, or too few rows for two windows.
    """
    if X.ndim not in (1, 2):
        raise DataError(
            f"`{path}` must have the shape (rows,) or (rows, series) for windows. Got {X.shape}."
        )
    rows = X.reshape(len(X), -1)
    n_windows = _count(path, len(rows), window, stride, rows.shape[1])
    moved = np.lib.stride_tricks.sliding_window_view(rows, window, axis=0)[::stride]
    windows: NDArray[Any] = np.ascontiguousarray(moved.swapaxes(1, 2)).reshape(n_windows, -1)
    return windows


def windows_note(n_windows: int, window: int) -> str:
    """Return a note on the windows of a source.

    Parameters
    ----------
    n_windows, window : int
        Number of windows, and their rows.

    Returns
    -------
    str
    """
    return Message(
        "Rows are {n:,} windows of {window} rows, in the order of the file.",
        n=n_windows,
        window=window,
    )


def _count(path: Path, n_rows: int, window: int, stride: int, n_series: int) -> int:
    n_windows = max(0, (n_rows - window) // stride + 1)
    if n_windows < 2:
        raise DataError(
            f"`{path}` must have at least {quantity(window + stride, 'row')} for two windows of "
            f"{window} rows. Got {n_rows}: choose a smaller `window` (--window)."
        )
    if n_windows * window * n_series > _MOST_VALUES:
        raise DataError(
            f"Windows must have at most {_MOST_VALUES:,} values in all. Got {n_windows:,} windows "
            f"of {window} rows of `{path}`: increase `stride` (--stride), or choose a smaller "
            "`window` (--window)."
        )
    return n_windows


def _every(column: Any, start: int, n: int, stride: int) -> Any:
    """Return every ``stride``-th cell from ``start``, without a copy if that is every cell."""
    if stride == 1:
        return column.slice(start, n)
    return column.take(pa.array(np.arange(n) * stride + start))


def _series(table: pa.Table, ids: Collection[str]) -> list[str]:
    """Return the columns of numbers."""
    return [
        name
        for name, kind in zip(table.column_names, table.schema.types, strict=True)
        if name not in ids and _is_number(kind)
    ]


def _free(name: str, taken: Collection[str]) -> str:
    """Return a name that no column has."""
    while name in taken:
        name += "_"
    return name


def _is_number(kind: Any) -> bool:
    tests = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_decimal)
    return any(test(kind) for test in tests)
