"""Metrics of a run's report by which runs are listed and swept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .._translation import Message

__all__ = ["baseline_prefix", "report_metrics"]

# Metrics of runs, in order of preference, with their labels.
_MEASURES = {
    "squared_error": Message("squared error per row"),
    "error_rate": Message("error rate"),
    "median_error": Message("median error per row"),
}
# Baselines of runs, by their names in the results.
_BASELINES = {
    "PCA": Message("PCA"),
    "Logistic regression": Message("Logistic regression"),
    "Isolation forest": Message("Isolation forest"),
}


def report_metrics(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return the metrics of a run's report that runs are compared by.

    Parameters
    ----------
    report : mapping
        Document of any kind of run.

    Returns
    -------
    dict
        ``row``, its metrics, with those of the baseline under that name; ``about``, the kind of
        errors.
    """
    model, results = report["model"], report["results"]
    ours = model["estimator"]
    key = next(key for key in _MEASURES if key in results[ours]["train"])
    others = (name for name in results if name != ours and "train" in results[name])
    baseline = next(others, None)
    row = {"code_size": model.get("latent_dim")} | _metrics(results[ours], key)
    if baseline is not None:
        of_baseline = _metrics(results[baseline], key)
        row |= {baseline_prefix(baseline) + name: value for name, value in of_baseline.items()}
    row |= {"epochs": model["epochs"], "weights": model["weights"]}
    row["training_seconds"] = report["timing"]["training_seconds"]
    which = "train" if row["held_out_error"] is None else "held_out"
    about = {"measure": _MEASURES[key], "which": which, "model": ours}
    named = None if baseline is None else _BASELINES.get(baseline, baseline)
    return {"row": row, "about": {**about, "baseline": named}}


def baseline_prefix(baseline: str) -> str:
    """Return the beginning of the names of a baseline's metrics, such as ``pca_``.

    Parameters
    ----------
    baseline : str
        Name of the baseline in a report, such as "PCA".

    Returns
    -------
    str
    """
    return re.sub("[^a-z0-9]+", "_", baseline.lower()) + "_"


def _metrics(of_model: Mapping[str, Any], key: str) -> dict[str, Any]:
    train, held_out = of_model["train"], of_model.get("held_out")
    found = {"train_error": train[key], "held_out_error": held_out[key] if held_out else None}
    judged = held_out or train
    if "variance_explained" in judged:
        found["variance_explained"] = judged["variance_explained"]
    if "roc_auc" in of_model:
        found["roc_auc"] = of_model["roc_auc"]
    return found
