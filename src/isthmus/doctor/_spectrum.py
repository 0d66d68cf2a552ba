"""Spectrum of rows: how many components they need, and how many exceed chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._random import numpy_generator
from ..metrics import Components
from ..preprocessing import Scaling
from ..rows import as_rows

__all__ = ["Spectrum", "sample_rows", "spectrum", "spectrum_of"]

_MOST_ROWS = 20_000
_FEWER_ROWS = 1_500  # with more columns than that, products of rows are computed
_MOST_VALUES = 2**24  # 64 MiB in single precision
_WIDE = 2048  # columns
_MOST_DRAWS = 20


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Variances along the principal components of rows, compared with chance.

    Attributes
    ----------
    n_rows : int
        Number of rows.
    mean, variances : ndarray of shape (n_features,)
        Of the columns, in units of the scaling.
    explained : ndarray of float
        Cumulative fraction of the variance of the first 1, 2, ... components.
    elbow : int
        Number of leading components with more variance than those of independent normal columns
        with the same variances (parallel analysis: the largest of several draws). If the variance
        of one column hides all others, columns have equal weight instead.
    """

    n_rows: int
    mean: NDArray[np.float64]
    variances: NDArray[np.float64]
    explained: NDArray[np.float64]
    elbow: int

    def components_for(self, share: float) -> int:
        """Return the number of components with this fraction of the variance."""
        return int(np.searchsorted(self.explained, share - 1e-9)) + 1


def sample_rows(X: Any, *, seed: int, most: int = _MOST_ROWS) -> Any:
    """Return random rows of ``X``: at most ``most``, and about 16 million values."""
    n_rows = min(most, max(1000, _MOST_VALUES // X.shape[1]))
    if n_rows >= X.shape[0]:
        return X
    chosen = numpy_generator(seed, "doctor").choice(X.shape[0], n_rows, replace=False)
    return X[np.sort(chosen)]


def spectrum(X: Any, scaling: Scaling, *, seed: int) -> Spectrum:
    """Compute the spectrum of scaled rows.

    Parameters
    ----------
    X : ndarray or CSR array of shape (n_samples, n_features)
        At least two different rows; at most 20,000 or 64 MiB of them are used, and 1,500 if there
        are more than 2,048 columns.
    scaling : Scaling
        Scaling to apply.
    seed : int
        Seed of the sample of rows and of the random comparison.

    References
    ----------
    Horn (1965), A rationale and test for the number of factors in factor analysis, Psychometrika
    30.
    """
    rows = sample_rows(X, seed=seed, most=_MOST_ROWS if X.shape[1] <= _WIDE else _FEWER_ROWS)
    scaled = np.concatenate([block.numpy() for _, block in as_rows(rows, scaling).blocks()])
    mean = scaled.mean(axis=0, dtype=np.float64)
    scaled -= mean.astype(np.float32)
    n_rows = len(scaled)
    variances = np.einsum("ij,ij->j", scaled, scaled, dtype=np.float64) / (n_rows - 1)
    found = _variances_along(scaled)
    elbow = _elbow(found, _by_chance(variances, n_rows, seed))
    if not elbow:
        spread = np.sqrt(variances)
        scaled /= np.where(spread > 0, spread, 1).astype(np.float32)
        elbow = _elbow(_variances_along(scaled), _by_chance(np.sign(variances), n_rows, seed))
    return Spectrum(n_rows, mean, variances, np.cumsum(found) / (found.sum() or 1.0), elbow)


def spectrum_of(pca: Components, varying: NDArray[np.intp], *, seed: int) -> Spectrum:
    """Return the spectrum of rows from all their components.

    Parameters
    ----------
    pca : Components
        All components, of at least two different rows.
    varying : ndarray of int
        Columns that are not constant: rounding leaves some variance in the others.
    seed : int
        Seed of the random comparison.

    Returns
    -------
    Spectrum
    """
    n_rows, n_features = pca.n_rows, len(pca.mean)
    most = min(n_rows - 1, n_features)
    found = pca.variances[:most] * (n_rows / (n_rows - 1))
    along = np.sqrt(found)[:, np.newaxis] * pca.directions[:most]  # a square root of the covariance
    variances = np.zeros(n_features)
    variances[varying] = np.square(along[:, varying]).sum(axis=0)
    elbow = _elbow(found, _by_chance(variances, n_rows, seed))
    if not elbow:
        spread = np.sqrt(variances)
        along /= np.where(spread > 0, spread, np.inf)
        products = along @ along.T if len(along) < n_features else along.T @ along
        alike = np.linalg.eigvalsh(products)[::-1][:most].clip(min=0.0)
        elbow = _elbow(alike, _by_chance(np.sign(variances), n_rows, seed))
    explained = np.cumsum(found) / (found.sum() or 1.0)
    return Spectrum(n_rows, pca.mean, variances, explained, elbow)


def _elbow(found: NDArray[np.float64], chance: NDArray[np.float64]) -> int:
    n = min(len(found), len(chance))
    ahead = found[:n] > chance[:n]
    return n if ahead.all() else int(ahead.argmin())


def _variances_along(centred: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Return the variances along the principal components of centred rows, largest first."""
    n_rows, n_features = centred.shape
    is_wide = n_features > min(n_rows, _WIDE)
    products = centred @ centred.T if is_wide else centred.T @ centred
    values = np.linalg.eigvalsh(products.astype(np.float64))[::-1] / (n_rows - 1)
    variances: NDArray[np.float64] = values[: min(n_rows - 1, n_features)].clip(min=0.0)
    return variances


def _by_chance(variances: NDArray[np.float64], n_rows: int, seed: int) -> NDArray[np.float64]:
    """Return the largest variances of components of independent normal columns in some draws."""
    spread = np.sqrt(variances[variances > 0])
    if not len(spread):  # values so small that their squares are 0
        return spread
    n_draws = max(1, min(_MOST_DRAWS, _WIDE // len(spread)))  # more columns vary less
    generator = numpy_generator(seed, "parallel analysis")
    draws = [_one_draw(spread, n_rows, generator) for _ in range(n_draws)]
    best: NDArray[np.float64] = np.max(draws, axis=0)
    return best


def _one_draw(
    spread: NDArray[np.float64], n_rows: int, generator: np.random.Generator
) -> NDArray[np.float64]:
    width = len(spread)
    if n_rows <= width:
        drawn = generator.standard_normal((n_rows, width), dtype=np.float32)
        drawn *= spread.astype(np.float32)
        return _variances_along(drawn - drawn.mean(axis=0))
    # The covariance of so many normal rows, without the rows (Bartlett's decomposition).
    factor = np.tril(generator.standard_normal((width, width)), k=-1)
    factor[np.diag_indices(width)] = np.sqrt(generator.chisquare(n_rows - 1 - np.arange(width)))
    factor *= spread[:, np.newaxis]
    return np.linalg.eigvalsh(factor @ factor.T)[::-1] / (n_rows - 1)
