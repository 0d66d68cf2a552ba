"""Start of linear paths at the solution of PCA."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from ..objectives import LOSSES
from ..rows import EncodedRows

__all__ = ["HasPath", "obstacle_to_path", "start_at_pca"]

# Output activations with an inverse, which the linear path needs for its start.
_PATH_OUTPUTS = ("identity", "clip", "sigmoid", "tanh")

_MOST_ROWS, _MOST_VALUES = 2**14, 2**25  # of the sample: more would hardly change the start
_MARGIN = 0.02  # values are clipped to this distance from the bounds of an activation
_NO_VARIANCE = 1e-9  # of a component, relative to the first


class HasPath(Protocol):
    """Network with a linear path."""

    def start(self, weight: torch.Tensor, bias: torch.Tensor) -> None:
        """Set the linear path; see ``isthmus.nn.LinearPathMLP.start``."""


def obstacle_to_path(estimator: Any) -> str | None:
    """Return what a linear path requires and an estimator's parameters do not have, or None.

    Parameters
    ----------
    estimator : estimator
        With ``latent_activation``, ``output_activation`` and ``loss``, all valid.

    Returns
    -------
    str or None
    """
    if estimator.latent_activation != "identity":
        return f"the `latent_activation` 'identity'. Got {estimator.latent_activation!r}"
    output = estimator.output_activation
    if output == "auto":
        output = LOSSES[estimator.loss].output or "identity"
    if output not in _PATH_OUTPUTS:
        return f"an output activation of {', '.join(_PATH_OUTPUTS)}. Got {output!r}"
    return None


def start_at_pca(
    encoder: HasPath,
    decoder: HasPath,
    rows: EncodedRows,
    *,
    latent_dim: int,
    output_activation: str,
    heights: Sequence[float],
    mirrored: bool = False,
    seed: int,
) -> None:
    """Set the linear paths of an encoder and a decoder to PCA of a sample of rows.

    The codes are then those of PCA. The decoder maps them to values before the output activation
    by least squares, which for a linear output is PCA's own reconstruction.

    Parameters
    ----------
    encoder, decoder : HasPath
        Changed in place.
    rows : EncodedRows
        Training rows, in the order of values that the paths have. Missing values (NaN) are 0, as
        for the network.
    latent_dim : int
        Code size. If the rows have fewer components, the paths of all other units are 0.
    output_activation : str
        "identity", "clip", "sigmoid" or "tanh".
    heights : sequence of float
        For each encoded value, the one that stands for a level of a category, whose output is a
        logit; 0 for all others. Empty: there are no categories.
    mirrored : bool, default=False
        Whether PCA is of the rows, which are pictures (n, channels, height, width), and of their
        mirror images: if training mirrors pictures, PCA of both is better on new ones.
    seed : int
        Seed of the sample and of a randomized decomposition.
    """
    X = _sample(rows, seed, mirrored)
    pca = PCA(min(latent_dim, *X.shape), random_state=seed % 2**32)
    with np.errstate(invalid="ignore"):  # one row has no variance to explain
        pca.fit(X)
    codes = pca.transform(X)
    directions = pca.components_.astype(np.float32)
    encoder.start(*_tensors(directions, -directions @ pca.mean_))
    decoder.start(*_tensors(*_fitted(codes, _before_output(X, output_activation, heights))))


def _sample(rows: EncodedRows, seed: int, mirrored: bool) -> NDArray[np.float32]:
    most = min(_MOST_ROWS, _MOST_VALUES // rows.n_features)
    taken = rows.sample(most, seed=seed, purpose="linear path").cpu()
    if mirrored:
        taken = torch.cat([taken, taken.flip(-1)])
    sample: NDArray[np.float32] = np.nan_to_num(taken.flatten(1).numpy(), copy=True)
    return sample


def _before_output(
    X: NDArray[np.float32], activation: str, heights: Sequence[float]
) -> NDArray[np.float32]:
    """Return the values that the output activation would map to the rows, clipped."""
    is_level = np.asarray(heights, dtype=np.float32) > 0
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
