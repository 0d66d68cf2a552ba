"""Entries of metrics in the document of an evaluation."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..metrics import Estimate, estimate
from ._evaluate_words import METRICS

__all__ = ["metric_record"]


def metric_record(
    metric: str, figures: dict[str, NDArray[np.float64]], n_rows: int, confidence: float
) -> dict[str, Any]:
    """Return a metric's entry in the document of an evaluation.

    Parameters
    ----------
    metric : str
        A name of ``METRICS``.
    figures : dict of str to ndarray of shape (1 + n_resamples,)
        Values of the rows, then of each resample, for ``model`` and any of ``pca``, ``raw``,
        ``mean`` and ``forest``.
    n_rows : int
        Number of rows.
    confidence : float
        Confidence level of the intervals, in (0, 1).

    Returns
    -------
    dict
        As in ``metrics`` of ``evaluate``.
    """

    def less(other: str) -> Estimate | None:
        if other not in figures:
            return None
        return estimate(figures["model"] - figures[other], confidence)

    estimates = {
        name: estimate(figures[name], confidence) if name in figures else None
        for name in ("model", "pca", "raw", "mean")
    }
    return {
        "better": METRICS[metric].better,
        "n_rows": n_rows,
        **estimates,
        # Only detectors of anomalies are compared with an isolation forest.
        **({"forest": estimate(figures["forest"], confidence)} if "forest" in figures else {}),
        "difference": less("pca"),
        "difference_raw": less("raw"),
    }
