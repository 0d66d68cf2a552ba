"""Columns of a table in its matrix: where each is, and whether its cells are missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["ObservedColumn", "missing_cells"]


class ObservedColumn(NamedTuple):
    """One column of a table, as it is in the matrix of its rows.

    Attributes
    ----------
    name : str
        Name in the table.
    position : int
        Position of its first value in a row of the matrix.
    form : {"number", "date", "level", "hash"}
        Whether this value is a number, a date as seconds since 1970, the index of a level, or one
        of several numbers without a meaning of their own.
    n_levels : int, default=0
        Number of levels, for the form "level".
    """

    name: str
    position: int
    form: str
    n_levels: int = 0


def missing_cells(X: NDArray[Any], columns: Sequence[ObservedColumn]) -> NDArray[np.bool_]:
    """Return which cells of a matrix are missing, or hold a level unknown in training.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_matrix_columns)
        Matrix of rows.
    columns : sequence of ObservedColumn
        Columns of the table.

    Returns
    -------
    ndarray of shape (n_samples, n_columns), bool
    """
    first = X[:, [column.position for column in columns]]
    is_missing: NDArray[np.bool_] = np.isnan(first)
    has_levels = np.array([column.form == "level" for column in columns], dtype=bool)
    with np.errstate(invalid="ignore"):
        is_missing |= has_levels & (first < 0)
    return is_missing
