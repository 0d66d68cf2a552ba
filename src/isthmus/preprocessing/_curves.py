"""Monotone curves that scalings of skewed columns apply to the values of each column."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

__all__ = ["CURVES", "Curve", "NormalScores", "SoftClip"]

_LIMIT = 5.0
_MOST_KNOTS = 1000
_Values = NDArray[np.float64]


class Curve(ABC):
    """A monotone map of each column, with an inverse that stays in the range of the training rows.

    Missing values (NaN) stay missing.
    """

    @classmethod
    @abstractmethod
    def fitted(cls, values: _Values) -> Self:
        """Return the curve of training rows.

        Parameters
        ----------
        values : ndarray of shape (n_samples, n_features), float64
            Training rows; finite or NaN.
        """

    @abstractmethod
    def bend(self, values: _Values) -> _Values:
        """Apply the curve to rows (n, n_features)."""

    @abstractmethod
    def unbend(self, bent: _Values) -> _Values:
        """Undo ``bend``; values beyond those of the training rows become the nearest of these."""

    @abstractmethod
    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return the fitted arrays by name."""

    @classmethod
    @abstractmethod
    def from_tensors(cls, tensors: Mapping[str, NDArray[Any]]) -> Self:
        """Return the curve that returned ``tensors``."""


class SoftClip(Curve):
    """Soft clip at 5: ``x / sqrt(1 + (x / 5) ** 2)``.

    It is almost the identity near 0, keeps the order of values and never exceeds 5, so that a few
    wild cells cannot outweigh all others.

    Parameters
    ----------
    low, high : ndarray of shape (n_features,)
        Lowest and highest value of each column in the training rows.

    References
    ----------
    Holzmüller, Grinsztajn & Steinwart (2024), Better by default: strong pre-tuned MLPs and boosted
    trees on tabular data, NeurIPS; also ``SquashingScaler`` of skrub.
    """

    def __init__(self, low: _Values, high: _Values) -> None:
        self._low, self._high = low, high

    @classmethod
    def fitted(cls, values: _Values) -> Self:
        """Keep the range of each column; see ``Curve.fitted``."""
        low, high = np.fmin.reduce(values), np.fmax.reduce(values)
        return cls(np.nan_to_num(low), np.nan_to_num(high))

    def bend(self, values: _Values) -> _Values:
        """Clip softly; see ``Curve.bend``."""
        bent: _Values = values / np.hypot(1.0, values / _LIMIT)  # squares could overflow
        return bent

    def unbend(self, bent: _Values) -> _Values:
        """Undo the soft clip; see ``Curve.unbend``."""
        share = np.clip(bent / _LIMIT, -1.0, 1.0)
        with np.errstate(divide="ignore"):  # infinite at the limit, until it is clipped
            values = bent / np.sqrt((1 - share) * (1 + share))
        clipped: _Values = np.clip(values, self._low, self._high)
        return clipped

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return the ranges; see ``Curve.tensors``."""
        return {"low": self._low, "high": self._high}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, NDArray[Any]]) -> Self:
        """Return a fitted curve; see ``Curve.from_tensors``."""
        return cls(tensors["low"], tensors["high"])


class NormalScores(Curve):
    """Normal scores: the quantile of each value's rank in a normal distribution ("rank-Gauss").

    Equal values share the mean of their ranks. Between up to 1,000 values of the training rows, the
    curve is interpolated linearly, so its inverse is exact within their range; values beyond it
    count as the nearest.

    Parameters
    ----------
    knots : ndarray of shape (n_knots, n_features)
        Values of each column in ascending order, then NaN.
    scores : ndarray of the same shape
        Their normal scores.

    References
    ----------
    Blom (1958), Statistical estimates and transformed beta-variables.
    """

    def __init__(self, knots: _Values, scores: _Values) -> None:
        self._knots, self._scores = knots, scores
        sizes = (~np.isnan(knots)).sum(axis=0)
        self._curves = [(knots[:n, k], scores[:n, k]) for k, n in enumerate(sizes)]

    @classmethod
    def fitted(cls, values: _Values) -> Self:
        """Choose the knots of each column; see ``Curve.fitted``."""
        curves = [_knots(column) for column in values.T]
        shape = (max(len(knots) for knots, _ in curves), len(curves))
        knots, scores = np.full(shape, np.nan), np.full(shape, np.nan)
        for k, (own, score) in enumerate(curves):
            knots[: len(own), k], scores[: len(own), k] = own, score
        return cls(knots, scores)

    def bend(self, values: _Values) -> _Values:
        """Interpolate the scores; see ``Curve.bend``."""
        columns = zip(values.T, self._curves, strict=True)
        return np.column_stack([np.interp(x, knots, scores) for x, (knots, scores) in columns])

    def unbend(self, bent: _Values) -> _Values:
        """Interpolate the values; see ``Curve.unbend``."""
        columns = zip(bent.T, self._curves, strict=True)
        return np.column_stack([np.interp(z, scores, knots) for z, (knots, scores) in columns])

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return the knots and scores; see ``Curve.tensors``."""
        return {"knots": self._knots, "scores": self._scores}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, NDArray[Any]]) -> Self:
        """Return a fitted curve; see ``Curve.from_tensors``."""
        return cls(tensors["knots"], tensors["scores"])


def _knots(column: _Values) -> tuple[_Values, _Values]:
    """Return values of a column and their normal scores, evenly spaced if there are too many."""
    values, counts = np.unique(column[~np.isnan(column)], return_counts=True)
    if not len(values):
        return np.zeros(1), np.zeros(1)
    scores = ndtri((np.cumsum(counts) - counts / 2) / counts.sum())
    if len(values) > _MOST_KNOTS:
        wanted = np.linspace(scores[0], scores[-1], _MOST_KNOTS)
        chosen = np.unique(np.searchsorted(scores, wanted).clip(max=len(scores) - 1))
        values, scores = values[chosen], scores[chosen]
    return values, scores


CURVES: dict[str, type[Curve]] = {"squash": SoftClip, "rank_gauss": NormalScores}
