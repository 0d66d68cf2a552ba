"""Principal components of the training rows, as an encoder and a decoder of any size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..estimators import BaseAutoencoder
from ..metrics import fit_pca
from ._beside_pca import scaled_sample

__all__ = ["Components", "fit_components"]


@dataclass(frozen=True)
class Components:
    """PCA of one size, and further components where a larger one may be asked for.

    Attributes
    ----------
    mean : ndarray of shape (n_features,)
        Of the rows it was fitted on, in the network's units.
    directions : ndarray of shape (n_directions, n_features)
        Orthonormal, the widest first.
    size : int
        How many of them make a code.
    n_rows : int
        How many rows they were fitted on.
    """

    mean: NDArray[np.float64]
    directions: NDArray[np.float64]
    size: int
    n_rows: int

    def encode(self, scaled: NDArray[Any], *, size: int | None = None) -> NDArray[np.float64]:
        """Return the codes of scaled rows; all directions' for a ``size`` of that many."""
        directions = self.directions[: self.size if size is None else size]
        codes: NDArray[np.float64] = (scaled - self.mean) @ directions.T
        return codes

    def restored(self, scaled: NDArray[Any]) -> NDArray[np.float64]:
        """Return scaled rows as their codes give them back."""
        back: NDArray[np.float64] = self.encode(scaled) @ self.directions[: self.size] + self.mean
        return back

    def captured(self, scaled: NDArray[Any]) -> NDArray[np.float64]:
        """Return how much squared distance from the mean codes of each size keep.

        Its shape is (n_samples, n_directions): the first column is that of one component.
        """
        codes = self.encode(scaled, size=len(self.directions))
        kept: NDArray[np.float64] = np.square(codes).cumsum(axis=1)
        return kept


def fit_components(
    estimator: BaseAutoencoder, X: Any, *, size: int, largest: int | None = None
) -> Components:
    """Fit PCA to rows as the network sees them, to as many of them as fit into 256 MiB.

    Parameters
    ----------
    estimator : BaseAutoencoder
        Fitted; its scaling and its seed count.
    X : ndarray or CSR array of shape (n_samples, n_features)
        Two rows at least.
    size : int
        Of the codes; fewer where rows or features are fewer.
    largest : int, default=None
        How many components to have at hand; None for ``size``.

    Returns
    -------
    Components
    """
    scaled = scaled_sample(estimator, X)
    most = min(*scaled.shape)
    n = min(most, size if largest is None else max(size, largest))
    with np.errstate(invalid="ignore"):  # equal rows have no variance to share out
        pca = fit_pca(scaled, n, estimator.seed_)
    directions = np.asarray(pca.components_, dtype=np.float64)
    mean = np.asarray(pca.mean_, dtype=np.float64)
    return Components(mean, directions, min(size, most), len(scaled))
