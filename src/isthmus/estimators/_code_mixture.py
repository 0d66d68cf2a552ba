"""Gaussian mixture of codes, to draw new ones from."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from .._random import derived_seed

__all__ = ["MOST_CODES", "MOST_UNITS", "CodeMixture"]

MOST_CODES = 10_000
MOST_UNITS = 1024

_MOST_AXES = 64  # of the mixture; along further axes, which vary less, codes are one Gaussian
_MOST_COMPONENTS = 32
_TO_CHOOSE_BY = 4_000  # codes
_LEAST_SPREAD = 1e-6  # of an axis, relative to the largest


@dataclass(frozen=True, eq=False)
class CodeMixture:
    """Gaussian mixture with full covariances, in the principal axes of the codes.

    Attributes
    ----------
    center : ndarray of shape (latent_dim,)
        Mean code.
    axes : ndarray of shape (latent_dim, latent_dim)
        Principal axes as columns, by descending variance.
    spread : ndarray of shape (latent_dim,)
        Standard deviation along each axis, by which it is divided.
    weights : ndarray of shape (n_components,)
        Shares of the components.
    means : ndarray of shape (n_components, n_axes)
        Their means along the first axes; the codes are standard normal along all others.
    factors : ndarray of shape (n_components, n_axes, n_axes)
        Lower Cholesky factors of their covariances.
    bounds : ndarray of shape (2, latent_dim)
        Smallest and largest number of each unit in the training codes.
    """

    center: NDArray[np.float64]
    axes: NDArray[np.float64]
    spread: NDArray[np.float64]
    weights: NDArray[np.float64]
    means: NDArray[np.float64]
    factors: NDArray[np.float64]
    bounds: NDArray[np.float64]

    @classmethod
    def fit(cls, Z: NDArray[Any], *, seed: int) -> Self:
        """Fit a mixture to codes.

        The number of components, of 1, 2, 4, ... up to 32, is increased as long as the Bayesian
        information criterion on at most 4,000 of the codes improves.

        Parameters
        ----------
        Z : ndarray of shape (n_samples, latent_dim)
            Training codes in random order, finite.
        seed : int
            Of the first means.

        Returns
        -------
        CodeMixture
        """
        Z = np.asarray(Z, dtype=np.float64)
        center, bounds = Z.mean(axis=0), np.stack([Z.min(axis=0), Z.max(axis=0)])
        variances, axes = np.linalg.eigh(np.atleast_2d(np.cov(Z, rowvar=False, bias=True)))
        axes = axes[:, ::-1]
        spread = np.sqrt(np.maximum(variances[::-1], 0.0))
        spread = np.maximum(spread, _LEAST_SPREAD * spread[0] or 1.0)
        mixture = _fitted((Z - center) @ axes[:, :_MOST_AXES] / spread[:_MOST_AXES], seed)
        factors = np.linalg.cholesky(mixture.covariances_)
        made = cls(center, axes, spread, mixture.weights_, mixture.means_, factors, bounds)
        return cls.from_arrays(made.arrays())  # rounded as in an artifact, to draw the same codes

    @property
    def n_components(self) -> int:
        """Number of components."""
        return len(self.weights)

    def sample(self, n: int, generator: np.random.Generator) -> NDArray[np.float32]:
        """Draw codes.

        Parameters
        ----------
        n : int
            Number of codes.
        generator : numpy.random.Generator
            Advanced by the draws.

        Returns
        -------
        ndarray of shape (n, latent_dim), float32
            Within the range of the training codes, unit by unit.
        """
        drawn = generator.standard_normal((n, len(self.center)))
        owner = generator.choice(self.n_components, n, p=self.weights / self.weights.sum())
        first = self.means.shape[1]
        for k in range(self.n_components):
            own = owner == k
            drawn[own, :first] = drawn[own, :first] @ self.factors[k].T + self.means[k]
        codes = (drawn * self.spread) @ self.axes.T + self.center
        return np.clip(codes, *self.bounds).astype(np.float32)

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """Return the values as arrays, by name."""
        return {name: np.asarray(value, np.float32) for name, value in vars(self).items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Return the mixture that returned ``arrays``.

        Parameters
        ----------
        arrays : mapping of str to ndarray
            As returned by ``arrays``.

        Returns
        -------
        CodeMixture

        Raises
        ------
        KeyError
            If one is missing.
        """
        return cls(
            **{name: np.asarray(arrays[name], np.float64) for name in cls.__dataclass_fields__}
        )


def _fitted(U: NDArray[np.float64], seed: int) -> GaussianMixture:
    """Return the mixture with the best number of components."""
    few = U[:_TO_CHOOSE_BY]
    best, score = None, math.inf
    n = 1
    while n <= min(_MOST_COMPONENTS, len(few)):
        mixture = _of_size(n, few, seed)
        criterion = mixture.bic(few)
        if best is not None and criterion >= score:
            break
        best, score = mixture, criterion
        n *= 2
    assert best is not None
    if len(few) == len(U):
        return best
    return _of_size(
        best.n_components,
        U,
        seed,
        max_iter=10,
        weights_init=best.weights_,
        means_init=best.means_,
        precisions_init=best.precisions_,
    )


def _of_size(
    n: int, U: NDArray[np.float64], seed: int, *, max_iter: int = 30, **first: Any
) -> GaussianMixture:
    mixture = GaussianMixture(
        n,
        max_iter=max_iter,
        tol=1e-2,
        random_state=derived_seed(seed, "code mixture") % 2**32,
        **first,
    )
    with warnings.catch_warnings():
        # A density that is nearly the best one samples as well.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return mixture.fit(U)
