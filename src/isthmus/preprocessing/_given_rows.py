"""Recognition of input types, without importing their libraries."""

from __future__ import annotations

import importlib.util
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Number
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
from narwhals.dependencies import is_into_dataframe, is_into_series
from narwhals.exceptions import NarwhalsError
from numpy.typing import NDArray
from scipy import sparse
from torch import Tensor

from .._row_blocks import row_blocks
from ..errors import DataError, did_you_mean
from ..sources import listed, plain_table, table_texts
from ._column_plan import (
    LARGEST_EXACT,
    ColumnPlan,
    is_plain_numbers,
    loses_digits,
    plan_columns,
)
from ._text_dates import with_dates

__all__ = [
    "RowFacts",
    "arrow_like",
    "as_array",
    "as_table",
    "check_are_rows",
    "columns_losing_digits",
    "facts_of",
    "flat_pictures",
    "given_shape",
    "is_table",
    "like_table",
    "native_table",
    "texts_of",
    "whole_table",
]


def as_array(X: Any) -> Any:
    """Convert a tensor to an array on the CPU; return anything else unchanged.

    Parameters
    ----------
    X : any
        Half-precision tensors become single precision.

    Returns
    -------
    ndarray or any
    """
    if not isinstance(X, Tensor):
        return X
    X = X.detach().cpu()
    return (X.float() if X.element_size() == 2 and X.is_floating_point() else X).numpy()


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


def check_are_rows(X: Any, *, texts: bool) -> None:
    """Raise an error for a value that is not rows: a text, a number or a Series of values.

    Arrays and lists are left to scikit-learn's checks.

    Parameters
    ----------
    X : any
        Rows as given by the user.
    texts : bool
        Whether the rows are to be texts, which a Series can hold.

    Raises
    ------
    DataError
        If ``X`` cannot be rows.
    """
    what = "a list of texts or a table" if texts else "an array or a table"
    if isinstance(X, str | bytes):
        advice = (
            "pass a list with that text" if texts else "if it is a file name, read the file first"
        )
        raise DataError(f"X must be {what} with the rows. Got the string {X[:40]!r}: {advice}.")
    if X is None or (isinstance(X, Number | Mapping) and not sparse.issparse(X)):
        raise DataError(f"X must be {what} with the rows. Got {type(X).__name__}.")
    if isinstance(X, list) and X and isinstance(X[0], Mapping):
        raise DataError(
            f"X must be {what} with the rows. Got a list of dicts: make a table of it, such as "
            "`pandas.DataFrame(X)`."
        )
    if not texts and is_into_series(X) and not _are_all_texts(X):
        if isinstance(next(iter(_listed_values(X)), None), Mapping):
            raise DataError(
                f"X must be {what} with the rows. Got a Series of dicts: make a table of it, such "
                "as `pandas.DataFrame(X.tolist())`."
            )
        raise DataError(
            f"X must be {what} with the rows. Got a Series: pass a single row as a table of one "
            "row, such as `table.iloc[[0]]` or `table[:1]`."
        )


@dataclass(frozen=True)
class RowFacts:
    """Properties of rows that are known before fitting.

    Attributes
    ----------
    kind : {"numbers", "table", "pictures", "texts"}
        Kind of the rows; a table whose columns are all numbers is "numbers".
    n_features : int or None
        Number of columns of their matrix; None for texts.
    picture_shape : tuple of int or None
        For pictures: (height, width) or (height, width, channels).
    text_columns : tuple of str or None
        For a table of texts: the text columns.
    plan : tuple of ColumnPlan or None
        For a mixed table: the plans of its columns.
    columns : tuple of str or None
        For a table of numbers that NumPy does not read as numbers, such as booleans with missing
        cells: the columns to read.
    """

    kind: str
    n_features: int | None
    picture_shape: tuple[int, ...] | None = None
    text_columns: tuple[str, ...] | None = None
    plan: tuple[ColumnPlan, ...] | None = None
    columns: tuple[str, ...] | None = None


