"""PCA beside the model: as many components, the same rows, the same scaling."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from .._language import Sentence
from .._random import numpy_generator
from .._selected_rows import select_rows
from ..estimators import BaseAutoencoder
from ..metrics import ReconstructionFigures, fit_pca, gather
from ..rows import as_rows

__all__ = ["BesidePCA", "beside_pca", "scaled_rows", "scaled_sample"]

_PCA_VALUES = 2**26  # in single precision 256 MiB


@dataclass(frozen=True)
class BesidePCA:
    """Figures of a model and of PCA beside it.

    Attributes
    ----------
    model_train, pca_train : ReconstructionFigures
        On the training rows.
    model_held_out, pca_held_out : ReconstructionFigures or None
        On rows that neither was fitted on; None where there are none.
    n_rows_pca : int
        How many of the training rows PCA was fitted on.
    """

    model_train: ReconstructionFigures
    pca_train: ReconstructionFigures
    model_held_out: ReconstructionFigures | None
    pca_held_out: ReconstructionFigures | None
    n_rows_pca: int

    @property
    def judged(self) -> tuple[str, ReconstructionFigures, ReconstructionFigures]:
        """The rows that the verdict is about, the model's figures on them, and PCA's."""
        if self.model_held_out is not None and self.pca_held_out is not None:
            return Sentence("held-out"), self.model_held_out, self.pca_held_out
        return Sentence("training"), self.model_train, self.pca_train


def beside_pca(
    estimator: BaseAutoencoder,
    X: Any,
    X_held_out: Any = None,
    *,
    decompose: Callable[[NDArray[Any], int, int], PCA] = fit_pca,
) -> BesidePCA:
    """Measure a fitted autoencoder and PCA side by side.

    PCA has as many components as the code has numbers, and is fitted on ``X`` as the network
    sees it. Where these rows would take over 256 MiB it is fitted on as many of them, drawn at
    random, as do not.

    Parameters
    ----------
    estimator : BaseAutoencoder
        Fitted.
    X : array-like or sparse matrix of shape (n_samples, n_features)
        The rows it was fitted on.
    X_held_out : array-like of shape (n_held_out, n_features), default=None
        Rows it was not fitted on.
    decompose : callable, default=fit_pca
        What fits PCA, from scaled rows, a number of components and a seed.

    Returns
    -------
    BesidePCA
    """
    scaled = scaled_sample(estimator, X)
    n_rows = len(scaled)
    n_components = min(estimator.latent_dim_, *scaled.shape)
    pca = decompose(scaled, n_components, estimator.seed_)
    del scaled
    held_out = X_held_out is not None and X_held_out.shape[0] > 0
    return BesidePCA(
        gather(pca.mean_, _by_model(estimator, X)),
        gather(pca.mean_, _by_pca(estimator, pca, X)),
        gather(pca.mean_, _by_model(estimator, X_held_out)) if held_out else None,
        gather(pca.mean_, _by_pca(estimator, pca, X_held_out)) if held_out else None,
        n_rows,
    )


def scaled_sample(estimator: BaseAutoencoder, X: Any) -> NDArray[np.float32]:
    """Return the rows that PCA is fitted on, as the network sees them: at most 256 MiB of them."""
    n_rows = min(X.shape[0], max(1, _PCA_VALUES // X.shape[1]))
    if n_rows < X.shape[0]:
        chosen = numpy_generator(estimator.seed_, "pca").choice(X.shape[0], n_rows, replace=False)
        X = select_rows(X, np.sort(chosen))
    return scaled_rows(estimator, X)


def scaled_rows(estimator: BaseAutoencoder, X: Any) -> NDArray[np.float32]:
    """Return rows as the network sees them, all at once."""
    out = np.empty(X.shape, np.float32)
    for where, block in as_rows(X, estimator.scaling_).blocks():
        out[where] = block.numpy()
    return out


def _by_model(estimator: BaseAutoencoder, X: Any) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    for _, scaled, scaled_hat in estimator.scaled_reconstructions(X):
        yield scaled, scaled_hat


def _by_pca(
    estimator: BaseAutoencoder, pca: PCA, X: Any
) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    for _, block in as_rows(X, estimator.scaling_).blocks():
        yield block.numpy(), pca.inverse_transform(pca.transform(block.numpy()))
