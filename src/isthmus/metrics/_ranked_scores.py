"""Areas under the ROC and the precision-recall curve, with weights for resamples."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._random import numpy_generator

__all__ = ["resampled_areas"]


def resampled_areas(
    scores: ArrayLike, is_positive: ArrayLike, *, n_resamples: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return ROC AUC and average precision of scores, and of resamples of them.

    Positive and negative rows are resampled apart, so that a resample has as many of each as there
    are. The same seed draws the same rows for other scores of these rows, so that differences are
    paired. O(n * n_resamples) time, O(n) memory.

    Parameters
    ----------
    scores : array-like of shape (n_samples,)
        Finite; higher for rows that are more likely positive.
    is_positive : array-like of shape (n_samples,)
        At least one true and one false value.
    n_resamples : int
        Number of resamples.
    seed : int
        Seed of the draws.

    Returns
    -------
    tuple of ndarray of shape (1 + n_resamples,)
        ROC AUC and average precision, as by scikit-learn, of the rows and then of each resample.
    """
    scores, truth = np.asarray(scores), np.asarray(is_positive, dtype=bool)
    order = np.argsort(-scores, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(scores[order]) != 0])  # equal scores are one step
    parts = [np.flatnonzero(truth), np.flatnonzero(~truth)]
    rng = numpy_generator(seed, "ranked scores")
    areas = np.empty((2, 1 + n_resamples))
    for k in range(1 + n_resamples):
        weights = np.ones(len(scores))
        if k:
            drawn = np.concatenate([rng.choice(part, len(part)) for part in parts])
            weights = np.bincount(drawn, minlength=len(scores)).astype(np.float64)
        weights = weights[order]
        hits = np.add.reduceat(weights * truth[order], starts)
        misses = np.add.reduceat(weights * ~truth[order], starts)
        areas[:, k] = _areas(hits, misses)
    return areas[0], areas[1]


def _areas(hits: NDArray[np.float64], misses: NDArray[np.float64]) -> tuple[float, float]:
    """Return both areas from the weights of positive and negative rows at each score."""
    true, false = np.cumsum(hits), np.cumsum(misses)
    below = true - hits / 2  # of equal scores, half are ranked in front
    roc = float((misses * below).sum() / (true[-1] * false[-1]))
    chosen = np.maximum(true + false, 1e-300)
    return roc, float((hits * true / chosen).sum() / true[-1])
