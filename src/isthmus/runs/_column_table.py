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


def column_table(
    plan: Sequence[ColumnPlan], n_encoded: Mapping[str, int], *, n_sampled: int | None = None
) -> dict[str, Any]:
    """Return the table of a training table's columns.

    Parameters
    ----------
    plan : sequence of ColumnPlan
        What becomes of the columns.
    n_encoded : mapping of str to int
        Number of encoded values of each used column, if they are known.
    n_sampled : int, default=None
        Number of rows that the plan was made of, if not of all.

    Returns
    -------
    dict
        A table of a report: ``section``, ``columns``, ``rows`` and ``caption``; and ``note``, a
        line to print below it, if the plan was made of a sample.
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
        **({} if n_sampled is None else _of_sample(n_sampled)),
    }  # fmt: skip


def _of_sample(n: int) -> dict[str, str]:
    """Return what is said of a plan that was made of a sample of rows."""
    return {
        "caption": Message(
            "Columns of the table, and what the model sees of them. Kinds and numbers of missing "
            "cells are of a random sample of {n:,} rows.",
            n=n,
        ),
        "note": Message(
            "Kinds and numbers of missing cells are of a random sample of {n:,} rows.", n=n
        ),
    }


def _becomes(column: ColumnPlan, n_encoded: int) -> str:
    if column.kind == "categorical" and n_encoded:
        return Message.plural("{n} one-hot column", "{n} one-hot columns", n_encoded)
    return column.becomes
