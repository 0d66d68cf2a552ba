"""Threshold of a detector's scores, and the labels that follow from it."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["HasThreshold"]

_FENCE = 1.5  # Tukey's


class HasThreshold:
    """Base class of detectors that compare normality scores with a threshold, ``offset_``."""

    contamination: float | str
    offset_: float

    @abstractmethod
    def score_samples(self, X: Any) -> NDArray[np.float64]:
        """Normality score of each row: the higher, the more normal."""

    def _learned_offset(self, scores: NDArray[np.float64]) -> float:
        """Return the threshold for the scores of the training rows."""
        scores = scores[~np.isnan(scores)]  # rows without observed cells have none
        if not isinstance(self.contamination, str):
            return float(np.percentile(scores, 100 * self.contamination))
        lower, upper = np.percentile(scores, (25, 75))
        return float(lower - _FENCE * (upper - lower))

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """Normality score relative to the threshold: ``score_samples(X) - offset_``.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            As for ``score_samples``.

        Returns
        -------
        ndarray of shape (n_samples,), float64
            Below 0 for outliers; NaN for rows without observed cells.
        """
        decision: NDArray[np.float64] = self.score_samples(X) - self.offset_
        return decision

    def predict(self, X: Any) -> NDArray[np.int64]:
        """Label each row as normal or an outlier.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            As for ``score_samples``.

        Returns
        -------
        ndarray of shape (n_samples,), int64
            1 for normal rows, -1 for outliers, and 0 for rows without observed cells, of which
            nothing can be said.
        """
        decision = self.decision_function(X)
        called: NDArray[np.int64] = np.where(decision >= 0, 1, -1)
        called[np.isnan(decision)] = 0
        return called
