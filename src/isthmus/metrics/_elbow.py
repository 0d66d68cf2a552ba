"""Where a curve of errors against code sizes bends."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import UsageError

__all__ = ["elbow"]

_STRAIGHT = 0.05


def elbow(sizes: Sequence[float], errors: Sequence[float]) -> int | None:
    """Return where more numbers in the code stop buying much.

    The rule is that of Satopaa et al.: both axes run from 0 to 1, that of the sizes
    logarithmically, and the elbow is the size whose error lies farthest below the straight line
    from the first to the last. Sizes go by doubling as a rule, and on a linear axis the largest
    one tried would decide.

    Parameters
    ----------
    sizes : sequence of float
        Positive, ascending, each once.
    errors : sequence of float
        The error of each, in any unit.

    Returns
    -------
    int or None
        The elbow's position; None for fewer than three sizes, for errors that do not fall from
        the first to the last, and for a curve that stays within 5 % of its fall above or below
        the line.

    Raises
    ------
    UsageError
        If the sizes are not as above, or their number differs from that of the errors.

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
