"""Conversion of pyarrow columns to numbers, labels and texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .._translation import Message
from ..errors import DataError
from ._dataset import quantity
from .tables import NUMBER

__all__ = ["table_numbers", "to_labels", "to_texts"]

_NUMBER = f"^({NUMBER})$"
_TILE_VALUES = 2**18  # written at once, within the cache: a third of the time of whole columns
_NO_VALUE = ("", "NA", "N/A", "n/a", "NaN", "nan", "-nan", "null", "NULL", "#N/A")


def _as_numbers(path: Path, name: str, column: Any) -> Any:
    """Return a column as numbers."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_floating(kind):
        return column
    if pa.types.is_decimal(kind) or pa.types.is_null(kind):
        return column.cast(pa.float64())
    if _is_text(kind):
        return _text_as_numbers(path, name, _as_text(column))
    raise DataError(f"Column `{name}` of `{path}` must contain numbers. Got {kind}.")


def _text_as_numbers(path: Path, name: str, text: Any) -> Any:
    no_value = pc.or_kleene(
        pc.is_null(text), pc.is_in(pc.utf8_trim_whitespace(text), value_set=pa.array(_NO_VALUE))
    )
    text = pc.if_else(no_value, None, text)
    is_number = pc.match_substring_regex(text, _NUMBER)
    if pc.all(is_number).as_py() is not False:  # None if all are missing
        return pc.utf8_trim_whitespace(text).cast(pa.float64())
    row = pc.index(is_number, False).as_py()
    value = text[row].as_py()
    shown = value if len(value) <= 40 else value[:37] + "..."
    n_wrong = len(text) - text.null_count - pc.sum(is_number).as_py()
    raise DataError(
        f"Column `{name}` of `{path}` must contain numbers. Got text in {quantity(n_wrong, 'row')},"
        f" such as {shown!r} in row {row + 1}: correct these cells, or leave them empty."
    )


def _to_array(features: dict[str, Any]) -> NDArray[Any]:
    """Return columns as one array: uint8 or float32 if that can hold every column, else float64."""
    types = {str(column.type) for column in features.values()}
    dtype: type[np.generic] = np.float64
    if not any(column.null_count for column in features.values()):
        if types <= {"bool", "uint8"}:
            dtype = np.uint8
        elif types <= {"bool", "uint8", "int8", "uint16", "int16", "halffloat", "float"}:
            dtype = np.float32
    columns = [_values(column) for column in features.values()]
    X = np.empty((len(columns[0]), len(columns)), dtype=dtype)
    step = max(1, _TILE_VALUES // len(columns))
    for start in range(0, len(X), step):
        tile = [values[start : start + step] for values in columns]
        X[start : start + step] = np.stack(tile).T  # two long calls, during which others can run
    return X


def _values(column: Any) -> NDArray[Any]:
    """Return a column as an array; null becomes NaN, which is reported with the others."""
    values: NDArray[Any] = (column.cast(pa.float64()) if column.null_count else column).to_numpy()
    return values


def table_numbers(path: Path, table: pa.Table) -> NDArray[Any]:
    """Return all columns of a table as one array of numbers.

    Parameters
    ----------
    path : Path
        Name of the table in messages.
    table : pyarrow.Table
        At least one column; numbers stored as text, as in a CSV file, are accepted.

    Returns
    -------
    ndarray of shape (n_rows, n_columns)
        uint8 or float32 if that can hold every column, else float64. Missing values are NaN.

    Raises
    ------
    DataError
        If a column contains anything but numbers.
    """
    return _to_array(
        {
            name: _as_numbers(path, name, column)
            for name, column in zip(table.column_names, table.columns, strict=True)
        }
    )


def to_labels(column: Any) -> NDArray[Any]:
    """Return numbers as they are, and other values as strings, "" for missing ones."""
    kind = column.type
    if column.null_count == 0 and (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        return np.asarray(column.to_numpy())
    if _is_text(kind):
        column = _as_text(column)
    return np.array(["" if value is None else str(value) for value in column.to_pylist()])


def to_texts(path: Path, name: str, column: Any) -> Any:
    """Return a column as strings, null for missing values."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if _is_text(column.type) or pa.types.is_null(column.type):
        return _as_text(column)
    raise DataError(
        f"Column `{name}` of `{path}` must contain texts. Got {_kind_of(column.type)}: name "
        "another column."
    )


def _is_text(kind: Any) -> bool:
    return str(kind) in (
        "string", "large_string", "string_view", "binary", "large_binary", "binary_view",
    )  # fmt: skip


def _as_text(column: Any) -> Any:
    try:
        return column.cast(pa.string())
    except pa.ArrowInvalid:  # bytes that are not UTF-8
        values = column.to_pylist()
        return pa.chunked_array(
            [[v if v is None else v.decode("utf-8", "replace") for v in values]]
        )


def _kind_of(kind: Any) -> str:
    if pa.types.is_null(kind):
        return Message("empty")
    if pa.types.is_temporal(kind):
        return Message("date or time")
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return Message("text") if _is_text(kind) else f"{kind}"
