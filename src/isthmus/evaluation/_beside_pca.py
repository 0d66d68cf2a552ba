"""Comparison of a model with PCA: same code size, same rows, same scaling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._translation import Message
from ..estimators import BaseAutoencoder
from ..metrics import Components, ReconstructionFigures, fit_pca
from ..rows import EncodedRows

__all__ = ["BesidePCA", "beside_pca", "measured", "scaled_rows"]


@dataclass(frozen=True)
class BesidePCA:
    """Reconstruction metrics of a model and of PCA.

    Attributes
    ----------
    model_train, pca_train : ReconstructionFigures
        Metrics on the training rows.
    model_held_out, pca_held_out : ReconstructionFigures or None
        Metrics on rows that neither was fitted on; None if there are none.
    pca : Components
        PCA, fitted to the scaled training rows.
    """

    model_train: ReconstructionFigures
    pca_train: ReconstructionFigures
    model_held_out: ReconstructionFigures | None
    pca_held_out: ReconstructionFigures | None
    pca: Components

    @property
    def n_rows_pca(self) -> int:
        """Number of training rows that PCA was fitted on."""
        return self.pca.n_rows

    @property
    def judged(self) -> tuple[str, ReconstructionFigures, ReconstructionFigures]:
        """Kind of rows that the verdict is about, with the metrics of the model and of PCA."""
        if self.model_held_out is not None and self.pca_held_out is not None:
            return Message("held-out"), self.model_held_out, self.pca_held_out
        return Message("training"), self.model_train, self.pca_train


def beside_pca(
    estimator: BaseAutoencoder,
    X: Any,
    X_held_out: Any = None,
    *,
    decompose: Callable[[EncodedRows, int, int], Components] = fit_pca,
) -> BesidePCA:
    """Measure the reconstruction of a fitted autoencoder and of PCA.

    PCA has as many components as the code size, or as a sparse code has values. It is fitted to the
    scaled ``X``: to all rows up to 2,000 features, else to a random sample of rows that fits into
    256 MiB. Rows are read in blocks, once to fit PCA and once to measure both.

    Parameters
    ----------
    estimator : BaseAutoencoder
        Fitted.
    X : array-like or sparse matrix of shape (n_samples, n_features)
        Rows it was fitted on.
    X_held_out : array-like of shape (n_held_out, n_features), default=None
        Rows it was not fitted on.
    decompose : callable, default=fit_pca
        Function that fits PCA, from ``EncodedRows``, a number of components and a seed.

    Returns
    -------
    BesidePCA
    """
    pca = decompose(estimator.flat_rows(X), estimator.n_active_, estimator.seed_)
    train = measured(estimator, pca, X)
    held_out: tuple[ReconstructionFigures | None, ReconstructionFigures | None] = (None, None)
    if X_held_out is not None and X_held_out.shape[0] > 0:
        held_out = measured(estimator, pca, X_held_out)
    return BesidePCA(*train, *held_out, pca)


def measured(
    estimator: BaseAutoencoder, pca: Components, X: Any
) -> tuple[ReconstructionFigures, ReconstructionFigures]:
    """Return the metrics of a model and of PCA on some rows, in one pass.

    Parameters
    ----------
    estimator : BaseAutoencoder
        Fitted.
    pca : Components
        PCA of scaled rows.
    X : ndarray or CSR array of shape (n_samples, n_features)
        As returned by ``prepared_rows``.

    Returns
    -------
    tuple of two ReconstructionFigures
    """
    starts = estimator.column_starts
    model, components = (ReconstructionFigures(pca.mean, starts) for _ in range(2))
    for _, scaled, scaled_hat in estimator.scaled_reconstructions(X):
        model.add(scaled, scaled_hat)
        components.add(scaled, pca.restored(scaled))
    return model, components


def scaled_rows(estimator: BaseAutoencoder, X: Any) -> NDArray[np.float32]:
    """Return all rows in scaled units."""
    rows = estimator.flat_rows(X)
    out = np.empty((len(rows), rows.n_features), np.float32)
    for where, block in rows.blocks():
        out[where] = block.numpy()
    return out
