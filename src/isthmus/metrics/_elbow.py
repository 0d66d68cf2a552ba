"""Elbow of a curve of errors against code sizes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import UsageError

__all__ = ["elbow"]

_STRAIGHT = 0.05


def elbow(sizes: Sequence[float], errors: Sequence[float]) -> int | None:
    """Return the position beyond which larger codes reduce the error little.

    The rule of Satopaa et al.: both axes are scaled to [0, 1], the sizes logarithmically, and the
    elbow is the size whose error is farthest below the straight line from the first to the last.
    On a linear axis of sizes, which usually double, the largest size would dominate.

    Parameters
    ----------
    sizes : sequence of float
        Positive and strictly ascending.
    errors : sequence of float
        Error for each size, in any unit.

    Returns
    -------
    int or None
        Index of the elbow; None for fewer than three sizes, for errors that do not decrease from
        the first to the last, and for a curve within 5 % of the total decrease of the line.

    Raises
    ------
    UsageError
        If the sizes are not as above, or there are not as many errors.

    References
    ----------
    Satopaa, Albrecht, Irwin & Raghavan (2011), Finding a "Kneedle" in a Haystack: Detecting Knee
    Points in System Behavior, ICDCS Workshops.
    """
    x, y = np.asarray(sizes, dtype=np.float64), np.asarray(errors, dtype=np.float64)
    if len(x) != len(y) or (x <= 0).any() or (np.diff(x) <= 0).any():
        raise UsageError(
            "`sizes` of elbow must be positive and ascending, one for each error. "
            f"Got {list(sizes)} for {len(y)} errors."
        )
    if len(x) < 3 or not np.isfinite(y).all() or y[-1] >= y[0]:
        return None
    along = np.log(x / x[0]) / np.log(x[-1] / x[0])
    below = (1 - along) - (y - y[-1]) / (y[0] - y[-1])
    best = int(np.argmax(below))
    return best if below[best] > _STRAIGHT else None
