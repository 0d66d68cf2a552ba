"""Comparison of several fitted autoencoders on the same rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._random import resolve_seed
from ..errors import DataError, UsageError
from ..estimators import BaseAutoencoder
from ..metrics import Bootstrap, Components, estimate, fit_pca
from ..preprocessing import Scaling
from ._comparison_result import Comparison
from ._evaluate_checks import check_reconstructs, check_settings
from ._evaluate_rows import observed_squares, scaled_mean
from ._evaluate_words import coded_message

__all__ = ["COMPARISON_SCHEMA", "compare"]

COMPARISON_SCHEMA = 1


def compare(
    estimators: Mapping[str, BaseAutoencoder],
    X: Any,
    *,
    X_train: Any = None,
    n_resamples: int = 1000,
    confidence: float = 0.95,
    random_state: Any = 0,
) -> Comparison:
    """Compare several fitted autoencoders on the same rows with the first of them.

    Errors are in the scaled units of the first one, so that models with other scalings are
    comparable. Differences are paired: the same rows are resampled for all. O(n * n_resamples)
    time, in blocks of rows.

    Parameters
    ----------
    estimators : mapping of str to BaseAutoencoder
        At least two, by any names, fitted on the same columns.
    X : array-like, sparse matrix, table or sequence of texts
        Rows that none was trained on; not modified.
    X_train : like ``X``, default=None
        Rows to fit PCA on, for a comparison at each code size; None for no PCA.
    n_resamples : int, default=1000
        Number of bootstrap resamples; 0 for no intervals.
    confidence : float, default=0.95
        Confidence level of the intervals.
    random_state : None, int, RandomState or Generator, default=0
        Seed of the resamples.

    Returns
    -------
    Comparison
        A dict of JSON types, which a notebook shows as a verdict and a table: ``schema`` (1);
        ``n_rows``; ``n_features``; ``scaling``, of the first
        model; ``settings``; ``models``, a list in the given order of ``name``, ``estimator``,
        ``latent_dim``, ``weights`` (their number) and estimates as in ``evaluate``:
        ``squared_error`` (summed over features, mean over rows), ``variance_explained``,
        ``pca_squared_error`` (None without PCA) and ``difference``, its squared error minus that
        of the first (None for the first); ``verdict``, of ``code``, ``values`` and ``text``; and
        ``runner_up``, of ``best`` and ``second``, the names of the models with the lowest errors,
        ``difference``, the paired estimate of the best's error minus the second's, and ``verdict``.

    Raises
    ------
    UsageError
        If there are fewer than two, one cannot reconstruct, or a setting is out of range.
    DataError
        If their numbers of columns differ, or the rows cannot be used.
    """
    if len(estimators) < 2:
        raise UsageError(f"`compare` requires at least two estimators. Got {len(estimators)}.")
    seed = resolve_seed(random_state)
    settings = {
        "n_resamples": n_resamples,
        "confidence": confidence,
        "random_state": seed,
    }
    check_settings(settings)
    for estimator in estimators.values():
        check_reconstructs(estimator)
    _check_same_columns(estimators)
    first = next(iter(estimators.values()))
    X = first.prepared_rows(X)
    pca = None
    if X_train is not None:
        largest = max(estimator.n_active_ for estimator in estimators.values())
        X_train = first.prepared_rows(X_train)
        pca = fit_pca(first.flat_rows(X_train), largest, first.seed_)
    n = X.shape[0]
    bootstrap = Bootstrap(n, n_resamples if n > 1 else 0, seed)
    total, errors = _errors(estimators, X, pca, bootstrap)
    reference = next(iter(errors.values()))[0]
    models: list[dict[str, Any]] = []
    for name, estimator in estimators.items():
        error, of_pca = errors[name]
        with np.errstate(divide="ignore", invalid="ignore"):  # equal rows have no variance
            explained = 1 - error / total
        less = (error - reference) / n if models else None
        models.append(
            {
                "name": name,
                "estimator": type(estimator).__name__,
                "latent_dim": estimator.latent_dim_,
                "weights": sum(p.numel() for p in estimator.network_.parameters()),
                "squared_error": estimate(error / n, confidence),
                "variance_explained": estimate(explained, confidence),
                "pca_squared_error": None if pca is None else estimate(of_pca / n, confidence),
                "difference": None if less is None else estimate(less, confidence),
            }
        )
    return Comparison(
        {
            "schema": COMPARISON_SCHEMA,
            "n_rows": n,
            "n_features": X.shape[1],
            "scaling": first.scaling_.kind,
            "settings": settings,
            "models": models,
            "verdict": _verdict(models, n, confidence),
            "runner_up": _runner_up(
                models, {name: own / n for name, (own, _) in errors.items()}, confidence
            ),
        }
    )


def _check_same_columns(estimators: Mapping[str, BaseAutoencoder]) -> None:
    widths = {name: estimator.preprocessor_.n_features for name, estimator in estimators.items()}
    (one, width), *others = widths.items()
    for other, theirs in others:
        if theirs != width:
            raise DataError(
                "Models to compare must be trained on the same columns. "
                f"Got {one} with {width:,} columns and {other} with {theirs:,}."
            )


def _errors(
    estimators: Mapping[str, BaseAutoencoder], X: Any, pca: Components | None, bootstrap: Bootstrap
) -> tuple[NDArray[np.float64], dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]]:
    """Return the distance from the mean and all errors, summed over rows and over resamples.

    The errors are those of each model, and of PCA at its code size (NaN without PCA).
    """
    first = next(iter(estimators.values()))
    center = scaled_mean(first, X)
    passes = [estimator.scaled_reconstructions(X) for estimator in estimators.values()]
    for blocks in zip(*passes, strict=True):
        scaled = blocks[0][1].astype(np.float64)
        columns = [observed_squares(center, scaled).sum(axis=1)]
        of_pca = _pca_errors(pca, scaled, [each.n_active_ for each in estimators.values()])
        for estimator, (_, _, restored) in zip(estimators.values(), blocks, strict=True):
            restored = _in_units_of(first.scaling_, estimator.scaling_, restored)
            columns.append(observed_squares(restored, scaled).sum(axis=1))
            columns.append(of_pca[estimator.n_active_])
        bootstrap.add(np.column_stack(columns))
    total, *rest = bootstrap.sums.T
    return total, dict(zip(estimators, zip(rest[::2], rest[1::2], strict=True), strict=True))


def _pca_errors(
    pca: Components | None, scaled: NDArray[np.float64], sizes: Iterable[int]
) -> dict[int, NDArray[np.float64]]:
    """Return the error of PCA on each row for each code size; NaN without PCA."""
    if pca is None:
        return {size: np.full(len(scaled), np.nan) for size in sizes}
    if np.isnan(scaled).any():  # only observed cells count
        restored = {size: pca.of_size(size).restored(scaled) for size in sizes}
        return {k: observed_squares(own, scaled).sum(axis=1) for k, own in restored.items()}
    kept = pca.captured(scaled, size=pca.size)
    total = np.square(scaled - pca.mean).sum(axis=1)
    return {size: np.maximum(0.0, total - kept[:, min(size, kept.shape[1]) - 1]) for size in sizes}


def _in_units_of(
    scaling: Scaling, own: Scaling, restored: NDArray[np.float32]
) -> NDArray[np.float64]:
    if scaling is own:
        return restored.astype(np.float64)
    return scaling.scaled(own.invert(restored))


def _verdict(models: list[dict[str, Any]], n_rows: int, confidence: float) -> dict[str, Any]:
    """Return which model has the lowest error, and whether it differs from the first."""
    first = models[0]
    best = min(models, key=lambda model: model["squared_error"]["value"])
    values = {
        "first": first["name"],
        "n_rows": n_rows,
        "n_models": len(models),
        "reference": first["squared_error"]["value"],
        "confidence": confidence,
    }
    if all(model["squared_error"]["value"] == values["reference"] for model in models):
        return coded_message("all_equal", values)
    if best is first:
        others = [model["difference"]["interval"] for model in models[1:]]
        is_clear = all(interval is not None and interval[0] > 0 for interval in others)
        return coded_message("first_best" if is_clear else "first_not_worse", values)
    values |= {"best": best["name"], "error": best["squared_error"]["value"]}
    if best["difference"]["interval"] is None:
        return coded_message("other_lower", values)
    low, high = best["difference"]["interval"]
    values |= {"low": low, "high": high}
    return coded_message("other_best" if high < 0 else "other_not_clear", values)


def _runner_up(
    models: list[dict[str, Any]], errors: Mapping[str, NDArray[np.float64]], confidence: float
) -> dict[str, Any]:
    """Return the paired difference of the two best models, and a verdict on it.

    ``errors`` has the error of each model on the rows, then on each resample.
    """
    best, second = sorted(models, key=lambda model: model["squared_error"]["value"])[:2]
    names = {"best": best["name"], "second": second["name"]}
    difference = estimate(errors[names["best"]] - errors[names["second"]], confidence)
    error, other = (model["squared_error"]["value"] for model in (best, second))
    values = {**names, "error": error, "other": other, "confidence": confidence}
    code = "untested"
    if difference["interval"] is not None:
        low, high = difference["interval"]
        values |= {"low": low, "high": high, "gap": 1 - error / other if other else 0.0}
        code = "ahead" if high < 0 else "level"
    return {**names, "difference": difference, "verdict": coded_message(code, values)}
