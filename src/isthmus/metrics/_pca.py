"""Principal components, decomposed once for all sizes."""

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

__all__ = ["MOST_FEATURES", "Components", "NestedPCA", "fit_pca"]

MOST_FEATURES = 2_000  # beyond them the decomposition of a covariance would take minutes
_SAMPLE_VALUES = 2**26  # in single precision 256 MiB


@dataclass(frozen=True, eq=False)
class Components:
    """Principal components of scaled rows: an encoder and a decoder of any size.

    Attributes
    ----------
    mean : ndarray of shape (n_features,)
        Of the rows it was fitted on, in the network's units.
    directions : ndarray of shape (n_directions, n_features)
        Orthonormal, in the order of their variances, the largest first.
    variances : ndarray of shape (n_directions,)
        Of the rows along the directions: means of squares, in squared units of the scaling.
    size : int
        How many of the directions make a code.
    n_rows : int
        How many rows they were fitted on.
    """

    mean: NDArray[np.float64]
    directions: NDArray[np.float64]
    variances: NDArray[np.float64]
    size: int
    n_rows: int

    @property
    def is_whole(self) -> bool:
        """Whether there are as many directions as the rows can have."""
        return len(self.directions) == min(self.n_rows, len(self.mean))

    def of_size(self, size: int) -> Components:
        """Return the same components with codes of another size, at most ``n_directions``."""
        return replace(self, size=min(size, len(self.directions)))

    def encode(self, scaled: NDArray[Any], *, size: int | None = None) -> NDArray[np.float64]:
        """Return the codes of scaled rows (n_samples, n_features), in double precision.

        The shape is (n_samples, ``size``); None stands for the size of the codes.
        """
        directions = self.directions[: self.size if size is None else size]
        codes: NDArray[np.float64] = (scaled - self.mean) @ directions.T
        return codes

    def restored(self, scaled: NDArray[Any]) -> NDArray[np.float32]:
        """Return scaled rows as their codes give them back, in single precision."""
        mean, directions = self._single
        offset = np.subtract(scaled, mean, dtype=np.float32)
        back: NDArray[np.float32] = (offset @ directions.T) @ directions
        back += mean
        return back

    def captured(self, scaled: NDArray[Any], *, size: int | None = None) -> NDArray[np.float64]:
        """Return how much squared distance from the mean codes of each size keep.

        Its shape is (n_samples, ``size``), or (n_samples, n_directions) where that is None: the
        first column is that of one component.
        """
        codes = self.encode(scaled, size=len(self.directions) if size is None else size)
        kept: NDArray[np.float64] = np.square(codes).cumsum(axis=1)
        return kept

    def errors(self) -> NDArray[np.float64]:
        """Return the squared error a row, of the rows it was fitted on, for every size from 0 on.

        The shape is (n_directions + 1,); what lies in no direction is not known, and is left out.
        """
        left = np.cumsum(self.variances[::-1])[::-1]
        return np.append(left, 0.0)

    def errors_on(self, rows: EncodedRows) -> NDArray[np.float64]:
        """Return the squared error a row, of other rows, for every size from 0 on.

        Each block of rows is projected once, on all directions; O(n d^2) time for d features.

        Parameters
        ----------
        rows : EncodedRows
            At least one, scaled as the rows that the components were fitted on.

        Returns
        -------
        ndarray of shape (n_directions + 1,)
            In squared units of the scaling.
        """
        kept, total = np.zeros(len(self.directions)), 0.0
        for _, block in rows.blocks():
            offset = block.numpy() - self.mean
            total += float(np.einsum("ij,ij->", offset, offset))
            codes = offset @ self.directions.T
            kept += np.einsum("ij,ij->j", codes, codes)
        left = total - np.concatenate([[0.0], np.cumsum(kept)])
        return np.asarray(np.maximum(left, 0.0) / len(rows))

    @cached_property
    def _single(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The mean and the directions of a code in single precision."""
        return self.mean.astype(np.float32), self.directions[: self.size].astype(np.float32)


def fit_pca(rows: EncodedRows, n_components: int, seed: int) -> Components:
    """Fit PCA to rows as the network sees them.

    Up to 2,000 features, mean and covariance of all rows are summed up block by block in double
    precision and decomposed once: O(n d^2 + d^3) time and O(d^2) memory for d features, and all
    components are at hand. Rows with more features get a randomized decomposition of as many
    components as the code has, of as many rows, drawn at random, as fit into 256 MiB.

    Parameters
    ----------
    rows : EncodedRows
        At least one, on the CPU.
    n_components : int
        Size of the codes; fewer where rows or features are fewer.
    seed : int
        Of the draw of rows and of the randomized decomposition.

    Returns
    -------
    Components
    """
    if rows.n_features <= MOST_FEATURES:
        return _of_covariance(rows, n_components)
    return _of_sample(rows, n_components, seed)


def _of_covariance(rows: EncodedRows, n_components: int) -> Components:
    n_rows, n_features = len(rows), rows.n_features
    products, total = np.zeros((n_features, n_features)), np.zeros(n_features)
    shift: NDArray[np.float64] | None = None
    for _, block in rows.blocks():
        offset = block.numpy().astype(np.float64)
        if shift is None:  # near the mean, so that large means cost no digits
            shift = offset.mean(axis=0)
        offset -= shift
        total += offset.sum(axis=0)
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
    with np.errstate(invalid="ignore"):  # equal rows have no variance to share out
        pca = PCA(n, copy=False, random_state=seed % 2**32).fit(sample)
    return Components(
        np.asarray(pca.mean_, dtype=np.float64),
        np.asarray(pca.components_, dtype=np.float64),
        np.square(pca.singular_values_, dtype=np.float64) / n_rows,
        n,
        n_rows,
    )


def _sample(rows: EncodedRows, seed: int) -> NDArray[np.float32]:
    """Return rows in memory of their own: all of them, or as many, drawn at random, as fit."""
    n_rows = min(len(rows), max(1, _SAMPLE_VALUES // rows.n_features))
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
    """Fit PCA of several sizes to the same rows by one decomposition.

    The first components are those of any larger PCA, so the largest is fitted and cut to size.
    It is kept until other rows, or rows that are scaled otherwise, come.

    Parameters
    ----------
    largest : int
        The most components that are likely to be asked for.
    """

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._rows = ""
        self._fitted: Components | None = None

    def __call__(self, rows: EncodedRows, n_components: int, seed: int) -> Components:
        """Fit PCA as ``fit_pca`` does, unless it was fitted to these rows before."""
        name, fitted = _name(rows), self._fitted
        if fitted is None or name != self._rows or not _has(fitted, n_components):
            fitted = fit_pca(rows, max(self._largest, n_components), seed)
            self._rows, self._fitted = name, fitted
        return fitted.of_size(n_components)


def _has(fitted: Components, n_components: int) -> bool:
    return fitted.is_whole or len(fitted.directions) >= n_components


def _name(rows: EncodedRows) -> str:
    """Return a digest of scaled rows, which are read block by block."""
    digest = hashlib.sha256(f"{len(rows)} {rows.n_features}".encode())
    for content in _contents(rows):
        digest.update(content)
    return digest.hexdigest()


def _contents(rows: EncodedRows) -> Iterator[bytes]:
    for _, block in rows.blocks():
        yield block.numpy().tobytes()
