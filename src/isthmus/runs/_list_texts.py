"""Columns of lists as text, for files that cannot hold lists."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

__all__ = ["as_text_if_lists"]


def as_text_if_lists(column: Any) -> Any:
    """Return a column of lists as text, in the form of JSON; any other column unchanged.

    Parameters
    ----------
    column : pyarrow.Array or pyarrow.ChunkedArray
        Any type.

    Returns
    -------
    pyarrow.Array or pyarrow.ChunkedArray
    """
    if not pa.types.is_list(column.type):
        return column
    return pa.array([None if v is None else json.dumps(v) for v in column.to_pylist()], pa.string())
