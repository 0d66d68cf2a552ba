"""Columns of files that declare types, reduced to the types of a table file."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..._translation import Message
from .._dataset import listed
from ._column_names import unique_names

__all__ = ["plain_table"]

_WIDEST_LIST = 16_384


def plain_table(table: pa.Table) -> tuple[pa.Table, list[str]]:
    """Give each column a plain type and name, and expand lists of one length to columns.

    Parameters
    ----------
    table : pyarrow.Table
        Any types.

    Returns
    -------
    tuple of pyarrow.Table and list of str
        Columns of bool, integers, floats, string, dates, times and null, and columns that have no
        such form as they are; and notes. A list column `embedding` of 16 numbers a row becomes
        `embedding_1` to `embedding_16`.
    """
    names: list[str] = []
    columns: list[Any] = []
    expanded: list[str] = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        parts = _parts(column)
        if parts is None:
            names.append(name)
            columns.append(_plain(column))
        else:
            expanded.append(name)
            names += [f"{name}_{k}" for k in range(1, len(parts) + 1)]
            columns += map(_plain, parts)
    unique, notes = unique_names(names)
    if expanded:
        note = Message.plural(
            "Expanded {n} column of lists to a column per element: {names}.",
            "Expanded {n} columns of lists to a column per element: {names}.",
            len(expanded),
            names=listed(expanded),
        )
        notes = [*notes, note]
    return pa.table(columns, names=list(unique)), notes


def _plain(column: Any) -> Any:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _plain(column.cast(kind.value_type))
    if pa.types.is_run_end_encoded(kind):
        chunks = [pc.run_end_decode(chunk) for chunk in column.chunks]
        return _plain(pa.chunked_array(chunks, kind.value_type))
    if pa.types.is_decimal(kind):
        return column.cast(pa.float64())
    if pa.types.is_float16(kind):  # which Arrow's functions do not take
        return column.cast(pa.float32())
    if pa.types.is_duration(kind):
        seconds = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[kind.unit]
        return pc.divide(column.cast(pa.int64()).cast(pa.float64()), float(seconds))
    if pa.types.is_timestamp(kind) and kind.tz:
        return column.cast(pa.timestamp(kind.unit))
    if str(kind) in ("large_string", "string_view", "binary", "large_binary", "binary_view"):
        return _strings(column)
    return column


def _strings(column: Any) -> Any:
    try:
        return column.cast(pa.string())
    except pa.ArrowInvalid:  # bytes that are not UTF-8
        values = column.to_pylist()
        return pa.chunked_array(
            [[v if v is None else v.decode("utf-8", "replace") for v in values]], pa.string()
        )


def _parts(column: Any) -> list[Any] | None:
    """Return a column per element if all lists of a column hold equally many numbers."""
    kind = column.type
    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    is_list = is_list or pa.types.is_fixed_size_list(kind)
    if not is_list or not len(column):
        return None
    element = kind.value_type
    if not (pa.types.is_floating(element) or pa.types.is_integer(element)):
        return None
    lengths = pc.unique(pc.drop_null(pc.list_value_length(column))).to_pylist()
    if len(lengths) != 1 or not 0 < lengths[0] <= _WIDEST_LIST:
        return None
    values = column.combine_chunks()
    if column.null_count:
        return [pc.list_element(values, k) for k in range(lengths[0])]
    flat = pc.list_flatten(values).to_numpy(zero_copy_only=False).reshape(-1, lengths[0])
    return [pa.array(flat[:, k]) for k in range(lengths[0])]
