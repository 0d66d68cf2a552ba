"""Columns of a table by name or pattern, and what to say of unknown ones."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from ..errors import did_you_mean
from ._dataset import listed

__all__ = ["column_hint", "columns_like", "is_column_pattern"]


def is_column_pattern(name: str) -> bool:
    """Return whether a name has wildcards, as ``"temp_*"`` has.

    Parameters
    ----------
    name : str
        Name or pattern of columns.

    Returns
    -------
    bool
    """
    return any(sign in name for sign in "*?[")


def columns_like(pattern: str, names: Sequence[str]) -> list[str]:
    """Return the column of this name, or else those that match the pattern.

    Parameters
    ----------
    pattern : str
        Name, or pattern such as ``"temp_*"``.
    names : sequence of str
        Names of the table's columns.

    Returns
    -------
    list of str
        In the order of the table; empty if there are none.
    """
    if pattern in names:
        return [pattern]
    return [name for name in names if fnmatchcase(name, pattern)]


def column_hint(unknown: str, names: Sequence[str]) -> str:
    """Return a sentence, after a space, that suggests a column or lists those of the table.

    Parameters
    ----------
    unknown : str
        Name that the table does not have.
    names : sequence of str
        Names of the table's columns.

    Returns
    -------
    str
    """
    same = {name.casefold(): name for name in names}.get(unknown.casefold())
    hint = f" Did you mean `{same}`?" if same else did_you_mean(unknown, names)
    return hint or f" It has {listed(names, shown=8)}."
