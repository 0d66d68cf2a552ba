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
    """Return a metric's entry in the document, from values ``(1 + n_resamples,)`` by model."""

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
        "difference": less("pca"),
        "difference_raw": less("raw"),
    }
