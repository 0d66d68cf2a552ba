"""Neighbourhood and class metrics of codes, compared with PCA's codes and the rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._random import numpy_generator
from ..estimators import BaseAutoencoder, is_unlabelled
from ..metrics import Bootstrap, Components, Labelled, clusters, neighbours_kept, probe
from ._beside_pca import scaled_rows
from ._class_labels import class_numbers
from ._evaluate_words import coded_message
from ._records import metric_record

__all__ = ["CodeRows", "measure_codes"]

_MOST_VALUES = 2**27  # per sample of rows: 512 MiB in single precision

Views = dict[str, NDArray[Any]]  # the same rows as "model" and "pca" codes, and "raw"
Metrics = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class CodeRows:
    """Checked rows, and labels with the library's markers for unlabelled rows."""

    X: Any
    y: NDArray[Any] | None
    X_train: Any
    y_train: NDArray[Any] | None


@dataclass(frozen=True)
class _Measure:
    """Inputs that all metrics of codes share."""

    estimator: BaseAutoencoder
    pca: Components | None
    settings: dict[str, Any]

    @property
    def most(self) -> int:
        """Maximum number of rows per sample."""
        fits = _MOST_VALUES // self.estimator.preprocessor_.n_encoded
        return int(min(self.settings["max_rows"], max(2, fits)))

    def draw(self, among: NDArray[np.intp], purpose: str) -> NDArray[np.intp]:
        """Return some rows, a random sample if there are too many."""
        if len(among) <= self.most:
            return among
        rng = numpy_generator(self.settings["random_state"], purpose)
        return np.sort(rng.choice(among, self.most, replace=False))

    def views(self, X: Any) -> Views:
        """Return rows in all forms."""
        raw = scaled_rows(self.estimator, X)
        views: Views = {"model": self.estimator.dense_codes(X)}
        if self.pca is not None:
            views["pca"] = self.pca.encode(raw)
        np.nan_to_num(raw, copy=False, nan=0.0)  # missing cells count as the column's mean
        return views | {"raw": raw}

    def record(self, metric: str, values: dict[str, NDArray[Any]]) -> dict[str, Any]:
        """Return the entry of a metric that is the mean of one value per row."""
        n = len(values["model"])
        bootstrap = Bootstrap(n, self._n_resamples(n), self.settings["random_state"])
        bootstrap.add(np.column_stack(list(values.values())))
        means = dict(zip(values, bootstrap.sums.T / n, strict=True))
        return metric_record(metric, means, n, self.settings["confidence"])

    def _n_resamples(self, n: int) -> int:
        return int(self.settings["n_resamples"]) if n > 1 else 0


def measure_codes(
    estimator: BaseAutoencoder, rows: CodeRows, pca: Components | None, **settings: Any
) -> tuple[Metrics, dict[str, Any], list[dict[str, Any]]]:
    """Measure the codes, on a random sample if there are many rows.

    Parameters
    ----------
    estimator : BaseAutoencoder
        Fitted.
    rows : CodeRows
        Rows to measure on and to train on.
    pca : Components or None
        PCA to compare with.
    **settings
        ``n_neighbors``, ``max_rows``, ``n_resamples``, ``confidence``, ``random_state``.

    Returns
    -------
    tuple of dict, dict and list
        Entries of the document's ``metrics``, its ``codes``, and notes.
    """
    measure = _Measure(estimator, pca, settings)
    chosen = measure.draw(np.arange(rows.X.shape[0]), "evaluated rows")
    metrics, notes = _neighbourhoods(measure, rows.X[chosen])
    about = {
        "n_rows": len(chosen),
        "n_labelled": 0,
        "n_train": None,
        "n_classes": None,
        "probes": None,
    }
    if rows.y is not None:
        of_classes, facts, told = _classes(measure, rows)
        metrics, about, notes = metrics | of_classes, about | facts, notes + told
    if len(chosen) < rows.X.shape[0]:
        values = {"n_rows": len(chosen), "total": rows.X.shape[0]}
        notes.append(coded_message("sampled", values))
    return metrics, about, notes