def facts_of(
    X: Any,
    *,
    picture_shape: Sequence[int] | None = None,
    text_columns: Sequence[str] | None = None,
    plan: Sequence[ColumnPlan] | None = None,
) -> RowFacts:
    """Return the properties of rows, from the rows and from hints of their source.

    Parameters
    ----------
    X : any
        Rows as given by the user.
    picture_shape : sequence of int, default=None
        Shape of the pictures, if flat rows are pictures.
    text_columns : sequence of str, default=None
        Text columns of a table, to use as the rows.
    plan : sequence of ColumnPlan, default=None
        Plans of a table's columns; None makes them.

    Returns
    -------
    RowFacts
    """
    if text_columns is not None or _holds_texts(X):
        return RowFacts("texts", None, None, None if text_columns is None else tuple(text_columns))
    shape = given_shape(X)
    if shape is not None:
        return RowFacts("pictures", math.prod(shape), shape)
    if is_table(X) and plan is None and not _is_numeric_frame(X):
        plan = plan_columns(whole_table(X))
    if plan is not None and not is_plain_numbers(plan):
        return RowFacts("table", None, plan=tuple(plan))
    if plan is not None:
        columns = tuple(column.name for column in plan if column.is_used)
        return RowFacts("numbers", len(columns), columns=columns)
    sizes: tuple[int, ...] = getattr(X, "shape", ())
    n_features = int(sizes[1]) if len(sizes) == 2 else None
    if isinstance(X, list | tuple) and X and hasattr(X[0], "__len__"):
        n_features = len(X[0])
    if picture_shape is not None:
        return RowFacts("pictures", n_features, tuple(map(int, picture_shape)))
    return RowFacts("numbers", n_features)


def given_shape(X: Any) -> tuple[int, ...] | None:
    """Return the shape of one picture of an array with more than two axes, channels last.

    Parameters
    ----------
    X : any
        (n, height, width), (n, height, width, channels), or (n, channels, height, width) if the
        last axis is not 1 or 3 and the second axis is.

    Returns
    -------
    tuple of int or None
        (height, width), or (height, width, channels) for more than one channel; None for anything
        else.
    """
    shape = getattr(X, "shape", ())
    if sparse.issparse(X) or is_table(X) or len(shape) not in (3, 4):
        return None
    if len(shape) == 3:
        return tuple(map(int, shape[1:]))
    height, width, channels = shape[2:] + shape[1:2] if _is_channels_first(shape) else shape[1:]
    return (int(height), int(width)) + ((int(channels),) if channels != 1 else ())


def _is_channels_first(shape: Sequence[int]) -> bool:
    return shape[3] not in (1, 3) and shape[1] in (1, 3)


def flat_pictures(X: Any, shape: Sequence[int] | None) -> Any:
    """Flatten pictures to rows, with the channels of each pixel next to each other.

    Parameters
    ----------
    X : ndarray of shape (n, ...)
        Pictures for which ``given_shape`` returns a shape.
    shape : sequence of int or None
        Required shape, as in training; None accepts any.

    Returns
    -------
    ndarray of shape (n, height * width * channels)
        A view if the memory layout allows it.

    Raises
    ------
    DataError
        If the pictures have another shape.
    """
    got = given_shape(X)
    if shape is not None and (*shape, 1)[:3] != (*(got or ()), 1)[:3]:
        raise DataError(
            f"Pictures must have the shape of the training pictures, {_times(shape)}. "
            f"Got {_times(got or ())}: resize them."
        )
    if X.ndim == 4 and _is_channels_first(X.shape):
        X = np.moveaxis(X, 1, 3)
    return X.reshape(len(X), -1)


def _times(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape))


def texts_of(
    X: Any, columns: Sequence[str] | None = None, *, expected: bool = False
) -> NDArray[Any] | None:
    """Return texts as an array of strings.

    Parameters
    ----------
    X : any
        A list, tuple, array or Series of strings, where None and NaN mean no text; or, with
        ``columns``, a table.
    columns : sequence of str, default=None
        Text columns of a table, joined with a space. None uses the table's only text column.
    expected : bool, default=False
        Whether to treat an empty sequence, or one of other values, as texts.

    Returns
    -------
    ndarray of shape (n_samples,) or None
        Object array of strings, empty where there is no text. None if ``X`` contains no texts.

    Raises
    ------
    DataError
        If a table lacks a column, or a value is not text.
    """
    if is_table(X):
        frame = _frame(X)
        if columns is None:
            columns = [name for name in frame.columns if frame.schema[name] == nw.String]
            if len(columns) != 1:
                raise DataError(
                    "Texts must be a list, an array or a Series of strings, or a table with one "
                    f"text column. Got a table with {len(columns)} text columns: select one."
                )
        return table_texts(Path("X"), as_table(X, columns), columns)
    if not (_may_hold_texts(X) if expected else _holds_texts(X)):
        return None
    values = _listed_values(X)
    wrong = next(
        (k for k, v in enumerate(values) if not isinstance(v, str) and not _is_missing(v)), -1
    )
    if wrong >= 0:
        raise DataError(
            f"Texts must be strings. Got {type(values[wrong]).__name__} in row {wrong} (from 0)."
        )
    texts = np.empty(len(values), dtype=object)
    texts[:] = [value if isinstance(value, str) else "" for value in values]
    return texts


