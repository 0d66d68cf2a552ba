"""Findings about the columns of a table, before training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .._translation import Message
from ..preprocessing import ObservedColumn
from ._findings import Finding, names_shown, worst_first
from ._sentinels import Sentinel, find_sentinel

__all__ = ["examine_table"]

_MOSTLY = 0.5  # share of missing cells
_FAR = 5.0  # standard deviations
_HEAVY, _HEAVY_MOSTLY = 0.3, 0.6  # share of a column's variance
_FOR_SKEWED = ("squash", "rank_gauss")  # scalings
_FEWEST = 100  # rows; with fewer, one value has much of the variance anyway


def examine_table(
    X: NDArray[Any], columns: Sequence[ObservedColumn], *, scaling: str = "auto"
) -> list[Finding]:
    """Find problems of a table's columns before training.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_matrix_columns)
        Matrix of the training rows, in the units of the columns; NaN for missing cells.
    columns : sequence of ObservedColumn
        Columns of the table, ``observed_columns`` of a preprocessor.
    scaling : str, default="auto"
        As for ``Autoencoder``; skewed columns are no finding for "squash" and "rank_gauss".

    Returns
    -------
    list of Finding
        In descending severity: "sentinel", "missing_cells" and "skewed_columns".
    """
    if sparse.issparse(X) or not columns or not X.shape[0]:
        return []
    numbers = [column for column in columns if column.form == "number"]
    sentinels = {
        column.name: sentinel
        for column in numbers
        if (sentinel := find_sentinel(np.asarray(X[:, column.position], dtype=np.float64)))
    }
    found = [*_of_sentinels(sentinels, X.shape[0]), *_missing(X, columns)]
    if scaling not in _FOR_SKEWED and X.shape[0] >= _FEWEST:
        found += _skewed(X, [column for column in numbers if column.name not in sentinels])
    return worst_first(found)


def _of_sentinels(sentinels: dict[str, Sentinel], n_rows: int) -> Iterator[Finding]:
    """Yield a finding for each value, with all its columns."""
    for value in dict.fromkeys(found.value for found in sentinels.values()):
        own = {name: found for name, found in sentinels.items() if found.value == value}
        n = sum(found.n for found in own.values())
        values = {
            "value": f"{value:.10g}",
            "n": n,
            "total": n_rows * len(own),
            "share": n / (n_rows * len(own)),
            "columns": names_shown(range(len(own)), list(own), total=len(own)),
        }
        is_certain = next(iter(own.values())).is_certain
        yield Finding("sentinel", "warning" if is_certain else "note", values)


def _missing(X: NDArray[Any], columns: Sequence[ObservedColumn]) -> Iterator[Finding]:
    if X.dtype.kind != "f":
        return
    shares = np.array([np.isnan(X[:, column.position]).mean() for column in columns])
    order = [int(k) for k in np.argsort(-shares, kind="stable") if shares[k]]
    if not order:
        return
    shown = names_shown(order, [column.name for column in columns], total=len(order))
    values = {
        "n": len(order),
        "total": len(columns),
        "columns": [
            Message("{name} {share:.1%}", name=name, share=float(shares[k]))
            for name, k in zip(shown, order, strict=False)
            if name != "..."
        ]
        + shown[5:],
        "share": float(shares.max()),
    }
    yield Finding("missing_cells", "warning" if shares.max() > _MOSTLY else "note", values)


def _skewed(X: NDArray[Any], columns: Sequence[ObservedColumn]) -> Iterator[Finding]:
    shares = [_share_far_out(np.asarray(X[:, c.position], dtype=np.float64)) for c in columns]
    order = [int(k) for k in np.argsort(-np.array(shares), kind="stable") if shares[k] >= _HEAVY]
    if not order:
        return
    values = {
        "n": len(order),
        "total": len(columns),
        "columns": names_shown(order, [column.name for column in columns], total=len(order)),
        "share": max(shares),
        "limit": _FAR,
    }
    yield Finding("skewed_columns", "note" if max(shares) < _HEAVY_MOSTLY else "warning", values)


def _share_far_out(cells: NDArray[np.float64]) -> float:
    """Return the share of a column's variance in cells over five standard deviations out.

    It is 0 if more than half of the cells are equal: their quartiles are no scale.
    """
    cells = cells[np.isfinite(cells)]
    if not len(cells) or np.ptp(np.quantile(cells, (0.25, 0.75))) == 0:
        return 0.0
    with np.errstate(over="ignore"):
        squares = np.square((cells - cells.mean()) / np.abs(cells).max())
    total = float(squares.sum())
    far = float(squares[squares > _FAR**2 * squares.mean()].sum())
    return far / total if total else 0.0
