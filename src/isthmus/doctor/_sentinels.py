"""Values of numeric columns that stand for missing cells, such as -999."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Sentinel", "find_sentinel"]

_NINES = (9.0, 99.0, 999.0, 9999.0, 99999.0, 999999.0)
_LIMITS = (-32768.0, 32767.0, -2147483648.0, 2147483647.0, -999.25, -1e20, 1e20, -1e30, 1e30)
_CANDIDATES = (-1.0, 0.0, *_NINES, *(-value for value in _NINES), *_LIMITS)
_SPIKE = 0.01  # least share of the cells
_FEWEST_OTHERS = 10  # different other values, for a spike
_GAP = 0.1  # of the range of most other values
_STEPS = 2  # times the smallest difference of two other values


class Sentinel(NamedTuple):
    """A value that probably stands for missing cells.

    Attributes
    ----------
    value : float
        In the unit of the column.
    n : int
        Number of its cells.
    is_certain : bool
        False for 0, which can be a measurement.
    """

    value: float
    n: int
    is_certain: bool


def find_sentinel(cells: NDArray[np.float64]) -> Sentinel | None:
    """Return the value of a numeric column that probably stands for missing cells.

    It is the smallest or largest value, is one that people use for this purpose, and is either
    further from the nearest other value than all others are from each other, or a spike of at least
    1 % of the cells beside a gap.

    Parameters
    ----------
    cells : ndarray of shape (n_samples,)
        Cells of the column; missing ones do not count.

    Returns
    -------
    Sentinel or None
    """
    values = cells[~np.isnan(cells)]
    if not len(values):
        return None
    for value in (float(values.min()), float(values.max())):
        if not _is_candidate(value):
            continue
        others = values[values != value]
        n = len(values) - len(others)
        if _stands_apart(value, np.unique(others)) or _is_spike(value, n, others):
            return Sentinel(value, n, value != 0)
    return None


def _is_candidate(value: float) -> bool:
    # Plain floats: NumPy's `isclose` takes a millisecond for a column, so a minute for 50,000.
    return any(abs(value - candidate) <= 1e-6 * abs(candidate) for candidate in _CANDIDATES)


def _stands_apart(value: float, others: NDArray[np.float64]) -> bool:
    """Return whether a value is further from all others than these are from each other."""
    if len(others) < 2:
        return False
    gap = min(abs(value - others[0]), abs(value - others[-1]))
    return bool(gap > others[-1] - others[0])


def _is_spike(value: float, n: int, others: NDArray[np.float64]) -> bool:
    """Return whether many cells have an extreme value, and the next ones are not near it."""
    distinct, counts = np.unique(others, return_counts=True)
    if len(distinct) < _FEWEST_OTHERS or n < _SPIKE * (n + len(others)):
        return False
    if value == 0 and n > len(others):  # amounts that are mostly nothing
        return False
    if value < 0 <= distinct[0]:  # the only negative value
        return True
    gap = min(abs(value - distinct[0]), abs(value - distinct[-1]))
    low, high = np.quantile(others, (0.05, 0.95))
    is_most_frequent = n > counts.max()
    is_off_the_grid = gap > _STEPS * np.diff(distinct).min()
    return bool(is_most_frequent and is_off_the_grid and gap > _GAP * (high - low))
