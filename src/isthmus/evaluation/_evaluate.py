"""All metrics of a fitted autoencoder, with intervals, compared with PCA."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._random import numpy_generator, resolve_seed
from ..errors import DataError, UsageError
from ..estimators import BaseAutoencoder
from ..metrics import (
    MOST_FEATURES,
    Bootstrap,
    Components,
    can_measure_similarity,
    estimate,
    fit_pca,
    pca_remark,
)
from ._beside_pca import measured
from ._class_labels import check_classes
from ._evaluate_checks import check_reconstructs, check_settings
from ._evaluate_codes import CodeRows, measure_codes
from ._evaluate_rows import Pictures, Restored, check_picture_shape, restore, value_span
from ._evaluate_words import METRICS, coded_message
from ._evaluation import Evaluation
from ._records import metric_record
from ._training_length import is_underfit, may_be_undertrained

__all__ = ["EVALUATION_SCHEMA", "evaluate"]

EVALUATION_SCHEMA = 1

_MOST_TRAINING_ROWS = 20_000  # to find out whether the model is underfit
_ROUNDING = 1e-12  # of the total variance: single precision leaves about 1e-14


def evaluate(
    estimator: BaseAutoencoder,
    X: Any,
    y: ArrayLike | None = None,
    *,
    X_train: Any = None,
    y_train: ArrayLike | None = None,
    feature_names: Sequence[str] | None = None,
    picture_shape: Sequence[int] | None = None,
    match_pca: bool = False,
    n_neighbors: int = 10,
    max_rows: int = 3000,
    n_resamples: int = 1000,
    confidence: float = 0.95,
    random_state: Any = 0,
) -> Evaluation:
    """Measure a fitted autoencoder on rows, with intervals, and compare it with PCA and the mean.

    Reconstruction is measured on all rows, in O(n * n_resamples) time and in blocks, so memory does
    not grow with the rows. Neighbourhood and class metrics of codes are measured on at most
    ``max_rows`` random rows.

    Intervals are percentiles over resamples of the evaluated rows. The model and PCA are not
    retrained, so intervals show how much a metric depends on the rows, not on the training run.
    Differences are paired: the same rows are resampled for both.

    Parameters
    ----------
    estimator : BaseAutoencoder
        Fitted ``Autoencoder`` or ``StackedAutoencoder``.
    X : array-like, sparse matrix, table or sequence of texts
        Rows that the estimator was not trained on, in the units of the training data; not
        modified.
    y : array-like of shape (n_samples,), default=None
        Classes, integers or texts; -1, NaN, None or an empty text for unlabelled rows. Used for
        probes and clusters.
    X_train : like ``X``, default=None
        Training rows, to fit PCA on. Without them PCA is fitted on ``X`` itself, which favours
        it; the notes say so.
    y_train : array-like of shape (n_train,), default=None
        Classes of the training rows, to train probes on. Without them probes use stratified
        5-fold cross-validation on ``X``.
    feature_names : sequence of str, default=None
        Column names; None uses those of the training data, if any.
    picture_shape : sequence of int, default=None
        (height, width) or (height, width, channels), if rows are pictures.
    match_pca : bool, default=False
        Whether to find the number of components for which PCA has the model's error.
    n_neighbors : int, default=10
        Number of neighbours of the nearest-neighbours probe, trustworthiness and continuity;
        fewer if there are too few rows.
    max_rows : int, default=3000
        Maximum number of rows for probes, clusters and neighbourhoods, whose time grows with its
        square, and of training rows for probes.
    n_resamples : int, default=1000
        Number of bootstrap resamples; 0 for no intervals.
    confidence : float, default=0.95
        Confidence level of the intervals.
    random_state : None, int, RandomState or Generator, default=0
        Seed of resamples, samples of rows, folds and k-means.

    Returns
    -------
    Evaluation
        A dict of JSON types, which notebooks show as a table; ``isthmus evaluate`` writes it to
        evaluation.json. An *estimate* is
        ``{"value": float or None, "interval": [low, high] or None}``.

        ``schema`` : int
            1, the version of this schema.
        ``estimator``, ``latent_dim``, ``n_features``, ``scaling``
            Properties of the model: class, code size, number of features, kind of scaling.
        ``rows`` : dict
            ``n_rows``; ``which``: "given" here, and "held-out", "training" or "source" for a run,
            which adds ``source``, its name.
        ``settings`` : dict
            ``n_neighbors``, ``max_rows``, ``n_resamples``, ``confidence``, ``random_state``.
        ``pca`` : dict or None
            ``n_components``; ``fitted_on``: "training" or "evaluated" rows; ``n_rows`` of these;
            ``components_for_same_error``: int, or None if unknown or impossible.
        ``metrics`` : dict of str to dict
            By name (those of ``METRICS``), only metrics that could be measured: ``better``
            ("lower" or "higher"), ``n_rows``, and estimates ``model``; ``pca``; ``raw``, of the
            scaled rows; ``mean``, of the training rows; ``difference``, model minus PCA, and
            ``difference_raw``, model minus raw rows, both paired. None if not available.
            ``squared_error``: summed over features, mean over rows, in squared units of the
            scaling. ``variance_explained``: 1 - SSE / SST about the mean of ``X``.
            ``gain_over_pca``: 1 - the model's error over PCA's. ``psnr``, in decibels, and
            ``ssim``: means over pictures. ``trustworthiness``, ``continuity``; the accuracies
            ``logistic_accuracy``, ``knn_accuracy``, ``kmeans_accuracy`` (after matching); and,
            without intervals, ``kmeans_nmi`` and ``kmeans_ari``. A run of an outlier detector has
            ``roc_auc``, ``average_precision`` and ``flagged`` instead.
        ``features`` : dict
            ``names`` (list or None) and lists with a value per feature: ``rmse`` and ``pca_rmse``
            in the feature's unit (None for columns of a table that are not numbers),
            ``rmse_intervals`` (None for more than 256 features),
            ``variance_explained`` and ``pca_variance_explained`` (None for constant features).
        ``codes`` : dict
            ``n_rows``, ``n_labelled``, ``n_train`` (rows used to measure codes), ``n_classes``, and
            ``probes``: "training", "cross-validation" or None.
        ``verdict`` : dict
            ``code``, ``values`` and ``text``: the sentence about PCA, its template's name in
            ``MESSAGES`` and what fills it.
        ``notes`` : list of dict
            In the same form.

    Raises
    ------
    UsageError
        If the estimator cannot reconstruct, or a setting is out of range.
    DataError
        If rows or labels cannot be used: missing values, labels that do not match the rows, or
        only one class.

    References
    ----------
    Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.
    Venna & Kaski (2001), Neighborhood preservation in nonlinear projection methods.
    Wang et al. (2004), Image quality assessment: from error visibility to structural similarity.
    """
    seed = resolve_seed(random_state)
    settings = {
        "n_neighbors": n_neighbors,
        "max_rows": max_rows,
        "n_resamples": n_resamples,
        "confidence": confidence,
        "random_state": seed,
    }
    check_reconstructs(estimator)
    check_settings(settings)
    X = estimator.prepared_rows(X)
    is_empty = estimator.preprocessor_.has_nothing_observed(X)
    if is_empty.any():
        X, y = X[~is_empty], None if y is None else np.asarray(y)[~is_empty]
        if not X.shape[0]:
            raise DataError("Rows to evaluate must have observed cells. All cells are missing.")
    X_train = None if X_train is None else estimator.prepared_rows(X_train)
    rows = CodeRows(
        X,
        None if y is None else check_classes(y, X.shape[0]),
        X_train,
        None
        if X_train is None or y is None or y_train is None
        else check_classes(y_train, X_train.shape[0], owner="`y_train`"),
    )
    pictures = _pictures(estimator, picture_shape, X if X_train is None else X_train)
    pca = _pca(estimator, rows)
    found = restore(
        estimator,
        X,
        pca,
        pictures,
        # A single row equals all its resamples.
        Bootstrap(X.shape[0], n_resamples if X.shape[0] > 1 else 0, seed),
        all_sizes=match_pca and estimator.preprocessor_.n_encoded <= MOST_FEATURES,
    )
    of_codes, codes, notes = measure_codes(estimator, rows, pca, **settings)
    metrics = _of_rows(found, X.shape[0], confidence) | of_codes
    about_pca = _about_pca(pca, rows, found)
    names = feature_names if feature_names is not None else _own_names(estimator)
    document = {
        "schema": EVALUATION_SCHEMA,
        "estimator": type(estimator).__name__,
        "latent_dim": estimator.latent_dim_,
        "n_features": estimator.preprocessor_.n_encoded,
        "scaling": estimator.scaling_.kind,
        "rows": {"which": "given", "n_rows": X.shape[0]},
        "settings": settings,
        "pca": about_pca,
        "metrics": {name: metrics[name] for name in METRICS if name in metrics},
        "features": _features(estimator, found, names, confidence),
        "codes": codes,
    }
    if is_empty.any():
        notes.append(coded_message("empty_rows", {"n_rows": int(is_empty.sum())}))
    size = estimator.n_active_
    notes = [*_notes(document, rows, pictures, match_pca, size), *notes]
    verdict = _verdict(
        document,
        lambda: _is_undertrained(estimator, rows, pca),
        size,
        models_likelihood=hasattr(estimator, "log_likelihood"),
    )
    return Evaluation(document | {"verdict": verdict, "notes": notes})


def _pictures(estimator: BaseAutoencoder, shape: Sequence[int] | None, X: Any) -> Pictures | None:
    if shape is None:
        return None
    if not check_picture_shape(shape, X.shape[1]):
        raise UsageError(
            "`picture_shape` must be (height, width) or (height, width, channels) with a product "
            f"of {X.shape[1]:,}. Got {tuple(shape)}."
        )
    return Pictures(tuple(shape), value_span(estimator, X))


def _pca(estimator: BaseAutoencoder, rows: CodeRows) -> Components | None:
    X = rows.X if rows.X_train is None else rows.X_train
    if X.shape[0] < 2:
        return None
    return fit_pca(estimator.flat_rows(X), estimator.n_active_, estimator.seed_)


def _of_rows(found: Restored, n: int, confidence: float) -> dict[str, dict[str, Any]]:
    """Return the reconstruction metrics."""
    columns = found.columns
    models = [name for name in ("model", "pca", "mean") if f"error_{name}" in columns]
    figures: dict[str, dict[str, NDArray[np.float64]]] = {
        "squared_error": {name: columns[f"error_{name}"] / n for name in models},
        "variance_explained": {
            name: 1 - _ratio(columns[f"error_{name}"], columns["total"]) for name in models
        },
    }
    if "pca" in models:
        # Rounding errors of an exact PCA are not an error to improve on.
        is_error = columns["error_pca"] > _ROUNDING * columns["total"]
        ratio = _ratio(columns["error_model"], np.where(is_error, columns["error_pca"], 0.0))
        figures["gain_over_pca"] = {"model": 1 - ratio}
    for metric in ("psnr", "ssim"):
        if f"{metric}_model" in columns:
            figures[metric] = {
                name: columns[f"{metric}_{name}"] / n
                for name in models
                if f"{metric}_{name}" in columns
            }
    return {
        metric: metric_record(metric, by_model, n, confidence)
        for metric, by_model in figures.items()
    }


def _ratio(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return quotients; NaN for denominators of 0."""
    out = np.full_like(above, np.nan)
    return np.divide(above, below, out=out, where=below > 0)


