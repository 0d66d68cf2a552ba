"""What becomes of a table's columns, as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._translation import Message
from ..preprocessing import ColumnPlan

__all__ = ["column_table"]

_KINDS = {
    "numeric": Message("numeric"),
    "categorical": Message("categorical"),
    "ordinal": Message("ordinal"),
    "date": Message("date"),
    "hashed": Message("hashed"),
    "text": Message("text"),
    "list": Message("list"),
    "id": Message("id"),
    "constant": Message("constant"),
    "empty": Message("empty"),
    "unused": Message("unused"),
}


def column_table(plan: Sequence[ColumnPlan], n_encoded: Mapping[str, int]) -> dict[str, Any]:
    """Return the table of a training table's columns.

    Parameters
    ----------
    plan : sequence of ColumnPlan
        What becomes of the columns.
    n_encoded : mapping of str to int
        Number of encoded values of each used column, if they are known.

    Returns
    -------
    dict
        A table of a report: ``section``, ``columns``, ``rows`` and ``caption``.
    """
    return {
        "section": "columns",
        "columns": [
            "", Message("kind"), Message("becomes"), Message("missing"), Message("remark"),
        ],
        "rows": [
            [
                column.name,
                _KINDS[column.kind],
                _becomes(column, n_encoded.get(column.name, 0)),
                f"{column.n_missing:,}" if column.n_missing else "",
                column.note,
            ]
            for column in plan
        ],
        "caption": Message("Columns of the table, and what the model sees of them."),
    }  # fmt: skip


def _becomes(column: ColumnPlan, n_encoded: int) -> str:
    if column.kind == "categorical" and n_encoded:
        return Message.plural("{n} one-hot column", "{n} one-hot columns", n_encoded)
    return column.becomes
