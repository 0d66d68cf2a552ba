"""Checks of what a user says of a table's columns: one column has one purpose."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from ..errors import UsageError
from ._column_patterns import columns_like, is_column_pattern
from ._dataset import listed

__all__ = ["check_choice", "check_left"]


def check_choice(
    *,
    columns: Sequence[str] | None,
    exclude: Sequence[str] | None,
    id: Sequence[str] | None,
    kinds: Mapping[str, str] | None,
    label: str | None,
) -> None:
    """Raise ``UsageError`` if a column is named for two purposes that exclude each other.

    Only names are compared: a pattern may match columns that another option names, such as all
    ``"temp_*"`` except one of them.

    Parameters
    ----------
    columns, exclude, id, kinds, label
        Options of ``isthmus.sources.read_source``.
    """
    of_features = [name for name, kind in (kinds or {}).items() if kind != "id"]
    purposes = {
        "columns": columns or (),
        "exclude": exclude or (),
        "id": id or (),
        "kinds": of_features,
        "label": () if label is None else (label,),
    }
    for (one, names), (other, others) in itertools.combinations(purposes.items(), 2):
        shared = [name for name in names if name in others and not is_column_pattern(name)]
        if shared and {one, other} != {"columns", "kinds"}:
            raise UsageError(
                f"`{one}` and `{other}` must not name the same column. Got {listed(shared)} in "
                "both: remove it from one of them."
            )
    if columns is not None and not any(map(is_column_pattern, columns)):
        unread = [name for name in of_features if not columns_like(name, columns)]
        if unread:
            raise UsageError(
                f"`kinds` must name columns that are used. Got {listed(unread)}, not in `columns` "
                f"({listed(columns)}): add it there, or leave it out."
            )


def check_left(
    kept: Sequence[str],
    names: Sequence[str],
    *,
    exclude: Sequence[str] | None,
    label: str | None,
) -> None:
    """Raise ``UsageError`` if no column is left to train on.

    Parameters
    ----------
    kept : sequence of str
        Names of the columns that are features.
    names : sequence of str
        Names of the table's columns.
    exclude : sequence of str or None
        Names or patterns that were left out.
    label : str or None
        Name of the label column.
    """
    if kept:
        return
    besides = "" if label is None else f", besides the label `{label}`"
    if exclude:
        raise UsageError(
            f"`exclude` must leave at least one column. Got {listed(exclude)}, which matches all "
            f"columns of the table{besides}: {listed(names, shown=8)}."
        )
    raise UsageError(f"A table must have at least one column{besides}. It has {listed(names)}.")
