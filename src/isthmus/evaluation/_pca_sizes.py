"""Errors of PCA for every number of components."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._random import numpy_generator
from ..estimators import BaseAutoencoder
from ..metrics import MOST_FEATURES, Components, fit_pca

__all__ = ["pca_errors"]

_MOST_ROWS = 10_000


def pca_errors(
    estimator: BaseAutoencoder,
    X: Any,
    X_held_out: Any = None,
    *,
    pca: Components | None = None,
) -> NDArray[np.float64] | None:
    """Return PCA's squared error per row with 0, 1, 2, ... components, in scaled units.

    PCA is fitted on all rows of ``X``, in O(n d^2 + d^3) time for d features, unless it is given.
    The errors of these rows follow from the decomposition; held-out rows are projected, at most
    10,000 of them, drawn at random.

    Parameters
    ----------
    estimator : BaseAutoencoder
        Fitted; its scaling is used.
    X : array-like or sparse matrix of shape (n_samples, n_features)
        Rows it was fitted on.
    X_held_out : array-like of shape (n_held_out, n_features), default=None
        Rows to measure on; None, or no rows, means ``X``.
    pca : Components, default=None
        Fitted on ``X``, as by ``beside_pca``; None fits it.

    Returns
    -------
    ndarray of shape (min(n_samples, n_features) + 1,) or None
        None for more than 2,000 features.
    """
    if estimator.preprocessor_.n_encoded > MOST_FEATURES:
        return None
    if pca is None:
        pca = fit_pca(estimator.flat_rows(X), estimator.n_active_, estimator.seed_)
    if X_held_out is None or not X_held_out.shape[0]:
        return pca.errors()
    if X_held_out.shape[0] > _MOST_ROWS:
        rng = numpy_generator(estimator.seed_, "pca-sizes-held-out")
        X_held_out = X_held_out[np.sort(rng.choice(X_held_out.shape[0], _MOST_ROWS, replace=False))]
    return pca.errors_on(estimator.flat_rows(X_held_out))
