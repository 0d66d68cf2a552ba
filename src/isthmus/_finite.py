"""Checks for missing and infinite values, reported by column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ._row_blocks import row_blocks
from .errors import DataError

__all__ = ["check_finite"]

_NAMED = 5


def check_finite(X: Any, *, names: Sequence[str] | None = None, owner: str = "X") -> None:
    """Raise an error if any value is NaN or infinite.

    Reads in blocks, so memory is constant, for memory maps too.

    Parameters
    ----------
    X : ndarray or CSR array of shape (n_samples, n_features)
        Any real dtype.
    names : sequence of str, default=None
        Column names for the message; None reports positions, from 0.
    owner : str, default="X"
        Name of the rows in the message.

    Raises
    ------
    DataError
        Names the columns and the number of such values in each.
    """
    if X.dtype.kind != "f":
        return
    nan, infinite = _counts(X)
    for count, word in ((nan, "NaN (a missing value)"), (infinite, "an infinite value (inf)")):
        columns = np.flatnonzero(count)
        if len(columns):
            raise DataError(
                f"{owner} must hold finite numbers only. Got {word} in "
                f"{_listed(columns, count, names)}: fill or drop these rows, or leave the "
                "columns out."
            )


def _counts(X: Any) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    n_features = X.shape[1]
    if sparse.issparse(X):
        return tuple(  # type: ignore[return-value]
            np.bincount(X.indices[test(X.data)], minlength=n_features)
            for test in (np.isnan, np.isinf)
        )
    nan = np.zeros(n_features, dtype=np.intp)
    infinite = np.zeros(n_features, dtype=np.intp)
    for block in row_blocks(X):
        # A finite sum proves that all values are finite, at a tenth of the cost of checking each.
        with np.errstate(over="ignore", invalid="ignore"):
            if np.isfinite(block.sum(dtype=np.float64)):
                continue
        nan += np.isnan(block).sum(axis=0)
        infinite += np.isinf(block).sum(axis=0)
    return nan, infinite


def _listed(columns: NDArray[np.intp], count: NDArray[np.intp], names: Sequence[str] | None) -> str:
    def told(column: int) -> str:
        name = f"column {column}" if names is None else f"column {names[column]!r}"
        return f"{name} ({int(count[column])} {'value' if count[column] == 1 else 'values'})"

    words = ", ".join(told(int(column)) for column in columns[:_NAMED])
    rest = len(columns) - _NAMED
    return words + (f" and {rest} more column{'s' * (rest > 1)}" if rest > 0 else "")
