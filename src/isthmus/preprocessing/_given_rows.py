"""Rows as people have them: recognised by what they are, without their libraries being imported."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
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

from ..errors import DataError, did_you_mean
from ..sources import listed, table_texts

__all__ = [
    "RowFacts",
    "as_array",
    "as_table",
    "facts_of",
    "flat_pictures",
    "given_shape",
    "is_table",
    "like_table",
    "texts_of",
]


def as_array(X: Any) -> Any:
    """Return a tensor as an array on the CPU, and anything else as it is.

    Parameters
    ----------
    X : any
        A tensor of half precision becomes one of single precision.

    Returns
    -------
    ndarray or any
    """
    if not isinstance(X, Tensor):
        return X
    X = X.detach().cpu()
    return (X.float() if X.element_size() == 2 and X.is_floating_point() else X).numpy()


def is_table(X: Any) -> bool:
    """Return whether rows are a pandas, polars or pyarrow table, or another that narwhals knows.

    Parameters
    ----------
    X : any
        As a user gives them.

    Returns
    -------
    bool
    """
    return bool(is_into_dataframe(X))


@dataclass(frozen=True)
class RowFacts:
    """What is known about rows before anything is learned from them.

    Attributes
    ----------
    kind : {"numbers", "pictures", "texts"}
        What they are.
    n_features : int or None
        The number of columns of their matrix; None for texts.
    picture_shape : tuple of int or None
        Of pictures: (height, width) or (height, width, channels).
    text_columns : tuple of str or None
        Of a table of texts: the columns that hold them.
    """

    kind: str
    n_features: int | None
    picture_shape: tuple[int, ...] | None = None
    text_columns: tuple[str, ...] | None = None


def facts_of(
    X: Any,
    *,
    picture_shape: Sequence[int] | None = None,
    text_columns: Sequence[str] | None = None,
) -> RowFacts:
    """Return what rows tell by themselves, and what their source tells beside them.

    Parameters
    ----------
    X : any
        As a user gives them.
    picture_shape : sequence of int, default=None
        The shape of pictures, where flat rows are some.
    text_columns : sequence of str, default=None
        Of a table: the columns that hold texts, which are then the rows.

    Returns
    -------
    RowFacts
    """
    if text_columns is not None or _holds_texts(X):
        return RowFacts("texts", None, None, None if text_columns is None else tuple(text_columns))
    shape = given_shape(X)
    if shape is not None:
        return RowFacts("pictures", math.prod(shape), shape)
    sizes: tuple[int, ...] = getattr(X, "shape", ())
    n_features = int(sizes[1]) if len(sizes) == 2 else None
    if isinstance(X, list | tuple) and X and hasattr(X[0], "__len__"):
        n_features = len(X[0])
    if picture_shape is not None:
        return RowFacts("pictures", n_features, tuple(map(int, picture_shape)))
    return RowFacts("numbers", n_features)


def given_shape(X: Any) -> tuple[int, ...] | None:
    """Return the shape of each picture of an array with more than two axes, channels last.

    Parameters
    ----------
    X : any
        (n, height, width), (n, height, width, channels), or (n, channels, height, width) where
        the last axis cannot be channels, 1 or 3, and the second can.

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
    """Return pictures as rows of numbers, channels pixel by pixel.

    Parameters
    ----------
    X : ndarray of shape (n, ...)
        What ``given_shape`` has a shape for.
    shape : sequence of int or None
        The pictures' shape in the training; None takes any.

    Returns
    -------
    ndarray of shape (n, height * width * channels)
        A view where the memory allows for it.

    Raises
    ------
    DataError
        If the pictures have another shape.
    """
    got = given_shape(X)
    if shape is not None and (*shape, 1)[:3] != (*(got or ()), 1)[:3]:
        raise DataError(
            f"Pictures must be of shape {_times(shape)}, as in the training. "
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
        A list, tuple, array or Series of strings, where None and NaN stand for no text; or, with
        ``columns``, a table.
    columns : sequence of str, default=None
        A table's columns of texts, which are joined by a blank. None takes the table's only
        column of texts.
    expected : bool, default=False
        Whether a sequence without a single value, or one of something else, is taken for texts.

    Returns
    -------
    ndarray of shape (n_samples,) or None
        Of objects; an empty string where there is no text. None if ``X`` holds no texts.

    Raises
    ------
    DataError
        If a table lacks a column, or something else stands among texts.
    """
    if is_table(X):
        frame = _frame(X)
        if columns is None:
            columns = [name for name in frame.columns if frame.schema[name] == nw.String]
            if len(columns) != 1:
                raise DataError(
                    "Texts must be a list, an array or a Series of strings, or a table with one "
                    f"column of them. Got a table with {len(columns)} such columns: pass the "
                    "column."
                )
        return table_texts(Path("X"), as_table(X, columns), columns)
    if not (_may_hold_texts(X) if expected else _holds_texts(X)):
        return None
    values = _listed_values(X)
    wrong = next((k for k, v in enumerate(values) if not isinstance(v, str) and not _is_no(v)), -1)
    if wrong >= 0:
        raise DataError(
            f"Texts must be strings. Got {type(values[wrong]).__name__} in row {wrong} (from 0)."
        )
    texts = np.empty(len(values), dtype=object)
    texts[:] = [value if isinstance(value, str) else "" for value in values]
    return texts


def _may_hold_texts(X: Any) -> bool:
    if isinstance(X, np.ndarray):
        return X.ndim == 1 and X.dtype.kind in "OUT"
    if isinstance(X, list | tuple):
        return not (len(X) and hasattr(X[0], "__len__") and not isinstance(X[0], str))
    return bool(is_into_series(X))


def _holds_texts(X: Any) -> bool:
    if not _may_hold_texts(X):
        return False
    first = next((value for value in _listed_values(X) if not _is_no(value)), None)
    return isinstance(first, str)


def _listed_values(X: Any) -> Any:
    if isinstance(X, list | tuple | np.ndarray):
        return X
    return nw.from_native(X, series_only=True).to_list()


def _is_no(value: Any) -> bool:
    """Return whether a value stands for none: None, NaN, or pandas' NA."""
    return value is None or (isinstance(value, float) and value != value)


def as_table(X: Any, names: Sequence[str]) -> pa.Table:
    """Return some columns of a table, found by name.

    Parameters
    ----------
    X : pandas, polars or pyarrow table
        In any order, and with further columns.
    names : sequence of str
        Which columns, in the order wanted.

    Returns
    -------
    pyarrow.Table

    Raises
    ------
    DataError
        If it lacks a column, or a column cannot be read.
    """
    frame = _frame(X)
    known = list(map(str, frame.columns))
    missing = [name for name in names if name not in set(known)]
    if missing:
        what = "column" if len(missing) == 1 else "columns"
        hint = did_you_mean(missing[0], known) or f" It has {listed(known, shown=8)}."
        raise DataError(
            f"The table must have the columns of the training. Got none for the {what} "
            f"{listed(missing)}.{hint}"
        )
    by_name = dict(zip(known, frame.columns, strict=True))
    columns = {}
    for name in names:
        try:
            arrow = frame.select(by_name[name]).to_arrow()
        except (pa.ArrowException, NarwhalsError, TypeError, ValueError) as error:
            reason = str(error).splitlines()[0][:200]
            raise DataError(f"Column `{name}` of the table cannot be read: {reason}") from None
        columns[name] = arrow.column(0)
    return pa.table(columns)


def _frame(X: Any) -> nw.DataFrame[Any]:
    try:
        return nw.from_native(X, eager_only=True)
    except (NarwhalsError, TypeError, ValueError) as error:
        raise DataError(f"The table cannot be read: {error}") from None


def like_table(X: Any, values: NDArray[Any], names: Sequence[str]) -> Any:
    """Return values as a table of the library of ``X``, a pandas one with its index.

    Parameters
    ----------
    X : pandas, polars or pyarrow table
        As many rows as ``values``.
    values : ndarray of shape (n_samples, n_columns)
        Numbers.
    names : sequence of str
        Of the columns.

    Returns
    -------
    table
    """
    backend = _frame(X).implementation
    columns = {name: values[:, k] for k, name in enumerate(names)}
    made = nw.from_dict(columns, backend=backend).to_native()
    if hasattr(X, "index") and hasattr(made, "index"):
        made.index = X.index
    return made