def _neighbourhoods(measure: _Measure, X: Any) -> tuple[Metrics, list[dict[str, Any]]]:
    k = min(measure.settings["n_neighbors"], (X.shape[0] - 1) // 2)
    if k < 1:
        return {}, [coded_message("few_rows", {"n_rows": X.shape[0]})]
    views = measure.views(X)
    raw = views.pop("raw")
    kept = {name: neighbours_kept(raw, codes, k) for name, codes in views.items()}
    return {
        metric: measure.record(metric, {name: both[:, at] for name, both in kept.items()})
        for at, metric in enumerate(("trustworthiness", "continuity"))
    }, []


def _classes(
    measure: _Measure, rows: CodeRows
) -> tuple[Metrics, dict[str, Any], list[dict[str, Any]]]:
    """Measure probes and clusters."""
    assert rows.y is not None
    chosen = measure.draw(_labelled(rows.y), "evaluated rows")
    teach, y_train = None, None
    if rows.y_train is not None:
        teach = measure.draw(_labelled(rows.y_train), "training rows")
        y_train = rows.y_train[teach]
    classes, classes_train, names = class_numbers(rows.y[chosen], y_train)
    if len(names) < 2:
        return {}, {}, [coded_message("no_classes")]
    notes = [coded_message("cross_validated")] if teach is None else []
    if (n_left_out := int((classes < 0).sum())) > 0:
        notes.append(coded_message("classes_left_out", {"n_rows": n_left_out}))
    views = measure.views(rows.X[chosen[classes >= 0]])
    views_train: Views = {}
    if teach is not None and classes_train is not None:
        if len(teach) < (total := len(_labelled(rows.y_train))):
            values = {"n_rows": len(teach), "total": total}
            notes.append(coded_message("sampled_training", values))
        views_train = measure.views(rows.X_train[teach[classes_train >= 0]])
        classes_train = classes_train[classes_train >= 0]
    classes = classes[classes >= 0]
    labelled = {
        name: Labelled(codes, classes, views_train.get(name), classes_train)
        for name, codes in views.items()
    }
    return (
        _probes(measure, labelled) | _clusters(measure, labelled),
        {
            "n_labelled": len(classes),
            "n_train": None if classes_train is None else len(classes_train),
            "n_classes": len(names),
            "probes": "cross-validation" if teach is None else "training",
        },
        notes,
    )


def _labelled(y: NDArray[Any] | None) -> NDArray[np.intp]:
    return np.array([], int) if y is None else np.flatnonzero(~is_unlabelled(y))


def _probes(measure: _Measure, labelled: dict[str, Labelled]) -> Metrics:
    k, seed = measure.settings["n_neighbors"], measure.settings["random_state"]
    metrics = {}
    for kind in ("logistic", "knn"):
        is_right = {
            name: probe(kind, rows, n_neighbors=k, seed=seed) for name, rows in labelled.items()
        }
        metrics[f"{kind}_accuracy"] = measure.record(f"{kind}_accuracy", is_right)
    return metrics


def _clusters(measure: _Measure, labelled: dict[str, Labelled]) -> Metrics:
    seed = measure.settings["random_state"]
    found = {name: clusters(rows, seed=seed) for name, rows in labelled.items()}
    n = len(found["model"].is_right)
    whole = {  # figures of all rows at once
        "kmeans_nmi": {name: np.array([c.mutual_information]) for name, c in found.items()},
        "kmeans_ari": {name: np.array([c.rand_index]) for name, c in found.items()},
    }
    return {
        "kmeans_accuracy": measure.record(
            "kmeans_accuracy", {name: c.is_right for name, c in found.items()}
        ),
        **{
            metric: metric_record(metric, figures, n, measure.settings["confidence"])
            for metric, figures in whole.items()
        },
    }
