"""Distances between the distribution of a column in training rows and in other rows."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["chance_distance", "quantile_gaps", "share_distance"]


def quantile_gaps(
    quantiles: NDArray[np.float64], values: NDArray[np.float64]
) -> tuple[float, float]:
    """Return the largest difference of two distribution functions, in each direction.

    The larger of the two is the Kolmogorov-Smirnov distance. Between quantiles the known
    distribution function is known up to one step, and the smallest possible difference is
    returned. Values are compared in single precision, whichever the precision of their file.

    Parameters
    ----------
    quantiles : ndarray of shape (n_quantiles,)
        Quantiles of known values at evenly spaced levels from 0 to 1, each an observed value.
    values : ndarray of shape (n_samples,)
        Other values, not missing, at least one.

    Returns
    -------
    tuple of float and float
        How far the others are above the known values, and below; each in [0, 1].
    """
    with np.errstate(over="ignore"):
        points, ordered = quantiles.astype(np.float32), np.sort(values.astype(np.float32))
    n = len(points)
    points, first = np.unique(points, return_index=True)
    last = np.append(first[1:], n) - 1
    step = 1 / (n - 1)
    below = np.searchsorted(ordered, points, "left") / len(ordered)
    up_to = np.searchsorted(ordered, points, "right") / len(ordered)
    # The known share below a point is in [first - 1, first] steps, up to it in [last, last + 1].
    above = max(float((last * step - up_to).max()), float(((first - 1) * step - below).max()))
    under = max(float((below - first * step).max()), float((up_to - (last + 1) * step).max()))
    return max(0.0, above), max(0.0, under)


def share_distance(known: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return the total variation distance: half the summed differences of shares, in [0, 1].

    Parameters
    ----------
    known, other : ndarray of shape (n_levels,)
        Shares of each level; each sums to 1.
    """
    return float(np.abs(known - other).sum() / 2)


def chance_distance(
    n_known: int, n_other: int, alpha: float, shares: NDArray[np.float64] | None = None
) -> float:
    """Return the distance that two samples of one distribution exceed with probability ``alpha``.

    For distribution functions it is the critical value of the two-sample Kolmogorov-Smirnov test;
    for shares of levels, the expected distance and McDiarmid's bound on its deviation.

    Parameters
    ----------
    n_known, n_other : int
        Numbers of values.
    alpha : float
        Probability, in (0, 1).
    shares : ndarray of shape (n_levels,), default=None
        Shares of levels in both samples together.

    Returns
    -------
    float
        Above 1 if there are too few values for any difference to be certain.
    """
    if not n_known or not n_other:
        return math.inf
    spread = 1 / n_known + 1 / n_other
    critical = math.sqrt(math.log(2 / alpha) / 2 * spread)
    if shares is None:
        return critical
    return critical + float(np.sqrt(shares * (1 - shares) * spread).sum() / 2)