def _are_all_texts(X: Any) -> bool:
    return all(isinstance(value, str) for value in _listed_values(X))


def _may_hold_texts(X: Any) -> bool:
    if isinstance(X, np.ndarray):
        return X.ndim == 1 and X.dtype.kind in "OUT"
    if isinstance(X, list | tuple):
        return not (len(X) and hasattr(X[0], "__len__") and not isinstance(X[0], str))
    return bool(is_into_series(X))


def _holds_texts(X: Any) -> bool:
    if not _may_hold_texts(X):
        return False
    first = next((value for value in _listed_values(X) if not _is_missing(value)), None)
    return isinstance(first, str)


def _listed_values(X: Any) -> Any:
    if isinstance(X, list | tuple | np.ndarray):
        return X
    return nw.from_native(X, series_only=True).to_list()


def _is_missing(value: Any) -> bool:
    """Return whether a value is missing: None, NaN, or pandas' NA."""
    return value is None or (isinstance(value, float) and value != value)


def _is_numeric_frame(X: Any) -> bool:
    """Return whether NumPy reads all columns of a table as numbers."""
    frame = _frame(X)
    return all(
        (kind.is_numeric() and kind != nw.Decimal)
        or (kind == nw.Boolean and not frame[name].null_count())
        for name, kind in frame.schema.items()
    )


def whole_table(X: Any) -> pa.Table:
    """Return all columns of a table; texts that are all dates as dates.

    Parameters
    ----------
    X : pandas, polars or pyarrow table
        Any columns.

    Returns
    -------
    pyarrow.Table

    Warns
    -----
    UserWarning
        If the day and the month of dates in texts could be the other way round.
    """
    return with_dates(as_table(X, list(map(str, _frame(X).columns))))


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
    frame = _frame(X)
    known = list(map(str, frame.columns))
    missing = [name for name in names if name not in set(known)]
    if missing and (expanded := _expanded(frame)) is not None:
        frame, known = expanded, expanded.columns
        missing = [name for name in names if name not in set(known)]
    if missing:
        what = "column" if len(missing) == 1 else "columns"
        hint = did_you_mean(missing[0], known) or f" It has {listed(known, shown=8)}."
        raise DataError(
            f"The table must have the columns of the training data. It lacks the {what} "
            f"{listed(missing)}.{hint}"
        )
    by_name = dict(zip(known, frame.columns, strict=True))
    columns = {}
    for name in names:
        columns[name] = _arrow_column(frame.select(by_name[name]), name)
    return pa.table(columns)


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
    except (pa.ArrowException, NarwhalsError, TypeError, ValueError) as error:
        values = frame[frame.columns[0]].to_list()
        if not all(isinstance(value, str | int | float | None) for value in values):
            reason = str(error).splitlines()[0][:200]
            raise DataError(f"Column `{name}` of the table cannot be read: {reason}") from None
        texts = [None if _is_missing(value) else str(value) for value in values]
        return pa.chunked_array([pa.array(texts, pa.string())])
    _check_can_be_read(column.type, name)
    return column


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


def _check_names(names: Sequence[Any]) -> None:
    """Raise an error for a table without columns, or with several of one name."""
    if not len(names):
        raise DataError("The table must have at least one column. Got none.")
    counts = Counter(map(str, names))
    (name, n), *_ = counts.most_common(1)
    if n > 1:
        raise DataError(f"Column names must be unique. Got {n} columns `{name}`: rename them.")


def _frame(X: Any) -> nw.DataFrame[Any]:
    names = getattr(X, "columns", ())
    _check_names(X.column_names if isinstance(X, pa.Table) else names)
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
        frame = _frame(X)
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
    """Return an Arrow table as a table of the same library as ``X``, for pandas with its index.

    Parameters
    ----------
    X : pandas, polars or pyarrow table
        Table with as many rows.
    table : pyarrow.Table
        Any columns.

    Returns
    -------
    table
    """
    made = nw.from_arrow(table, backend=_frame(X).implementation).to_native()
    if hasattr(X, "index") and hasattr(made, "index"):
        made.index = X.index
    return made


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
