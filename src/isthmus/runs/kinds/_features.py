"""How well each feature comes back."""

from __future__ import annotations

from typing import Any

from ..._language import Sentence
from ...figures import column_errors, pixel_errors
from ...metrics import ReconstructionFigures
from ...sources import Dataset
from ._outcomes import Drawn

__all__ = ["draw_features", "feature_names", "per_feature"]

_MOST_TOLD = 1_000


def feature_names(dataset: Dataset, n_features: int) -> list[str]:
    """Return the names of a source's columns; their numbers where they have none."""
    return list(dataset.feature_names or [Sentence("column {k}", k=k) for k in range(n_features)])


def per_feature(dataset: Dataset, figures: ReconstructionFigures) -> dict[str, Any] | None:
    """Return each feature's figures, for report.json.

    Parameters
    ----------
    dataset : Dataset
        The source.
    figures : ReconstructionFigures
        Of the rows that the verdict is about.

    Returns
    -------
    dict or None
        ``names``, ``squared_error`` (in squared units of the scaling) and ``variance_explained``
        (None for a constant feature); None for more than 1,000 features.
    """
    errors = figures.squared_error_per_column
    if len(errors) > _MOST_TOLD:
        return None
    return {
        "names": feature_names(dataset, len(errors)),
        "squared_error": errors,
        "variance_explained": figures.variance_explained_per_column,
    }


def draw_features(
    dataset: Dataset, figures: ReconstructionFigures, rows: str, language: str
) -> list[Drawn]:
    """Draw the errors of pixels, or of the worst and best columns.

    Parameters
    ----------
    dataset : Dataset
        The source.
    figures : ReconstructionFigures
        Of the rows that the verdict is about.
    rows : str
        Which those are.
    language : {"en", "zh"}
        Of the figure.

    Returns
    -------
    list of Drawn
        One.
    """
    if dataset.picture_shape:
        figure = pixel_errors(
            figures.squared_error_per_column, tuple(dataset.picture_shape), language=language
        )
        caption = Sentence(
            "Mean squared error of each pixel on {rows} rows, as the network sees them.", rows=rows
        )
        return [Drawn("pixels.png", "features", Sentence("Pixels"), caption, figure)]
    shares = figures.variance_explained_per_column
    figure = column_errors(feature_names(dataset, len(shares)), shares, language=language)
    if dataset.kind == "texts":
        caption = Sentence(
            "Share of each word's variance that comes back, on {rows} rows.", rows=rows
        )
        return [Drawn("words.svg", "features", Sentence("Words"), caption, figure)]
    caption = Sentence(
        "Share of each column's variance that comes back, on {rows} rows.", rows=rows
    )
    return [Drawn("columns.svg", "features", Sentence("Columns"), caption, figure)]
