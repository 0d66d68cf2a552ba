"""What a run says of codes: errors beside PCA's, reconstructions, the map."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ..data import Dataset
from ..estimators import BaseAutoencoder
from ..evaluation import BesidePCA, beside_pca, fit_pca, verdict
from ..report import code_map, column_errors, has_colours, reconstruction_grid
from ._parts import Parts
from ._results import Drawn, Outcome, draw_filters, draw_losses, network_facts

__all__ = ["measure_codes", "picture_grid"]


def measure_codes(
    estimator: BaseAutoencoder,
    dataset: Dataset,
    parts: Parts,
    *,
    decompose: Callable[..., Any] = fit_pca,
) -> Outcome:
    """Measure a fitted autoencoder beside PCA, and draw what it learned.

    Parameters
    ----------
    estimator : BaseAutoencoder
        Fitted on the training part.
    dataset : Dataset
        The source.
    parts : Parts
        Its rows, split.
    decompose : callable, default=fit_pca
        What fits PCA, as for ``beside_pca``.

    Returns
    -------
    Outcome
    """
    figures = beside_pca(estimator, parts.X, parts.X_held_out, decompose=decompose)
    which, ours, pca = figures.judged
    name, k = type(estimator).__name__, estimator.latent_dim_
    results = {
        name: (figures.model_train, figures.model_held_out),
        "PCA": (figures.pca_train, figures.pca_held_out),
    }
    numbers = {
        model: {
            "train": train.as_dict(),
            "held_out": None if held_out is None else held_out.as_dict(),
        }
        for model, (train, held_out) in results.items()
    }
    return Outcome(
        title=f"{dataset.name}: {k} numbers a row",
        verdict=verdict(
            f"the {re.sub('(?<=[a-z])(?=[A-Z])', ' ', name).lower()}",
            ours.squared_error,
            pca.squared_error,
            latent_dim=k,
            n_features=estimator.n_features_in_,
            rows=which,
        ),
        model=network_facts(estimator),
        results=numbers,
        table=_table(numbers, which, estimator, figures),
        drawn=_draw(estimator, dataset, parts, figures),
        beside=figures,
    )


def _draw(
    estimator: BaseAutoencoder, dataset: Dataset, parts: Parts, figures: BesidePCA
) -> list[Drawn]:
    X, y = parts.shown
    which, ours, _ = figures.judged
    loss = getattr(estimator, "loss", "mean_squared_error").replace("_", " ")
    drawn = [draw_losses(estimator, loss)]
    if dataset.picture_shape:
        first = X[:10]
        n_shown = "Ten" if len(first) == 10 else f"{len(first)}"
        drawn.append(
            (
                "reconstructions.png",
                "Reconstructions",
                f"{n_shown} {which} picture{'s' if len(first) > 1 else ''} above what "
                f"{estimator.latent_dim_} numbers keep.",
                picture_grid(estimator, first, dataset.picture_shape),
            )
        )
        drawn += draw_filters(estimator.first_layer_weight(), dataset.picture_shape)
    else:
        names = dataset.feature_names or [f"column {k}" for k in range(X.shape[1])]
        noun = "word" if dataset.kind == "texts" else "column"
        drawn.append(
            (
                f"{noun}s.svg",
                f"{noun.capitalize()}s",
                f"Share of each {noun}'s variance that comes back, on {which} rows.",
                column_errors(names, ours.variance_explained_per_column),
            )
        )
    drawn.append(
        (
            "code_map.png",
            "Map of codes",
            f"Codes of {which} rows{_colours(dataset, y)}.",
            code_map(estimator.transform(X), y, label_name=dataset.label_name),
        )
    )
    return drawn


def _colours(dataset: Dataset, y: NDArray[Any] | None) -> str:
    if y is None:
        return ""
    if has_colours(y):
        return "; the colours were never shown to it"
    return (
        f", without colours: {dataset.label_name or 'the label'} has too many values to tell them"
    )


def picture_grid(
    estimator: BaseAutoencoder, X: NDArray[Any], picture_shape: Sequence[int]
) -> Figure:
    """Draw pictures above their reconstructions, black and white as in the training.

    Parameters
    ----------
    estimator : BaseAutoencoder
        Fitted.
    X : ndarray of shape (n_pictures, n_features)
        Rows; every one is drawn.
    picture_shape : sequence of int
        (height, width) or (height, width, 3).

    Returns
    -------
    matplotlib.figure.Figure
    """
    X = np.asarray(X)
    return reconstruction_grid(
        X, estimator.reconstruct(X), tuple(picture_shape), value_range=_value_range(estimator)
    )


def _value_range(estimator: BaseAutoencoder) -> tuple[float, float] | None:
    scaling = estimator.scaling_
    if scaling.kind not in ("unit", "symmetric"):
        return None
    middle, step = float(scaling.shift[0]), float(scaling.scale[0])
    return middle if scaling.kind == "unit" else middle - step, middle + step


def _table(
    numbers: dict[str, Any], which: str, estimator: BaseAutoencoder, figures: BesidePCA
) -> dict[str, Any]:
    part = "held_out" if which == "held-out" else "train"

    def row(model: str) -> list[Any]:
        held_out = numbers[model]["held_out"]
        return [
            f"{model} ({estimator.latent_dim_})",
            numbers[model]["train"]["squared_error"],
            None if held_out is None else held_out["squared_error"],
            numbers[model][part]["variance_explained"],
        ]

    caption = (
        "Squared error a row, summed over features, as the network sees them "
        f"(scaling: {estimator.scaling_.kind}); variance explained on {which} rows."
    )
    if figures.n_rows_pca < figures.model_train.n_rows:
        caption += f" PCA was fitted on {figures.n_rows_pca:,} of the training rows."
    return {
        "columns": ["", "train error", "held-out error", "variance explained"],
        "shares": ["variance explained"],
        "rows": [row(model) for model in numbers],
        "caption": caption,
    }
