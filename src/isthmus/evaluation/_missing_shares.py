"""Missing cells of a table, and how well cells that are hidden on purpose are filled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._random import numpy_generator
from .._row_blocks import row_blocks
from ..estimators import BaseAutoencoder
from ..preprocessing import ObservedColumn, missing_cells

__all__ = ["MissingShares", "missing_shares"]

_SHARE = 0.1  # of the observed cells, hidden
_MOST_ROWS = 2000
_MOST_TIMES = 10  # that cells of few rows are hidden
_FEWEST = 10  # hidden cells of a column to measure


@dataclass(frozen=True)
class MissingShares:
    """Missing cells of one column.

    Attributes
    ----------
    name : str
        Name of the column.
    train : float
        Share of its cells that are missing in the training rows.
    held_out : float or None
        The same in the held-out rows; None if there are none.
    filled : float or None
        Share of the variance of hidden cells that their reconstruction explains: 1 is perfect, 0
        is as good as the column's mean. None for fewer than ten hidden cells.
    """

    name: str
    train: float
    held_out: float | None
    filled: float | None


def missing_shares(
    estimator: BaseAutoencoder, X: Any, X_held_out: Any, *, seed: int
) -> list[MissingShares]:
    """Measure the missing cells of a table, and how well further hidden cells are filled.

    A tenth of the observed cells are hidden at random, in at most 2,000 of the held-out rows, or
    of the training rows if there are none; one pass of the network fills them. Of fewer rows, up
    to ten copies are made, each with other hidden cells.

    Parameters
    ----------
    estimator : BaseAutoencoder
        Fitted.
    X, X_held_out : ndarray of shape (n_samples, n_features)
        As returned by ``prepared_rows``; the second may have no rows.
    seed : int
        Determines which cells are hidden.

    Returns
    -------
    list of MissingShares
        Of the columns with missing cells, most of them first.
    """
    columns = estimator.preprocessor_.observed_columns
    if not columns or not isinstance(X, np.ndarray) or X.dtype.kind != "f":
        return []
    train = _shares(X, columns)
    has_held_out = bool(X_held_out.shape[0])
    held_out = _shares(X_held_out, columns) if has_held_out else train
    order = np.argsort(-np.maximum(train, held_out), kind="stable")
    shown = [k for k in order.tolist() if train[k] or held_out[k]]
    if not shown:
        return []
    filled = _explained(estimator, X_held_out if has_held_out else X, seed)
    return [
        MissingShares(
            columns[k].name,
            float(train[k]),
            float(held_out[k]) if has_held_out else None,
            float(filled[k]) if np.isfinite(filled[k]) else None,
        )
        for k in shown
    ]


def _shares(X: NDArray[Any], columns: Sequence[ObservedColumn]) -> NDArray[np.float64]:
    """Return the share of missing cells of each column."""
    n = sum(missing_cells(block, columns).sum(axis=0) for block in row_blocks(X))
    return np.asarray(n, dtype=np.float64) / len(X)


def _explained(estimator: BaseAutoencoder, X: NDArray[Any], seed: int) -> NDArray[np.float64]:
    """Return the share of variance of each column's hidden cells that is explained, or NaN."""
    rng = numpy_generator(seed, "hidden cells of a report")
    X = X[np.sort(rng.permutation(len(X))[:_MOST_ROWS])]
    X = np.repeat(X, min(_MOST_TIMES, max(1, _MOST_ROWS // len(X))), axis=0)
    hidden = rng.random((len(X), len(estimator.preprocessor_.observed_columns))) < _SHARE
    hidden &= ~missing_cells(X, estimator.preprocessor_.observed_columns)
    truth = _scaled(estimator, X)
    guesses = _filled(estimator, X, hidden)
    starts = estimator.column_starts
    starts = np.arange(truth.shape[1]) if starts is None else starts
    out = np.full(hidden.shape[1], np.nan)
    for k, place in enumerate(np.split(np.arange(truth.shape[1]), starts[1:])):
        cells = hidden[:, k]
        own = truth[np.ix_(cells, place)]
        spread = float(np.square(own - own.mean(axis=0)).sum()) if cells.sum() >= _FEWEST else 0.0
        if spread > 0:
            out[k] = 1 - float(np.square(own - guesses[np.ix_(cells, place)]).sum()) / spread
    return out


def _scaled(estimator: BaseAutoencoder, X: NDArray[Any]) -> NDArray[np.float64]:
    return np.concatenate([part for _, part, _ in estimator.scaled_reconstructions(X)]).astype(
        np.float64
    )


def _filled(
    estimator: BaseAutoencoder, X: NDArray[Any], hidden: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the reconstructions, in scaled units, of rows with hidden cells."""
    reader = estimator.preprocessor_.table
    holes = X.copy()
    if reader is None:
        holes[hidden] = np.nan
    else:
        n = len(reader.numeric)
        holes[:, :n][hidden[:, :n]] = np.nan
        of_others = reader.positions[bool(n) :]
        for cells, own in zip(hidden[:, n:].T, of_others, strict=True):
            holes[np.ix_(cells, own)] = np.nan
    parts = [part for _, _, part in estimator.scaled_reconstructions(holes)]
    return np.concatenate(parts).astype(np.float64)
