"""Rows that are alike by their codes: nearest rows, and duplicates."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from sklearn.base import BaseEstimator
from sklearn.neighbors import NearestNeighbors
from sklearn.utils.validation import check_is_fitted

from .._parameter_rules import integer, real
from ..errors import DataError, UsageError
from ._checked_rows import checked_rows

__all__ = ["FindsSimilar"]

_ROWS_A_TIME = 1000  # whose pairs are in memory


class FindsSimilar(BaseEstimator):
    """Nearest rows and duplicates for estimators with an encoder."""

    def similar(
        self, X: Any, rows: Any, *, n_neighbors: int = 10
    ) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """Find the rows whose codes are nearest to those of given rows.

        Distances are Euclidean distances of codes. O(n_samples * n_rows * latent_dim) time after
        encoding.

        Parameters
        ----------
        X : array-like, sparse matrix, table or sequence of texts
            Rows to search, with the columns of the training data.
        rows : int, array-like of int of shape (n_rows,), or rows like ``X``
            Positions of rows of ``X``, which are then not among their own neighbours; or other
            rows.
        n_neighbors : int, default=10
            Number of rows to find for each, at least 1; fewer if there are fewer.

        Returns
        -------
        distances : ndarray of shape (n_rows, n_neighbors), float64
            In the units of the code, ascending.
        indices : ndarray of shape (n_rows, n_neighbors)
            Positions in ``X``.

        Raises
        ------
        DataError
            If a position is not in ``X``.
        UsageError
            If ``n_neighbors`` is below 1.
        """
        check_is_fitted(self)
        if not integer(1).holds(n_neighbors):
            raise UsageError(
                f"`n_neighbors` must be an integer of at least 1. Got {n_neighbors!r}."
            )
        codes = self.checked_codes(checked_rows(self, X))
        at = _positions(rows)
        if at is None:
            wanted = self.checked_codes(checked_rows(self, rows))
            return _nearest(codes, wanted, n_neighbors)
        if len(at) and (at.min() < 0 or at.max() >= codes.shape[0]):
            raise DataError(
                f"`rows` must be positions from 0 to {codes.shape[0] - 1:,} in X. Got "
                f"{at[(at < 0) | (at >= codes.shape[0])][0]}."
            )
        distances, indices = _nearest(codes, codes[at], n_neighbors + 1)
        return _without_themselves(distances, indices, at)

    def duplicates(self, X: Any, *, tolerance: float = 0.01) -> list[NDArray[np.intp]]:
        """Find groups of rows with (nearly) the same code.

        Two rows are in one group if their codes are at most ``tolerance`` times as far apart as
        codes are from their mean, as a root mean square; also by way of other rows.

        Parameters
        ----------
        X : array-like, sparse matrix, table or sequence of texts
            Rows with the columns of the training data.
        tolerance : float, default=0.01
            From 0 (equal codes) up to, but not including, 1.

        Returns
        -------
        list of ndarray of int
            Positions of the rows of each group of at least two, in order; the largest group first.

        Raises
        ------
        UsageError
            If ``tolerance`` is out of its range.
        """
        check_is_fitted(self)
        if not real(0, 1).holds(tolerance):
            raise UsageError(
                f"`tolerance` must be a number of at least 0 and below 1. Got {tolerance!r}."
            )
        codes = self.dense_codes(checked_rows(self, X)).astype(np.float64)
        # Many equal codes would make as many pairs as the square of their number.
        unique, own = np.unique(codes, axis=0, return_inverse=True)
        scale = np.sqrt(np.square(codes - codes.mean(axis=0)).sum(axis=1).mean())
        groups = _groups(unique, tolerance * float(scale))[own.ravel()]
        order = np.argsort(groups, kind="stable")
        starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
        found = [part for part in np.split(order, starts[1:]) if len(part) > 1]
        return sorted(found, key=lambda part: (-len(part), part[0]))


def _positions(rows: Any) -> NDArray[np.intp] | None:
    """Return positions, or None for rows."""
    if isinstance(rows, str) or hasattr(rows, "columns") or sparse.issparse(rows):
        return None
    try:
        values = np.asarray(rows)
    except ValueError:  # such as texts of several lengths in lists
        return None
    is_position = values.ndim < 2 and values.dtype.kind in "iu"
    return np.atleast_1d(values).astype(np.intp) if is_position else None


def _nearest(
    codes: NDArray[Any], wanted: NDArray[Any], n: int
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    search = NearestNeighbors(n_neighbors=min(n, codes.shape[0])).fit(codes)
    distances, indices = search.kneighbors(wanted)
    return distances.astype(np.float64), indices


def _without_themselves(
    distances: NDArray[np.float64], indices: NDArray[np.intp], at: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Leave each row out of its neighbours, or the last one if equal rows took its place."""
    is_own = indices == at[:, None]
    is_own[~is_own.any(axis=1), -1] = True
    shape = len(at), indices.shape[1] - 1
    return distances[~is_own].reshape(shape), indices[~is_own].reshape(shape)


def _groups(codes: NDArray[np.float64], radius: float) -> NDArray[np.intp]:
    """Return the number of each code's group."""
    if not radius or len(codes) < 2:
        return np.arange(len(codes))
    # A tree leaves out far codes at such small radii; brute force would compare all pairs.
    search = NearestNeighbors(radius=radius, algorithm="kd_tree").fit(codes)
    labels = np.arange(len(codes))
    for start in range(0, len(codes), _ROWS_A_TIME):
        near = search.radius_neighbors_graph(codes[start : start + _ROWS_A_TIME]).tocoo()
        pairs = near.row + start, near.col
        if len(pairs[0]) > min(_ROWS_A_TIME, len(codes) - start):  # more than with themselves
            labels = _joined(labels, pairs)
    return labels


def _joined(
    labels: NDArray[np.intp], pairs: tuple[NDArray[np.intp], NDArray[np.intp]]
) -> NDArray[np.intp]:
    """Return groups after joining those of pairs."""
    n = len(labels)
    own, first = np.arange(n), np.full(n, n)
    np.minimum.at(first, labels, own)
    at, to = (np.concatenate(part) for part in ((pairs[0], own), (pairs[1], first[labels])))
    graph = sparse.coo_array((np.ones(len(at), dtype=bool), (at, to)), shape=(n, n))
    joined: NDArray[np.intp] = connected_components(graph, directed=False)[1].astype(np.intp)
    return joined
