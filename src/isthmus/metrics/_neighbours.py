"""Preservation of neighbourhoods: trustworthiness and continuity."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics.pairwise import euclidean_distances

from ..errors import DataError, UsageError

__all__ = ["continuity", "neighbours_kept", "trustworthiness"]

_DISTANCES = 2**21  # per block: 16 MiB in double precision, for rows and for codes


def trustworthiness(X: Any, Z: Any, *, n_neighbors: int = 10) -> float:
    """Share of latent neighbourhoods that hold no intruders.

    A row that is among the nearest in the codes but not in the rows counts by how much its rank in
    the rows exceeds ``n_neighbors``. O(n^2 d) time; O(n) memory, as distances are computed in
    blocks. Tied rows get the mean of their ranks.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
        Rows, any unit; not modified.
    Z : array-like of shape (n_samples, latent_dim)
        Codes, in the same order as ``X``.
    n_neighbors : int, default=10
        ``1 <= n_neighbors < n_samples / 2``.

    Returns
    -------
    float
        Unitless, in [0, 1]; 1 is best.

    Raises
    ------
    DataError
        If the numbers of rows differ.
    UsageError
        If ``n_neighbors`` is out of its range.

    References
    ----------
    Venna & Kaski (2001), Neighborhood preservation in nonlinear projection methods.
    """
    return float(neighbours_kept(X, Z, n_neighbors)[:, 0].mean())


def continuity(X: Any, Z: Any, *, n_neighbors: int = 10) -> float:
    """Share of the rows' neighbourhoods that the codes preserve.

    Trustworthiness with rows and codes exchanged: a row that is among the nearest in the rows but
    not in the codes counts by how much its rank in the codes exceeds ``n_neighbors``.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
        Rows, any unit; not modified.
    Z : array-like of shape (n_samples, latent_dim)
        Codes, in the same order as ``X``.
    n_neighbors : int, default=10
        ``1 <= n_neighbors < n_samples / 2``.

    Returns
    -------
    float
        Unitless, in [0, 1]; 1 is best.

    Raises
    ------
    DataError
        If the numbers of rows differ.
    UsageError
        If ``n_neighbors`` is out of its range.
    """
    return float(neighbours_kept(X, Z, n_neighbors)[:, 1].mean())


def neighbours_kept(X: Any, Z: Any, n_neighbors: int) -> NDArray[np.float64]:
    """Return each row's contribution to trustworthiness and continuity, ``(n_samples, 2)``.

    The means of the two columns are the two metrics.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
        Rows.
    Z : array-like of shape (n_samples, latent_dim)
        Their codes.
    n_neighbors : int
        ``1 <= n_neighbors < n_samples / 2``.

    Returns
    -------
    ndarray of shape (n_samples, 2), float64
    """
    X, Z = _centred(X), _centred(Z)
    n, k = len(X), n_neighbors
    if len(Z) != n:
        raise DataError(f"`Z` must have one code per row. Got {n} rows and {len(Z)} codes.")
    if not 1 <= k < n / 2:
        raise UsageError(
            f"`n_neighbors` must be at least 1 and below half the number of rows ({n}). Got {k}."
        )
    worst = k * (2 * n - 3 * k - 1) / 2
    kept = np.empty((n, 2))
    for where, of_rows, of_codes in _distances(X, Z):
        near_rows = np.argpartition(of_rows, k - 1, axis=1)[:, :k]
        near_codes = np.argpartition(of_codes, k - 1, axis=1)[:, :k]
        kept[where, 0] = 1 - _excess(of_rows, near_codes) / worst
        kept[where, 1] = 1 - _excess(of_codes, near_rows) / worst
    return kept


def _centred(X: Any) -> NDArray[np.float64]:
    # Far from 0 the distances would lose digits, and equal codes would differ.
    X = np.asarray(X, dtype=np.float64)
    centred: NDArray[np.float64] = X - X.mean(axis=0)
    return centred


def _distances(
    X: NDArray[np.float64], Z: NDArray[np.float64]
) -> Iterator[tuple[slice, NDArray[np.float64], NDArray[np.float64]]]:
    """Yield squared distances of a block of rows to all rows; infinity to themselves."""
    step = max(1, _DISTANCES // len(X))
    for start in range(0, len(X), step):
        where = slice(start, min(start + step, len(X)))
        own = np.arange(where.start, where.stop)
        of_rows = euclidean_distances(X[where], X, squared=True)
        of_codes = euclidean_distances(Z[where], Z, squared=True)
        of_rows[own - start, own] = of_codes[own - start, own] = np.inf
        yield where, of_rows, of_codes


def _excess(distances: NDArray[np.float64], near: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the summed ranks by which rows lie beyond the nearest ones."""
    k = near.shape[1]
    excess = np.zeros(len(near))
    for column in near.T:
        own = np.take_along_axis(distances, column[:, None], axis=1)
        nearer, equal = (distances < own).sum(axis=1), (distances == own).sum(axis=1)
        excess += np.maximum(0, nearer + (equal + 1) / 2 - k)
    return excess