def _about_pca(pca: Components | None, rows: CodeRows, found: Restored) -> dict[str, Any] | None:
    if pca is None:
        return None
    needed = None
    if found.captured is not None:
        left = found.columns["error_mean"][0] - found.captured
        enough = np.flatnonzero(left <= found.columns["error_model"][0])
        needed = int(enough[0]) + 1 if len(enough) else None
    return {
        "n_components": pca.size,
        "fitted_on": "evaluated" if rows.X_train is None else "training",
        "n_rows": pca.n_rows,
        "components_for_same_error": needed,
    }


def _notes(
    document: dict[str, Any],
    rows: CodeRows,
    pictures: Pictures | None,
    match_pca: bool,
    size: int,
) -> list[dict[str, Any]]:
    """Return notes on what the reconstruction metrics left out or assumed."""
    notes, pca = [], document["pca"]
    if pictures is not None and not can_measure_similarity(pictures.shape):
        notes.append(coded_message("small_pictures"))
    if size != document["latent_dim"]:
        notes.append(coded_message("sparse_codes", {"n": document["latent_dim"], "k": size}))
    if pca is None:
        return notes
    if rows.X_train is None:
        notes.append(coded_message("pca_on_these_rows"))
    elif pca["n_rows"] < rows.X_train.shape[0]:
        notes.append(coded_message("pca_sampled", {"n_rows": pca["n_rows"]}))
    if match_pca and document["n_features"] > MOST_FEATURES:
        notes.append(coded_message("too_wide", {"most": MOST_FEATURES}))
    elif match_pca and (needed := pca["components_for_same_error"]) is None:
        notes.append(coded_message("no_same_error"))
    elif match_pca:
        values = {"n_components": needed, "latent_dim": size}
        notes.append(coded_message("same_error", values))
    return notes


