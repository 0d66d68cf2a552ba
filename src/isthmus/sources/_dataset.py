"""Dataset: rows in one array, with their metadata."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._translation import Message

__all__ = ["Dataset", "listed", "quantity", "safe_name"]

_SHOWN = 5  # number of names that a message lists before "and N more"


@dataclass(frozen=True, eq=False)
class Dataset:
    """Rows from one source.

    Attributes
    ----------
    name : str
        Short and safe as a folder name: ``"digits"``, ``"mnist"``, or the file's stem.
    kind : {"pictures", "table", "array", "texts"}
        Kind of rows.
    X : ndarray or ChunkedRows of shape (n_samples, n_features), pyarrow.Table or ChunkedTable
        Rows in C order, in the source's units and dtype: pictures stay uint8, or float32
        if they have more than 8 bits; float32 stays float32. May be a read-only memory map. Texts
        are strings in an object array of shape (n_samples,). A table keeps its columns with their
        types, except the label.
    y : ndarray of shape (n_samples,) or None
        Labels, numbers or strings.
    feature_names : tuple of str or None
        The names of a table's columns.
    label_name : str or None
        Name of the column or array with the labels.
    picture_shape : tuple of int or None
        ``(height, width)`` of greyscale pictures, ``(height, width, 3)`` of colour pictures.
    X_test, y_test : ndarray or None
        Held-out rows and their labels, if the source has any.
    notes : tuple of str
        Sentences about what was skipped or assumed.
    row_names : tuple of str or None
        File names of a folder's pictures, relative to the folder, in the order of ``X``.
    planning : dict
        For a table: what the user said of its columns, as arguments of
        ``isthmus.preprocessing.plan_columns``.
    plan : tuple of isthmus.preprocessing.ColumnPlan or None
        For a table: what becomes of its columns, once that is planned.
    ids : dict of str to ndarray
        For a table: columns that identify its rows, to write next to results.
    table : pyarrow.Table or None
        The table itself, once ``X`` is its matrix.
    gap : int
        For windows of a series: number of windows to leave out between training and held-out ones,
        so that these share no values; at least 1. 0 for rows in no order.
    masks : DefectMasks or None
        Masks of the defects in the test pictures of a folder.
    map_shape : tuple of int or None
        ``(height, width, channels)`` of the feature map in each row, for arrays with four axes
        that are not pictures.
    taken : ndarray of shape (n_samples,) or None
        Positions of the rows of ``X`` among those of the source, if they are only some of them.
    """

    name: str
    kind: str
    X: Any
    y: NDArray[Any] | None
    feature_names: tuple[str, ...] | None
    label_name: str | None
    picture_shape: tuple[int, ...] | None
    X_test: NDArray[Any] | None
    y_test: NDArray[Any] | None
    notes: tuple[str, ...] = ()
    row_names: tuple[str, ...] | None = None
    planning: Mapping[str, Any] = field(default_factory=dict)
    plan: tuple[Any, ...] | None = None
    ids: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    table: Any = None
    gap: int = 0
    masks: Any = None
    map_shape: tuple[int, ...] | None = None
    taken: NDArray[np.intp] | None = None


def quantity(n: int, noun: str) -> str:
    """Return a number with its noun, such as "1 row" or "1,234 rows".

    Parameters
    ----------
    n : int
        Number.
    noun : str
        Singular noun; an s is added for the plural.

    Returns
    -------
    str
    """
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def listed(names: Sequence[str], *, shown: int = _SHOWN, quote: str = "`") -> str:
    """Return a list of names as text, such as "`a`, `b` and 3 more".

    Parameters
    ----------
    names : sequence of str
        Names to list; long ones are cut.
    shown : int, default=5
        Maximum number of names to show.
    quote : str, default="`"
        Quote character around each name.

    Returns
    -------
    str
    """
    short = [name if len(name) <= 40 else f"{name[:37]}..." for name in names[:shown]]
    quoted = [f"{quote}{name}{quote}" for name in short]
    more = len(names) - shown
    if more > 0:
        return Message("{names} and {n} more", names=quoted, n=more)
    return Message("{names}", names=quoted)


def safe_name(text: str) -> str:
    """Return a text as part of a folder name: letters, digits, `.`, `_` and `-` only.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        At least 1 and at most 64 characters.
    """
    return re.sub(r"[^\w.-]+", "-", text)[:64].strip("-.") or "data"
