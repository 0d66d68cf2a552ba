"""Percentile bootstrap: confidence intervals of metrics over rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._random import numpy_generator

__all__ = ["Bootstrap", "Estimate", "estimate"]

Estimate = dict[str, Any]  # {"value": float or None, "interval": [low, high] or None}

_DRAWS = 2**21  # at a time; they take about 16 times as many bytes


class Bootstrap:
    """Sums over resampled rows, accumulated block by block.

    Rows are drawn with replacement, as many as there are, and the same ones for every column, so a
    metric of two columns is a paired one. The number of draws of each block is drawn first (a
    binomial of the remaining ones), so neither all rows nor all draws are in memory.

    Parameters
    ----------
    n_rows : int
        Total number of rows to be added.
    n_resamples : int
        Number of resamples; 0 for none.
    seed : int
        Seed of the draws.
    """

    def __init__(self, n_rows: int, n_resamples: int, seed: int) -> None:
        self._rng = numpy_generator(seed, "bootstrap")
        self._n_rows_left = n_rows
        self._draws_left = np.full(n_resamples, n_rows, dtype=np.int64)
        self._sums: NDArray[np.float64] | None = None

    def add(self, values: NDArray[Any]) -> None:
        """Add the values ``(n, n_columns)`` of the next rows."""
        values = np.asarray(values, dtype=np.float64)
        n_resamples, n = len(self._draws_left), len(values)
        if self._sums is None:
            self._sums = np.zeros((1 + n_resamples, values.shape[1]))
        self._sums[0] += values.sum(axis=0)
        step = max(1, _DRAWS // max(1, n))
        for start in range(0, n_resamples, step):
            where = slice(start, start + step)
            self._sums[1:][where] += self._counts(where, n) @ values
        self._n_rows_left -= n

    @property
    def sums(self) -> NDArray[np.float64]:
        """Column sums, ``(1 + n_resamples, n_columns)``: of the rows, then of each resample."""
        assert self._sums is not None and self._n_rows_left == 0
        return self._sums

    def _counts(self, where: slice, n: int) -> NDArray[np.float64]:
        """Return how often each of the next ``n`` rows is drawn, one line per resample."""
        left = self._draws_left[where]
        draws = self._rng.binomial(left, n / self._n_rows_left)
        self._draws_left[where] = left - draws
        line = np.repeat(np.arange(len(draws)), draws)
        drawn = line * n + self._rng.integers(0, n, draws.sum())
        counts = np.bincount(drawn, minlength=len(draws) * n)
        return counts.reshape(len(draws), n).astype(np.float64)


def estimate(figures: NDArray[np.float64], confidence: float) -> Estimate:
    """Return a metric with its percentile interval.

    Parameters
    ----------
    figures : ndarray of shape (1 + n_resamples,)
        Metric of the rows, then of each resample.
    confidence : float
        Confidence level of the interval, in (0, 1).

    Returns
    -------
    dict
        ``value``, None if undefined, and ``interval``: a list of two, or None if there are no
        resamples or the metric is undefined for some.
    """
    value, resampled = figures[0], figures[1:]
    interval = None
    if len(resampled) and np.isfinite(figures).all():
        tail = (1 - confidence) / 2
        interval = [float(edge) for edge in np.quantile(resampled, (tail, 1 - tail))]
    return {"value": float(value) if np.isfinite(value) else None, "interval": interval}
