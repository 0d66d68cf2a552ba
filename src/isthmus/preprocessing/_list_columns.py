"""Columns whose cells are lists of equally many numbers."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["is_list", "list_length"]


def is_list(kind: Any) -> bool:
    """Return whether an Arrow type is that of lists."""
    tests = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    return any(test(kind) for test in tests)


def list_length(column: Any) -> int | None:
    """Return the length of a column's lists of numbers, or None if they differ or are none."""
    if not is_list(column.type):
        return None
    element = column.type.value_type
    if not (pa.types.is_floating(element) or pa.types.is_integer(element)):
        return None
    lengths = pc.unique(pc.list_value_length(column).drop_null()).to_pylist()
    return int(lengths[0]) if len(lengths) == 1 and lengths[0] else None
