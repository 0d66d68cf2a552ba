"""Reconstruction of the evaluated rows by the model, PCA and the mean, in one pass."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._row_blocks import as_dense
from ..estimators import BaseAutoencoder
from ..metrics import (
    Bootstrap,
    Components,
    ReconstructionFigures,
    can_measure_similarity,
    signal_to_noise,
    structural_similarity,
)

__all__ = [
    "Pictures",
    "Restored",
    "check_picture_shape",
    "observed_squares",
    "restore",
    "scaled_mean",
    "value_span",
]

_FEATURES = 256  # maximum number of features with bootstrap intervals


@dataclass(frozen=True)
class Pictures:
    """Shape and value range of pictures."""

    shape: tuple[int, ...]
    span: float


@dataclass
class Restored:
    """Sums over rows, and over their resamples.

    Attributes
    ----------
    columns : dict of str to ndarray of shape (1 + n_resamples,)
        ``total``, the squared distance from the mean of the rows; ``error_model``, ``error_pca``
        and ``error_mean`` (of the training rows); ``psnr_...`` and ``ssim_...``.
    figures : dict of str to ReconstructionFigures
        Metrics of "model" and "pca".
    feature_errors : ndarray of shape (1 + n_resamples, n_features) or None
        Squared errors of the model; None if there are too many features.
    captured : ndarray of shape (n_directions,) or None
        Squared distance from the mean that PCA preserves with each number of components.
    """

    columns: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    figures: dict[str, ReconstructionFigures] = field(default_factory=dict)
    feature_errors: NDArray[np.float64] | None = None
    captured: NDArray[np.float64] | None = None


def restore(
    estimator: BaseAutoencoder,
    X: Any,
    pca: Components | None,
    pictures: Pictures | None,
    bootstrap: Bootstrap,
    *,
    all_sizes: bool = False,
) -> Restored:
    """Reconstruct rows block by block, and accumulate the metrics.

    Parameters
    ----------
    estimator : BaseAutoencoder
        Fitted.
    X : ndarray or CSR array of shape (n_samples, n_features)
        Checked rows.
    pca : Components or None
        PCA to compare with.
    pictures : Pictures or None
        For the metrics of pictures.
    bootstrap : Bootstrap
        Unused, for as many rows.
    all_sizes : bool, default=False
        Whether to also accumulate what each number of components preserves.

    Returns
    -------
    Restored
    """
    center = scaled_mean(estimator, X)
    found = Restored()
    starts = estimator.column_starts
    found.figures = {name: ReconstructionFigures(center, starts) for name in ("model", "pca")}
    names: list[str] = []
    for where, scaled, scaled_hat in estimator.scaled_reconstructions(X):
        guesses: dict[str, Any] = {"model": scaled_hat}
        if pca is not None:
            guesses |= {"pca": pca.restored(scaled), "mean": pca.mean[None]}
        columns = {"total": observed_squares(center, scaled).sum(axis=1)}
        squares = {name: observed_squares(guess, scaled) for name, guess in guesses.items()}
        columns |= {f"error_{name}": each.sum(axis=1) for name, each in squares.items()}
        guesses.pop("mean", None)
        if pictures is not None:
            columns |= _of_pictures(estimator, X[where], guesses, pictures)
        for name, guess in guesses.items():
            found.figures[name].add(scaled, guess)
        names = list(columns)
        of_features = squares["model"]
        if starts is not None:
            of_features = np.add.reduceat(of_features, starts, axis=1)
        by_feature = [of_features] if of_features.shape[1] <= _FEATURES else []
        bootstrap.add(np.column_stack([*columns.values(), *by_feature]))
        if all_sizes and pca is not None:
            kept = pca.captured(scaled).sum(axis=0)
            found.captured = kept if found.captured is None else found.captured + kept
    found.columns = dict(zip(names, bootstrap.sums.T, strict=False))
    if bootstrap.sums.shape[1] > len(names):
        found.feature_errors = bootstrap.sums[:, len(names) :]
    return found


def value_span(estimator: BaseAutoencoder, X: Any) -> float:
    """Return the range of possible values, from black to white, in the unit of the rows.

    Parameters
    ----------
    estimator : BaseAutoencoder
        Its scaling to one range defines the range of the training rows.
    X : ndarray or CSR array of shape (n_samples, n_features)
        Rows to take the range of otherwise.

    Returns
    -------
    float
        1 if all values are equal.
    """
    scaling = estimator.scaling_
    if scaling.kind in ("unit", "symmetric"):
        return float(scaling.scale[0]) * (2 if scaling.kind == "symmetric" else 1)
    return float(X.max()) - float(X.min()) or 1.0


def scaled_mean(estimator: BaseAutoencoder, X: Any) -> NDArray[np.float64]:
    """Return the column means of scaled rows, without missing cells."""
    rows = estimator.flat_rows(X)
    total, count = np.zeros(rows.n_features), np.zeros(rows.n_features)
    for _, tensor in rows.blocks():
        block = tensor.numpy()
        total += np.nansum(block, axis=0, dtype=np.float64)
        count += len(block) - np.isnan(block).sum(axis=0)
    mean: NDArray[np.float64] = total / np.maximum(count, 1)
    return mean


def observed_squares(guess: NDArray[Any], scaled: NDArray[Any]) -> NDArray[np.float64]:
    """Return squared errors, 0 for missing cells."""
    squares: NDArray[np.float64] = np.square(np.subtract(guess, scaled, dtype=np.float64))
    missing = np.isnan(squares)
    if missing.any():
        squares[missing] = 0.0
    return squares


def _of_pictures(
    estimator: BaseAutoencoder, raw: Any, guesses: dict[str, Any], pictures: Pictures
) -> dict[str, NDArray[np.float64]]:
    raw = as_dense(raw, np.float64)
    columns = {}
    for name, guess in guesses.items():
        restored = estimator.scaling_.invert(guess)
        error = np.square(restored - raw).mean(axis=1)
        columns[f"psnr_{name}"] = signal_to_noise(error, pictures.span)
        if can_measure_similarity(pictures.shape):
            columns[f"ssim_{name}"] = structural_similarity(
                raw, restored, pictures.shape, pictures.span
            )
    return columns


def check_picture_shape(shape: Sequence[int], n_features: int) -> bool:
    """Return whether pictures of this shape have ``n_features`` values."""
    return len(shape) in (2, 3) and math.prod(shape) == n_features
