"""Precision and recall of sampled rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics.pairwise import euclidean_distances

from ..errors import DataError

__all__ = ["precision_recall"]

_DISTANCES = 2**21  # per block: 16 MiB


def precision_recall(X: Any, X_sampled: Any, *, n_neighbors: int = 3) -> tuple[float, float]:
    """Share of sampled rows that are like real ones, and of real rows that are like sampled ones.

    A row is like those of another set if it is within the distance of one of them to its
    ``n_neighbors``-th nearest neighbour in its own set. Both depend on the number of rows, which
    should be the same in both sets. O(n^2 d) time, O(n) memory.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
        Real rows, scaled so that distances have a meaning; not modified.
    X_sampled : array-like of shape (n_sampled, n_features)
        Sampled rows, in the same units.
    n_neighbors : int, default=3
        Number of the neighbour, at least 1 and below both numbers of rows.

    Returns
    -------
    precision, recall : float
        Unitless, in [0, 1]; 1 is best.

    Raises
    ------
    DataError
        If there are not more rows than ``n_neighbors``.

    References
    ----------
    Kynkäänniemi et al. (2019), Improved precision and recall metric for assessing generative
    models, NeurIPS 32. There, distances are between features of a network; here, between rows.
    """
    real, drawn = (np.asarray(rows, dtype=np.float64) for rows in (X, X_sampled))
    if min(len(real), len(drawn)) <= n_neighbors:
        raise DataError(
            f"Precision and recall require more than `n_neighbors` rows of both kinds. Got "
            f"{len(real)} and {len(drawn)} rows for {n_neighbors} neighbours."
        )
    center = real.mean(axis=0)  # far from 0, distances would lose digits
    real, drawn = real - center, drawn - center
    return _share_within(drawn, real, n_neighbors), _share_within(real, drawn, n_neighbors)


def _share_within(rows: NDArray[np.float64], others: NDArray[np.float64], k: int) -> float:
    """Return the share of rows that are within the reach of at least one of the others."""
    reach = np.concatenate(
        [np.partition(block, k, axis=1)[:, k] for block in _distances(others, others)]
    )  # each row is its own nearest one
    within = [(block <= reach).any(axis=1) for block in _distances(rows, others)]
    return float(np.concatenate(within).mean())


def _distances(
    rows: NDArray[np.float64], others: NDArray[np.float64]
) -> Iterator[NDArray[np.float64]]:
    """Yield squared distances of blocks of rows to all others."""
    step = max(1, _DISTANCES // len(others))
    for start in range(0, len(rows), step):
        yield euclidean_distances(rows[start : start + step], others, squared=True)
