"""PCA with one decomposition for all code sizes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from .._random import numpy_generator
from ..rows import EncodedRows, block_size
from ._missing_cells import filled_by_components, iterative_components, observed_means

__all__ = ["MOST_FEATURES", "Components", "NestedPCA", "fit_pca"]

MOST_FEATURES = 2_000  # beyond this, decomposing the covariance would take minutes
_SAMPLE_VALUES = 2**26  # 256 MiB in single precision
# Iterative PCA takes tens of decompositions; with 50 rows per feature its error on other rows is
# within about 2 % of that of a fit to all rows.
_ITERATED_ROWS, _ITERATED_ROWS_PER_FEATURE = 20_000, 50
_FILLING_ROUNDS = 5  # of rows with more features, by a randomized decomposition


@dataclass(frozen=True, eq=False)
class Components:
    """Principal components of scaled rows: an encoder and a decoder for any code size.

    Attributes
    ----------
    mean : ndarray of shape (n_features,)
        Mean of the rows of the fit, in scaled units.
    directions : ndarray of shape (n_directions, n_features)
        Orthonormal, in descending order of variance.
    variances : ndarray of shape (n_directions,)
        Variances along the directions: means of squares, in squared units of the scaling.
    size : int
        Code size: the number of directions in use.
    n_rows : int
        Number of rows of the fit.
    """

    mean: NDArray[np.float64]
    directions: NDArray[np.float64]
    variances: NDArray[np.float64]
    size: int
    n_rows: int

    @property
    def is_whole(self) -> bool:
        """Whether the rows can have no further directions."""
        return len(self.directions) == min(self.n_rows, len(self.mean))

    def of_size(self, size: int) -> Components:
        """Return the same components with another code size, at most ``n_directions``."""
        return replace(self, size=min(size, len(self.directions)))

    def encode(self, scaled: NDArray[Any], *, size: int | None = None) -> NDArray[np.float64]:
        """Return the codes of scaled rows (n_samples, n_features), in double precision.

        The shape is (n_samples, ``size``); None uses the code size.
        """
        directions = self.directions[: self.size if size is None else size]
        codes: NDArray[np.float64] = (self._filled(scaled) - self.mean) @ directions.T
        return codes

    def restored(self, scaled: NDArray[Any]) -> NDArray[np.float32]:
        """Return the reconstructions of scaled rows, in single precision."""
        mean, directions = self._single
        scaled = self._filled(scaled)
        offset = np.subtract(scaled, mean, dtype=np.float32)
        back: NDArray[np.float32] = (offset @ directions.T) @ directions
        back += mean
        return back

    def captured(self, scaled: NDArray[Any], *, size: int | None = None) -> NDArray[np.float64]:
        """Return the squared distance from the mean that codes of each size preserve.

        The shape is (n_samples, ``size``), or (n_samples, n_directions) for None; the first column
        is that of one component.
        """
        codes = self.encode(scaled, size=len(self.directions) if size is None else size)
        kept: NDArray[np.float64] = np.square(codes).cumsum(axis=1)
        return kept

    def errors(self) -> NDArray[np.float64]:
        """Return the squared error per row of the rows of the fit, for every size from 0.

        The shape is (n_directions + 1,); variance outside all directions is unknown and excluded.
        """
        left = np.cumsum(self.variances[::-1])[::-1]
        return np.append(left, 0.0)

    def errors_on(self, rows: EncodedRows) -> NDArray[np.float64]:
        """Return the squared error per row of other rows, for every size from 0.

        Each block of rows is projected once on all directions; O(n d^2) time for d features.

        Parameters
        ----------
        rows : EncodedRows
            At least one row, scaled as the rows of the fit.

        Returns
        -------
        ndarray of shape (n_directions + 1,)
            In squared units of the scaling.
        """
        kept, total = np.zeros(len(self.directions)), 0.0
        for _, block in rows.blocks():
            offset = self._filled(block.numpy()) - self.mean
            total += float(np.einsum("ij,ij->", offset, offset))
            codes = offset @ self.directions.T
            kept += np.einsum("ij,ij->j", codes, codes)
        left = total - np.concatenate([[0.0], np.cumsum(kept)])
        return np.asarray(np.maximum(left, 0.0) / len(rows))

    def _filled(self, scaled: NDArray[Any]) -> NDArray[Any]:
        """Return rows with missing cells filled by the code's components."""
        return filled_by_components(scaled, *self._single)

    @cached_property
    def _single(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Mean and directions of the code, in single precision."""
        return self.mean.astype(np.float32), self.directions[: self.size].astype(np.float32)


def fit_pca(rows: EncodedRows, n_components: int, seed: int) -> Components:
    """Fit PCA to scaled rows.

    Up to 2,000 features, mean and covariance of all rows are accumulated block by block in double
    precision and decomposed once: O(n d^2 + d^3) time and O(d^2) memory for d features, with all
    components available. With missing cells, that is done iteratively on a random sample: 20,000
    rows, or 50 per feature if that is more, and at most what fits into 256 MiB. With more features,
    a randomized decomposition finds as many components as the code has, of a random sample of rows
    that fits into 256 MiB, whose missing cells are filled in five rounds.

    Parameters
    ----------
    rows : EncodedRows
        At least one row, on the CPU.
    n_components : int
        Code size; fewer if there are fewer rows or features.
    seed : int
        Seed of the sample of rows and of the randomized decomposition.

    Returns
    -------
    Components
    """
    if rows.n_features <= MOST_FEATURES:
        return _of_covariance(rows, n_components, seed)
    return _of_sample(rows, n_components, seed)


def _of_missing(rows: EncodedRows, n_components: int, seed: int) -> Components:
    most = max(_ITERATED_ROWS, _ITERATED_ROWS_PER_FEATURE * rows.n_features)
    sample = _sample(rows, seed, most=most)
    n = min(*sample.shape)
    mean, directions, variances = iterative_components(sample, min(n_components, n))
    return Components(mean, directions[:n], variances[:n], min(n_components, n), len(sample))


def _of_covariance(rows: EncodedRows, n_components: int, seed: int) -> Components:
    n_rows, n_features = len(rows), rows.n_features
    products, total = np.zeros((n_features, n_features)), np.zeros(n_features)
    shift: NDArray[np.float64] | None = None
    for _, block in rows.blocks():
        offset = block.numpy().astype(np.float64)
        if shift is None:  # near the mean, so that large means cost no digits
            shift = offset.mean(axis=0)
        offset -= shift
        total += offset.sum(axis=0)
        if np.isnan(total).any():
            return _of_missing(rows, n_components, seed)
        products += offset.T @ offset
    assert shift is not None
    beyond = total / n_rows
    products /= n_rows
    products -= np.outer(beyond, beyond)
    variances, directions = np.linalg.eigh(products)
    n = min(n_rows, n_features)
    return Components(
        shift + beyond,
        np.ascontiguousarray(directions.T[::-1][:n]),
        variances[::-1][:n].clip(min=0.0),
        min(n_components, n),
        n_rows,
    )


def _of_sample(rows: EncodedRows, n_components: int, seed: int) -> Components:
    sample = _sample(rows, seed)
    n_rows = len(sample)
    n = min(n_components, *sample.shape)
    _fill(sample, n, seed)
    with np.errstate(invalid="ignore"):  # equal rows have no variance to explain
        pca = PCA(n, copy=False, random_state=seed % 2**32).fit(sample)
    return Components(
        np.asarray(pca.mean_, dtype=np.float64),
        np.asarray(pca.components_, dtype=np.float64),
        np.square(pca.singular_values_, dtype=np.float64) / n_rows,
        n,
        n_rows,
    )


def _fill(sample: NDArray[np.float32], n_components: int, seed: int) -> None:
    """Fill missing cells with their column's mean, then some times with their reconstruction."""
    missing = np.isnan(sample)
    if not missing.any():
        return
    mean = observed_means(sample, missing)
    sample[missing] = mean.astype(np.float32)[np.nonzero(missing)[1]]
    for _ in range(_FILLING_ROUNDS):
        with np.errstate(invalid="ignore"):
            pca = PCA(n_components, random_state=seed % 2**32).fit(sample)
        sample[missing] = pca.inverse_transform(pca.transform(sample))[missing]


def _sample(rows: EncodedRows, seed: int, *, most: int | None = None) -> NDArray[np.float32]:
    """Return a copy of the rows, or of a random sample that fits into memory."""
    n_rows = min(len(rows), most or len(rows), max(1, _SAMPLE_VALUES // rows.n_features))
    out = np.empty((n_rows, rows.n_features), np.float32)
    if n_rows == len(rows):
        for where, block in rows.blocks():
            out[where] = block.numpy()
        return out
    chosen = numpy_generator(seed, "pca").choice(len(rows), n_rows, replace=False)
    chosen.sort()
    step = block_size(rows.n_features)
    for start in range(0, n_rows, step):
        taken = rows.take(torch.from_numpy(chosen[start : start + step]))
        out[start : start + step] = taken.numpy()
    return out


class NestedPCA:
    """PCA of several sizes of the same rows, with one decomposition.

    The first components are those of any larger PCA, so the largest is fitted and truncated. It is
    kept until it is called with other rows or another scaling.

    Parameters
    ----------
    largest : int
        Largest number of components that is likely to be needed.
    """

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._rows = ""
        self._fitted: Components | None = None

    def __call__(self, rows: EncodedRows, n_components: int, seed: int) -> Components:
        """Fit PCA like ``fit_pca``, unless it was already fitted to these rows."""
        name, fitted = _name(rows), self._fitted
        if fitted is None or name != self._rows or not _has(fitted, n_components):
            fitted = fit_pca(rows, max(self._largest, n_components), seed)
            self._rows, self._fitted = name, fitted
        return fitted.of_size(n_components)


def _has(fitted: Components, n_components: int) -> bool:
    return fitted.is_whole or len(fitted.directions) >= n_components


def _name(rows: EncodedRows) -> str:
    """Return a hash of scaled rows, read block by block."""
    digest = hashlib.sha256(f"{len(rows)} {rows.n_features}".encode())
    for content in _contents(rows):
        digest.update(content)
    return digest.hexdigest()


def _contents(rows: EncodedRows) -> Iterator[bytes]:
    for _, block in rows.blocks():
        yield block.numpy().tobytes()