def _own_names(estimator: BaseAutoencoder) -> Sequence[str] | None:
    return estimator.column_names


def _features(
    estimator: BaseAutoencoder,
    found: Restored,
    names: Sequence[str] | None,
    confidence: float,
) -> dict[str, Any]:
    model, pca = found.figures["model"], found.figures["pca"]
    scale = estimator.column_scales
    intervals = None
    if found.feature_errors is not None and len(found.feature_errors) > 1:
        errors = np.sqrt(found.feature_errors / np.maximum(1, model.cells_per_column)) * scale
        intervals = [
            estimate(column, confidence)["interval"] if np.isfinite(column[0]) else None
            for column in errors.T
        ]
    return {
        "names": None if names is None else list(names),
        "rmse": _or_none(np.sqrt(model.squared_error_per_column) * scale),
        "rmse_intervals": intervals,
        "pca_rmse": (
            _or_none(np.sqrt(pca.squared_error_per_column) * scale) if pca.n_rows else None
        ),
        "variance_explained": _or_none(model.variance_explained_per_column),
        "pca_variance_explained": (
            _or_none(pca.variance_explained_per_column) if pca.n_rows else None
        ),
    }


def _or_none(values: NDArray[np.float64]) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]


def _is_undertrained(estimator: BaseAutoencoder, rows: CodeRows, pca: Components | None) -> bool:
    if may_be_undertrained(estimator):
        return True
    if rows.X_train is None or pca is None:
        return False
    n = rows.X_train.shape[0]
    some = numpy_generator(estimator.seed_, "underfitting").permutation(n)[:_MOST_TRAINING_ROWS]
    return is_underfit(estimator, *measured(estimator, pca, rows.X_train[np.sort(some)]))


