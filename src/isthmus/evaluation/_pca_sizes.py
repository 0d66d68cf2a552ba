"""PCA's errors for every number of components."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._random import numpy_generator
from ..estimators import BaseAutoencoder
from ..rows import as_rows

__all__ = ["pca_errors"]

_MOST_ROWS = 10_000
_MOST_FEATURES = 2_000  # beyond them the spectrum would take minutes


def pca_errors(
    estimator: BaseAutoencoder, X: Any, X_held_out: Any = None
) -> NDArray[np.float64] | None:
    """Return PCA's squared error a row with 0 components, 1, and so on, in the network's units.

    It is fitted on at most 10,000 of the rows, drawn at random, and measured on as many.
    O(n d^2 + d^3) time for d features.

    Parameters
    ----------
    estimator : BaseAutoencoder
        Fitted; its scaling is taken.
    X : array-like or sparse matrix of shape (n_samples, n_features)
        The rows it was fitted on.
    X_held_out : array-like of shape (n_held_out, n_features), default=None
        The rows to measure on; None, or no row, stands for ``X``.

    Returns
    -------
    ndarray of shape (min(n_samples, n_features) + 1,) or None
        None for more than 2,000 features.
    """
    if X.shape[1] > _MOST_FEATURES:
        return None
    fitted_on = _some(estimator, X, "pca-sizes")
    has_others = X_held_out is not None and X_held_out.shape[0]
    shown = _some(estimator, X_held_out, "pca-sizes-held-out") if has_others else fitted_on
    mean = fitted_on.mean(axis=0)
    centred, shown = fitted_on - mean, shown - mean
    directions = np.linalg.eigh(centred.T @ centred)[1][:, ::-1]
    kept = np.square(shown @ directions[:, : min(fitted_on.shape)]).mean(axis=0)
    left = np.square(shown).sum(axis=1).mean() - np.concatenate([[0.0], np.cumsum(kept)])
    return np.asarray(np.maximum(left, 0.0))


def _some(estimator: BaseAutoencoder, X: Any, purpose: str) -> NDArray[np.float64]:
    if X.shape[0] > _MOST_ROWS:
        rng = numpy_generator(estimator.seed_, purpose)
        X = X[np.sort(rng.choice(X.shape[0], _MOST_ROWS, replace=False))]
    blocks = [block.numpy() for _, block in as_rows(X, estimator.scaling_).blocks()]
    return np.concatenate(blocks).astype(np.float64)
