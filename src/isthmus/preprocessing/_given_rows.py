"""Recognition of input types, without importing their libraries."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Number
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
from narwhals.dependencies import is_into_series
from numpy.typing import NDArray
from scipy import sparse
from torch import Tensor

from .._chunks import ChunkedTable
from ..errors import DataError
from ..sources import table_texts
from ._column_plan import ColumnPlan, is_plain_numbers, plan_columns
from ._data_frames import (
    as_frame,
    as_table,
    check_columns,
    is_numeric_frame,
    is_table,
    whole_table,
)
from ._given_batches import in_chunks, without_mask

__all__ = [
    "RowFacts",
    "as_array",
    "check_are_rows",
    "facts_of",
    "flat_pictures",
    "given_shape",
    "texts_of",
]

_OF_DATES = "convert the dates to numbers, or pass a table with columns of dates"
_ADVICE = {
    "M": _OF_DATES,
    "m": _OF_DATES,
    # These words are those of scikit-learn, whose checks of estimators look for them.
    "c": "Complex data not supported, pass real and imaginary parts as columns of their own",
    "V": "pass a table, or the fields as columns of a plain array",
}


def as_array(X: Any) -> Any:
    """Convert a tensor or a masked array to an array; return anything else but batches unchanged.

    Parameters
    ----------
    X : any
        Half-precision tensors become single precision; masked cells become missing ones; a torch
        Dataset and batches become rows in chunks.

    Returns
    -------
    ndarray, ChunkedRows or any

    Raises
    ------
    DataError
        If an array or a sparse matrix holds dates, complex numbers or records, or a table several
        columns of one name.
    """
    if isinstance(X, np.ndarray) or sparse.issparse(X):
        _check_type(X.dtype)
        return without_mask(X)
    if is_table(X):
        check_columns(X)
        return X
    if not isinstance(X, Tensor):
        return in_chunks(X)
    X = X.detach().cpu()
    X = X.float() if X.element_size() == 2 and X.is_floating_point() else X
    return as_array(X.numpy())


def _check_type(dtype: np.dtype[Any]) -> None:
    """Raise an error for arrays of dates, complex numbers and records, which have no numbers."""
    advice = _ADVICE.get(dtype.kind)
    if advice is not None:
        raise DataError(f"X must contain real numbers. Got dtype {dtype}: {advice}.")


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
    shape = given_shape(X) or getattr(X, "picture_shape", None)
    if isinstance(X, ChunkedTable) and plan is None:
        plan = plan_columns(X.sample()[1])
    if shape is not None:
        return RowFacts("pictures", math.prod(shape), shape)
    if is_table(X) and plan is None and not is_numeric_frame(X):
        plan = plan_columns(whole_table(X))
    if plan is not None and not is_plain_numbers(plan):
        return RowFacts("table", None, plan=tuple(plan))
    if plan is not None:
        columns = tuple(column.name for column in plan if column.is_used)
        return RowFacts("numbers", len(columns), columns=columns)
    is_array = hasattr(X, "shape") or not hasattr(X, "__array__")
    sizes: tuple[int, ...] = getattr(X if is_array else np.asarray(X), "shape", ())
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
            f"Got {_times(got or ())}: {_remedy(got or (), shape)}."
        )
    if X.ndim == 4 and _is_channels_first(X.shape):
        X = np.moveaxis(X, 1, 3)
    return X.reshape(len(X), -1)


def _remedy(got: Sequence[int], shape: Sequence[int]) -> str:
    """Return what gives pictures another shape: other sides, other channels, or both."""
    got, shape = (*got, 1)[:3], (*shape, 1)[:3]
    steps = []
    if got[:2] != shape[:2]:
        steps.append("resize them")
    if got[2] != shape[2]:
        to = {1: "grey", 3: "RGB"}.get(shape[2], f"{shape[2]} channels")
        steps.append(f"convert them to {to}")
    return " and ".join(steps)


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
        frame = as_frame(X)
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
