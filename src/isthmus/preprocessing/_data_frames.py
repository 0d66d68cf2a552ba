"""Tables of pandas, polars and pyarrow, and others that narwhals supports."""

from __future__ import annotations

import importlib.util
from collections import Counter
from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
from narwhals.dependencies import is_into_dataframe
from narwhals.exceptions import NarwhalsError
from numpy.typing import NDArray

from .._row_blocks import row_blocks
from ..errors import DataError, did_you_mean
from ..sources import listed, plain_table
from ._column_plan import LARGEST_EXACT, loses_digits
from ._text_dates import with_dates

__all__ = [
    "arrow_like",
    "as_frame",
    "as_table",
    "check_columns",
    "columns_losing_digits",
    "is_numeric_frame",
    "is_table",
    "like_table",
    "native_table",
    "whole_table",
    "with_cells",
]

_SHOWN_TYPES = 5


def is_table(X: Any) -> bool:
    """Return whether ``X`` is a pandas, polars or pyarrow table, or another that narwhals supports.

    Parameters
    ----------
    X : any
        Rows as given by the user.

    Returns
    -------
    bool
    """
    return bool(is_into_dataframe(X))


def is_numeric_frame(X: Any) -> bool:
    """Return whether NumPy reads all columns of a table as numbers.

    Parameters
    ----------
    X : pandas, polars or pyarrow table
        Any columns.

    Returns
    -------
    bool
    """
    frame = as_frame(X)
    return all(
        (kind.is_numeric() and kind != nw.Decimal)
        or (kind == nw.Boolean and not frame[name].null_count())
        for name, kind in frame.schema.items()
    )


def whole_table(X: Any, most_columns: int | None = None) -> pa.Table:
    """Return all columns of a table; texts that are all dates as dates.

    Parameters
    ----------
    X : pandas, polars or pyarrow table
        Any columns.
    most_columns : int, default=None
        Return only so many, the first ones.

    Returns
    -------
    pyarrow.Table

    Warns
    -----
    UserWarning
        If the day and the month of dates in texts could be the other way round.
    """
    return with_dates(as_table(X, list(map(str, as_frame(X).columns))[:most_columns]))


def as_table(X: Any, names: Sequence[str]) -> pa.Table:
    """Select columns of a table by name.

    Parameters
    ----------
    X : pandas, polars or pyarrow table
        In any column order; may have further columns.
    names : sequence of str
        Names of the columns, in the desired order.

    Returns
    -------
    pyarrow.Table

    Raises
    ------
    DataError
        If a column is missing or cannot be read.
    """
    frame = as_frame(X)
    known = list(map(str, frame.columns))
    missing = _without(names, known)
    if missing and (expanded := _expanded(frame)) is not None:
        frame, known = expanded, expanded.columns
        missing = _without(names, known)
    if missing:
        what = "column" if len(missing) == 1 else "columns"
        others = _without(known, names)
        hint = did_you_mean(missing[0], others) if 2 * len(missing) <= len(names) else ""
        hint = hint or f" It has {listed(known, shown=8)}."
        raise DataError(
            f"The table must have the columns of the training data. It lacks the {what} "
            f"{listed(missing)}.{hint}"
        )
    by_name = dict(zip(known, frame.columns, strict=True))
    columns = {}
    for name in names:
        columns[name] = _arrow_column(frame.select(by_name[name]), name)
    return pa.table(columns)


def _without(names: Sequence[str], others: Sequence[str]) -> list[str]:
    left_out = set(others)
    return [name for name in names if name not in left_out]


def _expanded(frame: nw.DataFrame[Any]) -> nw.DataFrame[Any] | None:
    """Return a table with a column for each element of its lists, as files are read."""
    if not any(kind in (nw.List, nw.Array, nw.Object) for kind in frame.schema.values()):
        return None
    columns = {str(name): _arrow_column(frame.select(name), str(name)) for name in frame.columns}
    expanded: nw.DataFrame[Any]
    expanded = nw.from_native(plain_table(pa.table(columns))[0], eager_only=True)
    return expanded


def _arrow_column(frame: nw.DataFrame[Any], name: str) -> Any:
    """Return the only column of a frame; values of several types as texts."""
    try:
        column = frame.to_arrow().column(0)
    except (pa.ArrowException, NarwhalsError, OverflowError, TypeError, ValueError):
        values = frame[frame.columns[0]].to_list()
        if not all(isinstance(value, str | int | float | None) for value in values):
            raise DataError(_wrong_values(values, name)) from None
        texts = [None if (value is None or value != value) else str(value) for value in values]
        return pa.chunked_array([pa.array(texts, pa.string())])
    _check_can_be_read(column.type, name)
    return column


def _wrong_values(values: Sequence[Any], name: str) -> str:
    """Return the message on a column whose values no type of a column can hold."""
    types = list(dict.fromkeys(type(value).__name__ for value in values if value is not None))
    shown = ", ".join(types[:_SHOWN_TYPES]) + (" and others" if len(types) > _SHOWN_TYPES else "")
    return (
        f"Column `{name}` of the table must hold real numbers, texts, dates, or lists of equal "
        f"kind. Got values of type {shown}, which no column can hold: convert them, for example "
        "with `.astype(str)`, or drop the column."
    )


def _check_can_be_read(kind: Any, name: str) -> None:
    """Raise an error for pandas' periods and intervals, which no other library knows."""
    advice = {
        "pandas.period": "periods: convert them with `.dt.to_timestamp()`",
        "pandas.interval": "intervals: convert them with `.astype(str)`",
    }
    values = kind.value_type if pa.types.is_dictionary(kind) else kind
    held = advice.get(getattr(values, "extension_name", ""))
    if held is not None:
        raise DataError(f"Column `{name}` of the table holds {held}.")


