"""Names of a source's rows: their numbers, with ids or file names."""

from __future__ import annotations

from collections.abc import Iterable

from ..._translation import Message
from ...sources import Dataset

__all__ = ["row_names"]

_LONGEST = 24


def row_names(dataset: Dataset, numbers: Iterable[int]) -> list[Message]:
    """Return the names of rows for readers, such as "row 12 (A-7)".

    Parameters
    ----------
    dataset : Dataset
        The source.
    numbers : iterable of int
        Indices of the rows in the source, from 0.

    Returns
    -------
    list of Message
        The number of each row, with the values of its id columns, or the file name of a picture.
    """
    return [_named(int(n), _identity(dataset, int(n))) for n in numbers]


def _named(n: int, identity: str) -> Message:
    if not identity:
        return Message("row {n:,}", n=n)
    return Message("row {n:,} ({identity})", n=n, identity=identity)


def _identity(dataset: Dataset, n: int) -> str:
    if dataset.row_names is not None and n < len(dataset.row_names):
        return dataset.row_names[n][-_LONGEST:]
    ids = (values[n] for values in dataset.ids.values() if n < len(values))
    return ", ".join(str(value)[:_LONGEST] for value in ids if value is not None)
