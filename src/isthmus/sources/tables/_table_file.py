"""Table file: what every reader of tables returns."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

__all__ = ["TableFile"]


@dataclass(frozen=True, eq=False)
class TableFile:
    """Table of a file, with a type for each column.

    Attributes
    ----------
    table : pyarrow.Table
        Columns of bool, integers, floats, string, date, timestamp, time or null (a column without
        a value); a column of nested values that is not expanded keeps its type. Missing values
        are null. Each column has a different name.
    notes : tuple of str
        Sentences about what was skipped or assumed.
    """

    table: pa.Table
    notes: tuple[str, ...]