def check_columns(X: Any) -> None:
    """Raise an error for a table without columns, or with several of one name.

    Parameters
    ----------
    X : pandas, polars or pyarrow table
        Any columns.

    Raises
    ------
    DataError
        Names the first such column.
    """
    names = X.column_names if isinstance(X, pa.Table) else getattr(X, "columns", ())
    if not len(names):
        raise DataError("The table must have at least one column. Got none.")
    counts = Counter(map(str, names))
    (name, n), *_ = counts.most_common(1)
    if n > 1:
        raise DataError(f"Column names must be unique. Got {n} columns `{name}`: rename them.")


def as_frame(X: Any) -> nw.DataFrame[Any]:
    """Return a table as a data frame of narwhals, with texts as column names.

    Parameters
    ----------
    X : pandas, polars or pyarrow table
        Any columns.

    Returns
    -------
    narwhals.DataFrame

    Raises
    ------
    DataError
        If it has no columns, or several of one name.
    """
    check_columns(X)
    names = getattr(X, "columns", ())
    if hasattr(X, "iloc") and not all(isinstance(name, str) for name in names):
        X = X.copy(deep=False)  # narwhals takes only texts as names
        X.columns = [str(name) for name in names]
    try:
        return nw.from_native(X, eager_only=True)
    except (NarwhalsError, TypeError, ValueError) as error:
        raise DataError(f"The table cannot be read: {error}") from None


def columns_losing_digits(X: Any) -> list[str]:
    """Return the columns with whole numbers beyond 2^53, which lose digits as floats.

    Parameters
    ----------
    X : any
        Rows as given by the user.

    Returns
    -------
    list of str
        Names, or positions in an array.
    """
    if is_table(X):
        frame = as_frame(X)
        wide = [name for name, kind in frame.schema.items() if kind in (nw.Int64, nw.UInt64)]
        return [str(name) for name in wide if loses_digits(frame[name].to_arrow())]
    if not isinstance(X, np.ndarray) or X.ndim != 2 or X.dtype not in (np.int64, np.uint64):
        return []
    is_large = np.zeros(X.shape[1], dtype=bool)
    for block in row_blocks(X):
        is_large |= (block.max(axis=0) > LARGEST_EXACT) | (block.min(axis=0) < -LARGEST_EXACT)
    return [str(k) for k in np.flatnonzero(is_large)]


def like_table(X: Any, values: NDArray[Any], names: Sequence[str]) -> Any:
    """Return values as a table of the same library as ``X``, for pandas with its index.

    Parameters
    ----------
    X : pandas, polars or pyarrow table
        Table with as many rows as ``values``.
    values : ndarray of shape (n_samples, n_columns)
        Numbers.
    names : sequence of str
        Column names.

    Returns
    -------
    table
    """
    return arrow_like(X, pa.table({name: values[:, k] for k, name in enumerate(names)}))


def arrow_like(X: Any, table: pa.Table) -> Any:
    """Return an Arrow table as a table of the same library as ``X``.

    Parameters
    ----------
    X : pandas, polars or pyarrow table
        Table with at least one row; the index of one of pandas is kept if it has as many rows.
    table : pyarrow.Table
        Any columns; those of levels get the type of the column of ``X`` if that has these levels.

    Returns
    -------
    table
    """
    frame = as_frame(X)
    made = nw.from_arrow(table, backend=frame.implementation).to_native()
    has_as_many = len(frame) == table.num_rows
    if has_as_many and hasattr(X, "index") and hasattr(made, "index"):
        made.index = X.index
    out = nw.from_native(made, eager_only=True)
    of_levels = [
        name
        for name, kind in frame.schema.items()
        if kind in (nw.Categorical, nw.Enum) and out.schema.get(name) == nw.String
    ]
    if not has_as_many:
        frame = frame[[0] * table.num_rows]
    return out.with_columns(*(_in_type_of(frame[k], out[k]) for k in of_levels)).to_native()


def _in_type_of(own: nw.Series[Any], given: nw.Series[Any]) -> nw.Series[Any]:
    """Return levels in the type of the user's own column, or unchanged if it lacks one."""
    if own.dtype == nw.Categorical and own.implementation.is_polars():  # takes any level
        return given.cast(own.dtype)
    known = own.to_arrow().dictionary.to_pylist()  # also levels that no cell has
    levels, names = {str(level).strip(): level for level in known}, given.to_list()
    if not set(names) <= levels.keys():
        return given
    return with_cells(own, range(len(names)), [levels[name] for name in names])


def with_cells(
    series: nw.Series[Any], where: Sequence[int], cells: Sequence[Any]
) -> nw.Series[Any]:
    """Return a column with other values in some cells, in the same type.

    Parameters
    ----------
    series : narwhals.Series
        Any column.
    where : sequence of int
        Positions of the cells.
    cells : sequence
        Their values, which the type of the column can hold.

    Returns
    -------
    narwhals.Series
    """
    # A pandas category is not set to one with other categories, but to its values.
    is_free = series.dtype == nw.Object or (
        series.dtype == nw.Categorical and series.implementation.is_pandas_like()
    )
    dtype = None if is_free else series.dtype
    made = nw.new_series(series.name, list(cells), dtype, backend=series.implementation)
    return series.scatter(list(where), made)


def native_table(table: pa.Table) -> Any:
    """Return an Arrow table as a pandas table, or unchanged if pandas is not installed.

    Parameters
    ----------
    table : pyarrow.Table
        Any columns.

    Returns
    -------
    table
    """
    if importlib.util.find_spec("pandas") is None:
        return table
    return table.to_pandas()
