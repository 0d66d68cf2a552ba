"""Names of a table's columns."""

from __future__ import annotations

from collections.abc import Sequence

from ..._translation import Message
from .._dataset import listed

__all__ = ["numbered_names", "unique_names"]


def numbered_names(n_columns: int) -> tuple[str, ...]:
    """Return "column_1" and so on."""
    return tuple(f"column_{number}" for number in range(1, n_columns + 1))


def unique_names(cells: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """Return a different name for each column, and a note if some had the same.

    A column without a name is called "unnamed_1" by its position, from 1; the second `load`
    "load_2".
    """
    names = [cell.strip() or f"unnamed_{k}" for k, cell in enumerate(cells, 1)]
    taken, unique, renamed = set(names), [], []
    seen: set[str] = set()
    for name in names:
        new, number = name, 1
        while new in seen or (number > 1 and new in taken):
            number += 1
            new = f"{name}_{number}"
        if new != name:
            renamed.append(new)
        seen.add(new)
        unique.append(new)
    note = Message.plural(
        "Renamed {n} column whose name occurs before: {names}.",
        "Renamed {n} columns whose names occur before: {names}.",
        len(renamed),
        names=listed(renamed),
    )
    return tuple(unique), [note] if renamed else []
