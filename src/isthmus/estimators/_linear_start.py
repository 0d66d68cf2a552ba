"""Start of linear paths at the solution of PCA."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from .._random import numpy_generator
from ..nn import LinearPathMLP
from ..rows import EncodedRows

__all__ = ["PATH_OUTPUTS", "start_at_pca"]

# Output activations with an inverse, which the linear path needs for its start.
PATH_OUTPUTS = ("identity", "sigmoid", "tanh")

_MOST_ROWS, _MOST_VALUES = 2**14, 2**24  # of the sample: more would hardly change the start
_MARGIN = 0.02  # values are clipped to this distance from the bounds of an activation
_NO_VARIANCE = 1e-9  # of a component, relative to the first


def start_at_pca(
    encoder: LinearPathMLP,
    decoder: LinearPathMLP,
    rows: EncodedRows,
    *,
    latent_dim: int,
    output_activation: str,
    heights: Sequence[float],
    seed: int,
) -> None:
    """Set the linear paths of an encoder and a decoder to PCA of a sample of rows.

    The codes are then those of PCA. The decoder maps them to values before the output activation
    by least squares, which for a linear output is PCA's own reconstruction.

    Parameters
    ----------
    encoder, decoder : LinearPathMLP
        Changed in place.
    rows : EncodedRows
        Training rows, on the CPU. Missing values (NaN) are 0, as for the network.
    latent_dim : int
        Code size. If the rows have fewer components, the paths of all other units are 0.
    output_activation : str
        One of ``PATH_OUTPUTS``.
    heights : sequence of float
        For each encoded value, the one that stands for a level of a category, whose output is a
        logit; 0 for all others.
    seed : int
        Seed of the sample and of a randomized decomposition.
    """
    X = _sample(rows, seed)
    pca = PCA(min(latent_dim, *X.shape), random_state=seed % 2**32)
    with np.errstate(invalid="ignore"):  # one row has no variance to explain
        pca.fit(X)
    codes = pca.transform(X)
    directions = pca.components_.astype(np.float32)
    encoder.start(*_tensors(directions, -directions @ pca.mean_))
    decoder.start(*_tensors(*_fitted(codes, _before_output(X, output_activation, heights))))


def _sample(rows: EncodedRows, seed: int) -> NDArray[np.float32]:
    n = max(1, min(len(rows), _MOST_ROWS, _MOST_VALUES // rows.n_features))
    chosen = numpy_generator(seed, "linear path").choice(len(rows), n, replace=False)
    taken = rows.take(torch.from_numpy(np.sort(chosen)))
    sample: NDArray[np.float32] = np.nan_to_num(taken.numpy(), copy=True)
    return sample


def _before_output(
    X: NDArray[np.float32], activation: str, heights: Sequence[float]
) -> NDArray[np.float32]:
    """Return the values that the output activation would map to the rows, clipped."""
    is_level = np.asarray(heights) > 0
    wanted = X.copy()
    if activation == "sigmoid":
        share = X.clip(_MARGIN, 1 - _MARGIN)
        wanted = np.log(share / (1 - share))
    elif activation == "tanh":
        wanted = np.arctanh(X.clip(_MARGIN - 1, 1 - _MARGIN))
    if is_level.any():
        shares = X[:, is_level] / np.asarray(heights, dtype=np.float32)[is_level]
        wanted[:, is_level] = np.log(shares.clip(_MARGIN, 1.0))
    return wanted


def _fitted(codes: NDArray[Any], wanted: NDArray[np.float32]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return weight and bias of the least-squares map; codes are centred and uncorrelated."""
    bias = wanted.mean(axis=0)
    squares = np.square(codes).sum(axis=0)
    has_variance = squares > _NO_VARIANCE * squares.max(initial=0.0)
    products = (wanted - bias).T @ codes
    weight = np.divide(products, squares, out=np.zeros_like(products), where=has_variance)
    return weight, bias


def _tensors(*arrays: NDArray[Any]) -> list[torch.Tensor]:
    return [torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32)) for array in arrays]
