"""Measurements of an outlier detector: outliers, their features, and agreement with labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.preprocessing import StandardScaler

from ..._translation import Message, two_sentences
from ...figures import FigureSpec, bin_errors
from ...preprocessing import ColumnLayout
from ...sources import Dataset
from .._parts import Parts
from ._odd_pictures import areas_of_pixels, heat_figure, pca_maps, pixel_table
from ._outcomes import Outcome, losses_figure
from ._ranking import ranking_figure
from ._shown_rows import N_STRANGEST, spread_figure, strange_cells, strange_figure
from ._strange_labels import strange_rows

__all__ = ["measure_outliers", "scores_of_others"]

_MODELS = {"Isolation forest": Message("Isolation forest"), "PCA": Message("PCA")}
_NAMES = {"train": Message("training rows"), "held_out": Message("held-out rows")}
_LOSSES = Message("Mean squared error of each network after each epoch, without the trimmed rows.")
_LOSSES_OF_TABLES = Message(
    "Loss of each network after each epoch, without the trimmed rows: the squared error of "
    "numbers, and the cross-entropy of categories divided by their entropy."
)
_ERROR = Message(
    "Error of a row: mean over features of log(1 + r\N{SUPERSCRIPT TWO} / s), where r is "
    "the residual and s the usual squared residual."
)
_ERROR_OF_TABLES = Message(
    "Error of a row: mean over columns of log(1 + r\N{SUPERSCRIPT TWO} / s), where r is "
    "the residual and s the usual squared residual. For a category, "
    "r\N{SUPERSCRIPT TWO} is -log(p) divided by the entropy of its levels, where p is the "
    "probability of the level."
)
_PCA_VARIANCE = 0.9
_PICTURES = 64  # whose maps are computed at once
_PCA_FEATURES = 2_000  # with more, its products would take minutes


def measure_outliers(
    detector: Any,
    dataset: Dataset,
    parts: Parts,
    *,
    error: str | None = None,
) -> Outcome:
    """Measure a fitted detector.

    If there are labels of two values, the rarer is assumed to mark anomalous rows, and the area
    under the ROC curve is compared with those of an isolation forest and of PCA's errors.

    Parameters
    ----------
    detector : detector
        Fitted on the training rows.
    dataset : Dataset
        The source.
    parts : Parts
        Rows of the source, split.
    error : str, default=None
        What the error of a row is, for readers; None is that of rows as a whole.

    Returns
    -------
    Outcome
    """
    name, line = type(detector).__name__, -detector.offset_
    errors = {"train": -detector.score_samples(parts.X), "held_out": None}
    if parts.X_held_out.shape[0]:
        errors["held_out"] = -detector.score_samples(parts.X_held_out)
    every = np.concatenate([e for e in errors.values() if e is not None])
    X = _all_rows(parts)
    is_scored = ~np.isnan(every)  # rows without observed cells have no error
    told = {part: None if e is None else _summary(e, line) for part, e in errors.items()}
    results: dict[str, Any] = {name: {**told}}
    verdict = _verdict(every[is_scored], line)
    strange, ranking, tables = None, [], []
    if (found := strange_rows(dataset, parts)) is not None:
        judged = found.is_judged & is_scored
        strange = found.is_strange
        scores = {name: -every} | scores_of_others(detector, parts.X, X)
        areas = {}
        for model, score in scores.items():
            areas[model] = float(roc_auc_score(~strange[judged], score[judged]))
            precision = float(average_precision_score(strange[judged], -score[judged]))
            own = {"roc_auc": areas[model], "average_precision": precision}
            results.setdefault(model, {}).update(own)
        verdict = _with_areas(verdict, areas, found.label, int(strange[judged].sum()))
        names = [_MODELS.get(model, model) for model in scores]
        kept = {model: -score[judged] for model, score in scores.items()}
        ranking = [ranking_figure(names, kept, strange[judged], line)]
        verdict = _with_pixels(verdict, detector, parts, results)
        tables = pixel_table(results, _MODELS)
    return Outcome(
        title=Message("{name}: anomaly scores", name=dataset.name),
        verdict=verdict,
        model={
            "networks": len(detector.members_),
            "scaling": detector.scaling_.kind,
            "weights": sum(p.numel() for m in detector.members_ for p in m.parameters()),
            "epochs": detector.settings_.epochs,
            "line": line,
        },
        results=results,
        table=_table(told, detector.preprocessor_.layout, error),
        figures=[*_figures(detector, dataset, parts, X, every, strange), *ranking],
        more={"tables": [*tables, *strange_cells(detector, dataset, X, parts.numbers, every)]},
    )


def _summary(errors: NDArray[np.float64], line: float) -> dict[str, Any]:
    n_rows, errors = len(errors), errors[~np.isnan(errors)]
    return {
        "n_rows": n_rows,
        "median_error": float(np.median(errors)),
        "largest_error": float(errors.max()),
        "outliers": float(np.mean(errors > line)),
    }


def _verdict(errors: NDArray[np.float64], line: float) -> str:
    n = int((errors > line).sum())
    if not n:
        return Message(
            "No outliers: none of {total:,} rows has an error above the threshold.",
            total=len(errors),
        )
    share = f"{n / len(errors):.2g}" if n < 0.0005 * len(errors) else f"{n / len(errors):.1%}"
    return Message(
        "Outliers (error above the threshold): {n:,} of {total:,} rows ({share}).",
        n=n,
        total=len(errors),
        share=share,
    )


def _all_rows(parts: Parts) -> Any:
    if not parts.X_held_out.shape[0]:  # keep a memory map
        return parts.X
    pieces = [parts.X, parts.X_held_out]
    return sparse.vstack(pieces) if sparse.issparse(parts.X) else np.concatenate(pieces)


def scores_of_others(detector: Any, X_train: Any, X: Any) -> dict[str, NDArray[np.float64]]:
    """Return the normality scores of an isolation forest and, for dense rows, of PCA.

    PCA learns pictures in the detector's way: whole, or by patches. Both take tables with
    categories or missing cells as they are encoded: one-hot, with means.
    """
    if detector.preprocessor_.layout is not None:
        X_train, X = (_encoded(detector, part) for part in (X_train, X))
    seed = detector.seed_ % 2**32
    forest = IsolationForest(random_state=seed).fit(X_train)
    scores = {"Isolation forest": forest.score_samples(X)}
    if detector.map_shape_ is not None:
        errors = [
            detector.picture_errors(maps(X[k : k + _PICTURES]))
            for maps in [pca_maps(detector, X_train)]
            for k in range(0, X.shape[0], _PICTURES)
        ]
        scores["PCA"] = -np.concatenate(errors)
    elif not sparse.issparse(X) and X.shape[1] <= _PCA_FEATURES:
        scaler = StandardScaler().fit(X_train)
        pca = PCA(_PCA_VARIANCE, random_state=seed).fit(scaler.transform(X_train))
        Z = scaler.transform(X)
        restored = pca.inverse_transform(pca.transform(Z))
        scores["PCA"] = -np.square(Z - restored).sum(axis=1)
    return scores


def _encoded(detector: Any, X: Any) -> NDArray[np.float32]:
    blocks = [block for _, block in detector.scaled_blocks(X)]
    encoded: NDArray[np.float32] = np.nan_to_num(np.concatenate(blocks), nan=0.0)
    return encoded


def _with_pixels(
    verdict: str, detector: Any, parts: Parts, results: dict[str, Any]
) -> Message | str:
    """Add the areas of the pixels of test pictures with masks to the results and the verdict."""
    if parts.masks is None or detector.map_shape_ is None:
        return verdict
    maps = {
        type(detector).__name__: detector.maps_of(parts.X_held_out),
        "PCA": pca_maps(detector, parts.X)(parts.X_held_out),
    }
    areas = areas_of_pixels(maps, parts.masks, detector.seed_)
    for model, own in areas.items():
        results.setdefault(model, {}).update(own)
    if not areas:
        return verdict
    ours, pca = (own["pixel_roc_auc"] for own in areas.values())
    return two_sentences(
        verdict, Message("ROC AUC of pixels: {ours:.3f} (PCA: {pca:.3f}).", ours=ours, pca=pca)
    )


def _with_areas(verdict: str, areas: dict[str, float], label: str, n: int) -> Message:
    (_, ours), *others = areas.items()
    beside = [
        Message("{model}: {area:.3f}", model=_MODELS[model], area=area) for model, area in others
    ]
    return Message(
        "{verdict} ROC AUC with {label} as the anomalies (n = {n:,}): {ours:.3f} ({others}).",
        verdict=verdict,
        label=label,
        n=n,
        ours=ours,
        others=beside,
    )


def _table(told: dict[str, Any], layout: ColumnLayout | None, error: str | None) -> dict[str, Any]:
    rows = [
        [_NAMES[part], s["median_error"], s["largest_error"], s["outliers"]]
        for part, s in told.items()
        if s is not None
    ]
    return {
        "columns": [
            "",
            Message("median error"),
            Message("largest error"),
            Message("outliers"),
        ],
        "shares": ["outliers"],
        "rows": rows,
        "caption": error or (_ERROR if layout is None else _ERROR_OF_TABLES),
    }


def _figures(
    detector: Any,
    dataset: Dataset,
    parts: Parts,
    X: Any,
    errors: NDArray[np.float64],
    strange: NDArray[np.bool_] | None,
) -> list[FigureSpec]:
    line, is_scored = -detector.offset_, ~np.isnan(errors)
    worst = np.argsort(-errors, kind="stable")[: min(N_STRANGEST, int(is_scored.sum()))]
    n_beyond = int((errors[worst] > line).sum())
    losses, unit = _LOSSES, Message("mean squared error")
    if detector.preprocessor_.layout is not None:
        losses, unit = _LOSSES_OF_TABLES, Message("loss")
    marked = None if strange is None else strange[is_scored]
    bins = bin_errors(errors[is_scored], line, is_strange=marked)
    if detector.map_shape_ is not None:
        caption = Message(
            "Pictures with the largest errors, most anomalous first, each above the map of its "
            "errors. All maps have one scale, from the median error of the pixels of training "
            "pictures to twice the error that 99.9% of them do not exceed. Errors above the "
            "threshold: {n_beyond} of {n}.",
            n=len(worst),
            n_beyond=n_beyond,
        )
        masks = _masks_of(worst, parts)
        figure = heat_figure(detector, dataset, X[worst], parts.numbers[worst], masks, caption)
    else:
        caption = Message(
            "Rows with the largest errors, most anomalous first; errors above the threshold: "
            "{n_beyond} of {n}. Cells show each feature's share of the error, from 5%.",
            n=len(worst),
            n_beyond=n_beyond,
        )
        shares = detector.explain(X[worst])
        figure = strange_figure(
            dataset, X[worst], shares, parts.numbers[worst], errors[worst], caption
        )
    return [
        losses_figure(detector, unit, caption=losses, section="networks"),
        spread_figure(bins, Message("Errors of all rows, and the threshold.")),
        figure,
    ]


def _masks_of(rows: NDArray[np.intp], parts: Parts) -> NDArray[np.bool_] | None:
    """Return the masks of rows, held-out rows last; those of training rows are empty."""
    if parts.masks is None:
        return None
    masks = np.zeros((len(rows), *parts.masks.shape[1:]), dtype=np.bool_)
    n_train = parts.X.shape[0]
    masks[rows >= n_train] = parts.masks[rows[rows >= n_train] - n_train]
    return masks
