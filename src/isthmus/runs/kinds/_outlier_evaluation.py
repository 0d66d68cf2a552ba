"""Evaluation of an outlier detector on rows, beside an isolation forest and PCA."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._random import numpy_generator, resolve_seed
from ...errors import DataError
from ...evaluation import EVALUATION_SCHEMA, METRICS, check_settings, coded_message, metric_record
from ...metrics import resampled_areas
from ._outlier_measures import scores_of_others
from ._strange_labels import novel_labels, rarer_label

__all__ = ["evaluate_outliers"]

_NAMES = {"Isolation forest": "forest", "PCA": "pca"}


def evaluate_outliers(
    detector: Any,
    X: Any,
    y: NDArray[Any] | None,
    *,
    X_train: Any = None,
    y_train: NDArray[Any] | None = None,
    n_resamples: int = 1000,
    confidence: float = 0.95,
    random_state: Any = 0,
) -> dict[str, Any]:
    """Evaluate a fitted detector on rows.

    Parameters
    ----------
    detector : detector
        Fitted.
    X : ndarray or sparse matrix of shape (n_samples, n_features)
        Rows; not modified.
    y : ndarray of shape (n_samples,) or None
        Labels. The rarer of two labels marks the anomalous rows.
    X_train : like ``X``, default=None
        Training rows, to fit an isolation forest and PCA on; None for neither.
    y_train : ndarray, default=None
        Labels of the training rows. If there is only one, rows with another are anomalous.
    n_resamples, confidence, random_state
        As for ``isthmus.evaluate``.

    Returns
    -------
    dict
        As from ``isthmus.evaluate``, with the metrics ``flagged``, the share of rows above the
        threshold, and with labels ``roc_auc`` and ``average_precision``, also for the isolation
        forest, as ``forest``, and for PCA.
    """
    seed = resolve_seed(random_state)
    settings = {"n_resamples": n_resamples, "confidence": confidence, "random_state": seed}
    check_settings(settings)
    errors = -np.asarray(detector.score_samples(X))
    is_scored = ~np.isnan(errors)
    n = int(is_scored.sum())
    if not n:
        raise DataError("Rows to evaluate must have observed cells. All cells are missing.")
    share = float(np.mean(errors[is_scored] > -detector.offset_))
    draws = numpy_generator(seed, "flagged").binomial(n, share, n_resamples if n > 1 else 0) / n
    by_metric = {"flagged": {"model": np.r_[share, draws]}}
    values: dict[str, Any] = {"n_rows": n, "n": round(share * n), "share": share}
    code = "flagged"
    found = rarer_label(y) if (novel := novel_labels(y_train, y)) is None else novel
    if found is not None:
        label, is_strange, is_known = found
        label = label if novel is None else f"not {label}"
        kept = is_known & is_scored
        if len(set(is_strange[kept])) < 2:  # only rows without observed cells have one label
            found = None
    if found is not None:
        scores = {"model": errors}
        if X_train is not None:
            others = scores_of_others(detector, X_train, X)
            scores |= {_NAMES[name]: -normality for name, normality in others.items()}
        for name, own in scores.items():
            areas = resampled_areas(own[kept], is_strange[kept], n_resamples=n_resamples, seed=seed)
            for metric, area in zip(("roc_auc", "average_precision"), areas, strict=True):
                by_metric.setdefault(metric, {})[name] = area
        ours = {name: float(area[0]) for name, area in by_metric["roc_auc"].items()}
        values |= {"label": label, "n_strange": int(is_strange[kept].sum()), **ours}
        code = "ranked" if {*ours} > {"forest", "pca"} else "ranked_alone"
    return {
        "schema": EVALUATION_SCHEMA,
        "estimator": type(detector).__name__,
        "latent_dim": None,
        "n_features": detector.preprocessor_.n_encoded,
        "scaling": detector.scaling_.kind,
        "rows": {"which": "given", "n_rows": n},
        "settings": settings,
        "pca": None,
        "metrics": {
            name: metric_record(name, by_metric[name], n, confidence)
            for name in METRICS
            if name in by_metric
        },
        "features": {"names": None},
        "codes": None,
        "verdict": coded_message(code, values),
        "notes": [],
    }
