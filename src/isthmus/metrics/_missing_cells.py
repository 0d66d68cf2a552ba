"""Principal components of rows with missing cells, by iterative PCA."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["filled_by_components", "iterative_components", "observed_means"]

_MOST_ROUNDS = 30
_TOLERANCE = 1e-4  # relative change of the filled cells that ends the iteration
_ROUNDS_OF_NEW_ROWS = 10


def observed_means(rows: NDArray[Any], missing: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the mean of each column's observed cells; 0 for columns without any.

    Parameters
    ----------
    rows : ndarray of shape (n_samples, n_features)
        Rows.
    missing : ndarray of shape (n_samples, n_features), bool
        Cells that are missing.

    Returns
    -------
    ndarray of shape (n_features,)
    """
    counts = np.maximum((~missing).sum(axis=0), 1)
    total: NDArray[np.float64] = np.where(missing, 0.0, rows).sum(axis=0, dtype=np.float64)
    means: NDArray[np.float64] = total / counts
    return means


def iterative_components(
    scaled: NDArray[Any], n_components: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Fit PCA to rows with missing cells.

    Missing cells are first filled with their column's mean, then again and again with the
    reconstruction of a PCA of the filled rows, whose components are shrunk by the share of noise in
    their variance. O(rounds * (n d^2 + d^3)) time.

    Parameters
    ----------
    scaled : ndarray of shape (n_samples, n_features)
        Scaled rows, NaN where missing; not modified.
    n_components : int
        Number of components to fill with.

    Returns
    -------
    tuple of three ndarrays
        Mean (n_features,), directions (n_features, n_features) and variances (n_features,), in
        descending order of variance.

    References
    ----------
    Josse & Husson (2012), Handling missing values in exploratory multivariate data analysis
    methods, Journal de la SFdS 153: regularised iterative PCA, as in missMDA. For mixed tables the
    rows are one-hot encoded and scaled, as in its FAMD (Audigier, Husson & Josse 2016).
    """
    missing = np.isnan(scaled)
    filled = np.asarray(scaled, dtype=np.float64).copy()
    mean = observed_means(filled, missing)
    filled[missing] = np.broadcast_to(mean, filled.shape)[missing]
    for _ in range(_MOST_ROUNDS):
        mean, directions, variances = _components(filled)
        size = min(n_components, len(variances) - 1)
        noise = variances[size:].mean() if len(variances) > size else 0.0
        own = variances[:size]
        shrunk = np.divide(own - noise, own, out=np.zeros(size), where=own > 0)
        kept = directions[:size]
        restored = (((filled - mean) @ kept.T * shrunk) @ kept + mean)[missing]
        change = np.square(restored - filled[missing]).sum()
        filled[missing] = restored
        if change <= _TOLERANCE**2 * max(1e-12, float(np.square(restored).sum())):
            break
    return _components(filled)


def _components(
    rows: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    mean = rows.mean(axis=0)
    offset = rows - mean
    variances, directions = np.linalg.eigh(offset.T @ offset / len(rows))
    order = np.argsort(variances)[::-1]
    return mean, np.ascontiguousarray(directions.T[order]), variances[order].clip(min=0.0)


def filled_by_components(
    scaled: NDArray[Any], mean: NDArray[Any], directions: NDArray[Any]
) -> NDArray[Any]:
    """Fill the missing cells of rows with their reconstruction, iteratively.

    Parameters
    ----------
    scaled : ndarray of shape (n_samples, n_features)
        Scaled rows, NaN where missing; not modified.
    mean : ndarray of shape (n_features,)
        Mean of the fit.
    directions : ndarray of shape (n_components, n_features)
        Orthonormal.

    Returns
    -------
    ndarray of shape (n_samples, n_features)
        The same array if nothing is missing.
    """
    missing = np.isnan(scaled)
    if not missing.any():
        return scaled
    some = np.flatnonzero(missing.any(axis=1))
    holes = missing[some]
    rows = np.where(holes, mean, scaled[some])
    for _ in range(_ROUNDS_OF_NEW_ROWS):
        restored = (rows - mean) @ directions.T @ directions + mean
        rows = np.where(holes, restored, rows)
    filled: NDArray[Any] = scaled.copy()
    filled[some] = rows
    return filled
