"""Finding about columns of a table that are read as text although they are mostly numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..preprocessing import ColumnPlan
from ._findings import Finding, names_shown

__all__ = ["examine_kinds"]

_MOSTLY = 0.8  # share of numbers
_NUMBER = r"^\s*[-+]?(\d+[.,]?\d*|[.,]\d+)([eE][-+]?\d+)?\s*$"
_CODE = r"^\s*0\d"  # such as 01234
_OF_TEXT = ("categorical", "hashed", "id")


def examine_kinds(table: pa.Table, plans: Sequence[ColumnPlan]) -> list[Finding]:
    """Find columns of a table that are mostly numbers, but are read as text.

    Parameters
    ----------
    table : pyarrow.Table
        Training rows.
    plans : sequence of ColumnPlan
        What becomes of its columns.

    Returns
    -------
    list of Finding
        At most one, "unlike_kinds".
    """
    names = set(table.column_names)  # PyArrow builds a list of all of them at each use
    found = {
        plan.name: word
        for plan in plans
        if plan.kind in _OF_TEXT and plan.name in names
        if (word := _word_among_numbers(table.column(plan.name)))
    }
    if not found:
        return []
    values = {
        "n": len(found),
        "total": len(plans),
        "columns": names_shown(range(len(found)), list(found), total=len(found)),
        "words": names_shown(range(len(found)), list(found.values()), total=len(found)),
    }
    return [Finding("unlike_kinds", "warning", values)]


def _word_among_numbers(column: Any) -> str:
    """Return the first cell that is not a number, if most others are; else an empty string."""
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return ""
    cells = column.drop_null()
    if pc.any(pc.match_substring_regex(cells, _CODE)).as_py():
        return ""
    is_number = pc.match_substring_regex(cells, _NUMBER)
    share = pc.mean(is_number).as_py()
    if share is None or not _MOSTLY <= share < 1:
        return ""
    return str(cells[pc.index(is_number, False).as_py()].as_py())
