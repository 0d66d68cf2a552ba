"""Reconstruction metrics per feature."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..._translation import Message
from ...figures import FigureSpec
from ...metrics import ReconstructionFigures
from ...sources import Dataset
from ._kept_pictures import kept_pictures

__all__ = ["feature_names", "features_figure", "per_feature"]

_MOST_SHOWN = 1_000


def feature_names(dataset: Dataset, n_features: int) -> list[str]:
    """Return the column names of a source, or names with their numbers."""
    return list(dataset.feature_names or [Message("column {k}", k=k) for k in range(n_features)])


def per_feature(dataset: Dataset, figures: ReconstructionFigures) -> dict[str, Any] | None:
    """Return the metrics of each feature, for report.json.

    Parameters
    ----------
    dataset : Dataset
        The source.
    figures : ReconstructionFigures
        Metrics of the rows that the verdict is about.

    Returns
    -------
    dict or None
        ``names``, ``squared_error`` (in squared units of the scaling) and ``variance_explained``
        (None for a constant feature); None for more than 1,000 features.
    """
    errors = figures.squared_error_per_column
    if len(errors) > _MOST_SHOWN:
        return None
    return {
        "names": feature_names(dataset, len(errors)),
        "squared_error": errors,
        "variance_explained": figures.variance_explained_per_column,
    }


def features_figure(
    dataset: Dataset, figures: ReconstructionFigures, rows: str
) -> list[FigureSpec]:
    """Return the figure of pixel errors, or of the worst and best columns.

    Parameters
    ----------
    dataset : Dataset
        The source.
    figures : ReconstructionFigures
        Metrics of the rows that the verdict is about.
    rows : str
        Kind of these rows.

    Returns
    -------
    list of FigureSpec
        With one item.
    """
    if dataset.picture_shape:
        caption = Message(
            "Mean squared error per pixel on {rows} rows, in scaled units.", rows=rows
        )
        pixels = np.asarray(figures.squared_error_per_column)[np.newaxis]
        kept, shape = kept_pictures(pixels, dataset.picture_shape)
        errors = {"errors": kept[0], "picture_shape": shape}
        title = Message("Pixels")
        return [FigureSpec("pixels.svg", "features", title, caption, "pixel_errors", errors)]
    shares = figures.variance_explained_per_column
    known = [np.nan if share is None else share for share in shares]
    values = {
        "names": feature_names(dataset, len(shares)),
        "variance_explained": np.array(known, dtype=np.float64),
    }
    if dataset.kind == "texts":
        file, title = "words.svg", Message("Words")
        caption = Message("Share of variance explained per word, on {rows} rows.", rows=rows)
    else:
        file, title = "columns.svg", Message("Columns")
        caption = Message("Share of variance explained per column, on {rows} rows.", rows=rows)
    return [FigureSpec(file, "features", title, caption, "column_errors", values)]
