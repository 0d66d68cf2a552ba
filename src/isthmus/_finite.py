"""Checks for missing and infinite values, reported by column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._row_blocks import is_sparse, row_blocks
from .errors import DataError

__all__ = ["check_finite", "has_missing"]

_NAMED = 5


def has_missing(X: Any) -> bool:
    """Return whether any value is NaN; reads in blocks.

    Parameters
    ----------
    X : ndarray or CSR array of shape (n_samples, n_features)
        Any real dtype.

    Returns
    -------
    bool
    """
    return X.dtype.kind == "f" and bool(_counts(X)[0].any())


def check_finite(
    X: Any,
    *,
    names: Sequence[str] | None = None,
    owner: str = "X",
    allow_missing: bool = False,
) -> None:
    """Raise an error if any value is infinite or, unless they are allowed, NaN.

    Reads in blocks, so memory is constant, for memory maps too.

    Parameters
    ----------
    X : ndarray or CSR array of shape (n_samples, n_features)
        Any real dtype.
    names : sequence of str, default=None
        Column names for the message; None reports positions, from 0.
    owner : str, default="X"
        Name of the rows in the message.
    allow_missing : bool, default=False
        Whether values may be NaN.

    Raises
    ------
    DataError
        Names the columns and the number of such values in each.
    """
    if X.dtype.kind != "f":
        return
    nan, infinite = _counts(X)
    if allow_missing:
        nan[:] = 0
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
    if is_sparse(X):
        return tuple(  # type: ignore[return-value]
            np.bincount(X.indices[test(X.data)], minlength=n_features)
            for test in (np.isnan, np.isinf)
        )
    if (known := getattr(X, "statistics", None)) is not None:
        return known.n_missing.copy(), known.n_infinite.copy()
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
