"""Error maps of pictures in a report, and their agreement with masks of defects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.preprocessing import StandardScaler

from ..._random import numpy_generator
from ..._row_blocks import as_dense
from ..._translation import Message
from ...figures import FigureSpec, shrunk
from ...sources import Dataset
from ._kept_pictures import SMALL, kept_shades
from ._pixel_range import value_range

__all__ = ["areas_of_pixels", "heat_figure", "pca_maps", "pixel_table"]

_VARIANCE, _VARIANCE_OF_MANY = 0.9, 0.99
_MANY = 10  # rows for each value
_MOST_PIXELS = 2**22  # that are ranked: a sample of so many has a negligible error
_MOST_LEARNED = 2**24  # values of the rows that PCA learns


def pca_maps(detector: Any, X_train: Any) -> Callable[[Any], NDArray[np.float64]]:
    """Return a function from checked rows to the maps of PCA's squared residuals.

    PCA learns the same rows as the detector, pictures or patches, standardised, with the components
    that explain 90 % of their variance, or 99 % if there are ten times as many rows as values.

    Parameters
    ----------
    detector : detector
        Fitted on pictures.
    X_train : ndarray of shape (n_samples, n_features)
        Its training rows.

    Returns
    -------
    callable
    """
    rows = detector.drawn_patches(X_train)
    rows = as_dense(rows[: max(2, _MOST_LEARNED // rows.shape[1])], np.float32)
    scaler = StandardScaler().fit(rows)
    variance = _VARIANCE_OF_MANY if len(rows) >= _MANY * rows.shape[1] else _VARIANCE
    pca = PCA(variance, random_state=detector.seed_ % 2**32).fit(scaler.transform(rows))

    def errors(given: Any) -> NDArray[np.float64]:
        Z = scaler.transform(as_dense(given, np.float32))
        squares: NDArray[np.float64]
        squares = np.square(Z - pca.inverse_transform(pca.transform(Z)), dtype=np.float64)
        return squares

    return lambda X: np.asarray(detector.maps_of(X, errors))


def areas_of_pixels(
    maps: Mapping[str, NDArray[np.float64]], masks: NDArray[np.bool_], seed: int
) -> dict[str, dict[str, float]]:
    """Return how well maps rank the pixels of defects.

    Parameters
    ----------
    maps : mapping of str to ndarray of shape (n_samples, height, width)
        Errors of pixels by model.
    masks : ndarray of shape (n_samples, height, width), bool
        Pixels of defects.
    seed : int
        Of the sample of pixels, if there are more than four million.

    Returns
    -------
    dict of str to dict
        ``pixel_roc_auc`` and ``pixel_average_precision`` by model; empty if no pixel is marked.
    """
    truth = masks.ravel()
    if not truth.any() or truth.all():
        return {}
    kept: Any = slice(None)
    if len(truth) > _MOST_PIXELS:
        kept = numpy_generator(seed, "pixels").choice(len(truth), _MOST_PIXELS, replace=False)
    return {
        name: {
            "pixel_roc_auc": float(roc_auc_score(truth[kept], own.ravel()[kept])),
            "pixel_average_precision": float(
                average_precision_score(truth[kept], own.ravel()[kept])
            ),
        }
        for name, own in maps.items()
    }


def pixel_table(results: Mapping[str, Any], names: Mapping[str, object]) -> list[dict[str, Any]]:
    """Return the table of areas per picture and per pixel.

    Parameters
    ----------
    results : mapping
        Results by model.
    names : mapping of str to object
        Names of models for readers.

    Returns
    -------
    list of dict
        One table of the report; none without masks.
    """
    columns = {
        "roc_auc": Message("ROC AUC of pictures"),
        "average_precision": Message("average precision of pictures"),
        "pixel_roc_auc": Message("ROC AUC of pixels"),
        "pixel_average_precision": Message("average precision of pixels"),
    }
    rows = [
        [names.get(model, model), *(own.get(column) for column in columns)]
        for model, own in results.items()
        if "roc_auc" in own
    ]
    if not any("pixel_roc_auc" in own for own in results.values()):
        return []
    return [
        {
            "section": "ranking",
            "title": Message("Agreement with the masks"),
            "columns": ["", *columns.values()],
            "rows": rows,
            "caption": Message(
                "How well errors rank anomalous pictures above normal ones, and the pixels of "
                "defects above all other pixels of the test pictures. 1 is best; a random order "
                "has a ROC AUC of 0.5."
            ),
        }
    ]


def heat_figure(
    detector: Any,
    dataset: Dataset,
    X: Any,
    numbers: NDArray[np.int64],
    masks: NDArray[np.bool_] | None,
    caption: str,
) -> FigureSpec:
    """Return the figure of anomalous pictures and the maps of their errors, on one scale.

    Parameters
    ----------
    detector : detector
        Fitted on pictures or feature maps.
    dataset : Dataset
        The source.
    X : ndarray of shape (n, n_features)
        Pictures, most anomalous first.
    numbers : ndarray of shape (n,)
        Indices of the rows in the source, from 0.
    masks : ndarray of shape (n, height, width), bool, or None
        Their masks.
    caption : str
        Caption of the figure.

    Returns
    -------
    FigureSpec
    """
    values: dict[str, Any] = {
        "maps": _small(detector.score_maps(X)),
        "scale": [float(end) for end in detector.map_range_],
        "rows": numbers.tolist(),
    }
    if dataset.picture_shape is not None:
        ends = value_range(detector) or (float(X.min()), float(X.max()))
        kept, shape = kept_shades(as_dense(X), dataset.picture_shape, ends, longest=2 * SMALL)
        values |= {"X": kept, "picture_shape": shape}
    if masks is not None:
        values["masks"] = _small(masks.astype(np.float64))
    title = Message("Most anomalous pictures")
    return FigureSpec("strangest.svg", "anomalies", title, caption, "heat_maps", values)


def _small(maps: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return maps with at most 128 pixels per side, averaged."""
    height, width = maps.shape[1:]
    flat = maps.reshape(len(maps), -1)
    return shrunk(flat, (height, width), most=2 * SMALL)[..., 0].astype(np.float32)