def _verdict(
    document: dict[str, Any],
    is_undertrained: Callable[[], bool] = lambda: False,
    size: int | None = None,
    *,
    models_likelihood: bool = False,
) -> dict[str, Any]:
    """Return which reconstructs better, and whether the difference is significant.

    ``size`` is the number of components of PCA, if it is not the code size.
    """
    error = document["metrics"]["squared_error"]
    size = document["latent_dim"] if size is None else size
    values = {
        "latent_dim": size,
        "n_features": document["n_features"],
        "n_rows": error["n_rows"],
        "ours": error["model"]["value"],
    }
    if size >= document["n_features"]:
        return coded_message("full_length", values)
    if error["pca"] is None:
        return coded_message("no_pca", values)
    ours, pca = values["ours"], error["pca"]["value"]
    values |= {"pca": pca, "confidence": document["settings"]["confidence"]}
    if error["difference"]["interval"] is None:
        return coded_message("no_interval", values)
    low, high = error["difference"]["interval"]
    larger = max(ours, pca)
    gap = abs(ours - pca) / larger if larger > 0 else 0.0
    values |= {"gap": gap, "low": low, "high": high}
    is_equal = low <= 0 <= high or gap < 0.01
    if ours < pca and not is_equal:
        return coded_message("win", values)
    values["pca_explained"] = document["metrics"]["variance_explained"]["pca"]["value"]
    values["remark"] = pca_remark(
        values["pca_explained"],
        is_equal=is_equal,
        is_undertrained=is_undertrained(),
        models_likelihood=models_likelihood,
    )
    code = "draw" if low <= 0 <= high else "close" if is_equal else "loss"
    return coded_message(code, values)
