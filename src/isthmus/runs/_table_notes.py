"""Notes on the columns of a table: left out, missing, unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .._chunks import ChunkedTable
from .._translation import Message
from ..preprocessing import ColumnPlan
from ..sources import Dataset, listed

__all__ = ["id_columns", "unknown_notes", "with_plan"]

# Remarks on a column, in a sentence about it, and about several.
_OF_ONE = {
    "identifies rows": Message("it identifies rows"),
    "looks like an id": Message("it looks like an id"),
    "has only one value": Message("it has only one value"),
}
_OF_SEVERAL = {
    "identifies rows": Message("they identify rows"),
    "looks like an id": Message("they look like ids"),
    "has only one value": Message("each has only one value"),
}


def with_plan(
    dataset: Dataset, plan: Sequence[ColumnPlan], *, n_sampled: int | None = None
) -> Dataset:
    """Return a table's metadata with its plan and its ids, and with notes on its columns.

    Parameters
    ----------
    dataset : Dataset
        A table.
    plan : sequence of ColumnPlan
        What becomes of its columns.
    n_sampled : int, default=None
        Number of rows that the plan was made of, if not of all.

    Returns
    -------
    Dataset
    """
    notes: list[str] = []
    by_reason: dict[str, list[str]] = {}
    for column in plan:
        if not column.is_used and column.kind != "unused":
            by_reason.setdefault(column.note, []).append(column.name)
    notes += [
        Message.plural(
            "Column {names} is left out: {reason}.",
            "Columns {names} are left out: {reason}.",
            len(names),
            names=listed(names),
            reason=(_OF_ONE if len(names) == 1 else _OF_SEVERAL).get(reason, reason),
        )
        for reason, names in by_reason.items()
    ]
    holes = {column.name: column.n_missing for column in plan if column.is_used}
    n_missing, names = sum(holes.values()), [name for name, n in holes.items() if n]
    if n_missing and n_sampled is not None:
        notes.append(
            Message.plural(
                "{n:,} cell is missing in a sample of {n_rows:,} rows, in {names}.",
                "{n:,} cells are missing in a sample of {n_rows:,} rows, in {names}.",
                n_missing,
                n_rows=n_sampled,
                names=listed(names),
            )
        )
    elif n_missing:
        notes.append(
            Message.plural(
                "{n:,} cell is missing, in {names}.",
                "{n:,} cells are missing, in {names}.",
                n_missing,
                names=listed(names),
            )
        )
    used = [column for column in plan if column.is_used and column.kind != "date"]
    if [column.kind for column in used] == ["numeric"] and not dataset.gap:
        notes.append(
            Message(
                "`{name}` is the only series, and its values are compared one by one. "
                "`--window 24` trains on windows of 24 consecutive rows instead.",
                name=used[0].name,
            )
        )
    ids = id_columns(dataset, [column.name for column in plan if column.kind == "id"])
    return replace(dataset, plan=tuple(plan), notes=(*dataset.notes, *notes), ids=ids)


def id_columns(dataset: Dataset, names: Sequence[str]) -> dict[str, Any]:
    """Return the columns of a table that identify its rows, those that it has.

    Parameters
    ----------
    dataset : Dataset
        A table.
    names : sequence of str
        Names of columns.

    Returns
    -------
    dict of str to ndarray of shape (n_samples,), or ChunkedColumn
    """
    table = dataset.X
    if isinstance(table, ChunkedTable):
        return {name: table.column(name) for name in names if name in table.column_names}
    return {
        name: np.array(table.column(name).to_pylist(), dtype=object)
        for name in names
        if name in table.column_names
    }


def unknown_notes(counts: Mapping[str, int]) -> list[str]:
    """Return notes on levels that were not in the training rows.

    Parameters
    ----------
    counts : mapping of str to int
        Number of cells by column.

    Returns
    -------
    list of str
    """
    return [
        Message.plural(
            "{n:,} cell of `{name}` has a value that was not in the training rows, and counts as "
            "missing.",
            "{n:,} cells of `{name}` have values that were not in the training rows, and count as "
            "missing.",
            n,
            name=name,
        )
        for name, n in counts.items()
    ]
