"""Principal components, decomposed once for all sizes."""

from __future__ import annotations

import copy
from typing import Any

from numpy.typing import NDArray
from sklearn.decomposition import PCA

from ..sources import fingerprint

__all__ = ["NestedPCA", "fit_pca"]


def fit_pca(scaled: NDArray[Any], n_components: int, seed: int) -> PCA:
    """Fit PCA to scaled rows.

    Parameters
    ----------
    scaled : ndarray of shape (n_samples, n_features)
        Rows.
    n_components : int
        At most the smaller of the two.
    seed : int
        Of the randomized decomposition that many columns get.

    Returns
    -------
    sklearn.decomposition.PCA
    """
    return PCA(n_components, random_state=seed % 2**32).fit(scaled)


class NestedPCA:
    """Fit PCA of several sizes to the same rows by one decomposition.

    The first components are those of any larger PCA, so the largest is fitted and cut to size.
    It is kept until other rows come.

    Parameters
    ----------
    largest : int
        The most components that are likely to be asked for.
    """

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._rows = ""
        self._fitted: PCA | None = None

    def __call__(self, scaled: NDArray[Any], n_components: int, seed: int) -> PCA:
        """Fit PCA as ``fit_pca`` does, unless it was fitted to these rows before."""
        rows = fingerprint(scaled)
        if self._fitted is None or rows != self._rows or self._fitted.n_components_ < n_components:
            most = min(max(self._largest, n_components), *scaled.shape)
            self._rows, self._fitted = rows, fit_pca(scaled, most, seed)
        return _cut(self._fitted, n_components)


def _cut(pca: PCA, n: int) -> PCA:
    """Return the PCA of ``n`` components that a larger one holds."""
    small = copy.copy(pca)
    small.n_components = small.n_components_ = n
    small.components_ = pca.components_[:n]
    small.explained_variance_ = pca.explained_variance_[:n]
    small.explained_variance_ratio_ = pca.explained_variance_ratio_[:n]
    small.singular_values_ = pca.singular_values_[:n]
    n_all = min(pca.n_samples_, pca.n_features_in_)
    left = pca.explained_variance_[n:].sum() + pca.noise_variance_ * (n_all - pca.n_components_)
    small.noise_variance_ = left / (n_all - n) if n < n_all else 0.0
    return small
