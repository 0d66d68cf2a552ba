"""What a run says of codes: errors beside PCA's, reconstructions, the map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ..._language import Sentence
from ...estimators import BaseAutoencoder
from ...evaluation import BesidePCA, beside_pca, pca_errors
from ...figures import code_map, has_colours, lay_out_codes, pca_sizes, reconstruction_grid
from ...metrics import Components, fit_pca, verdict
from ...sources import Dataset
from .._parts import Parts
from ._features import draw_features, per_feature
from ._outcomes import (
    Drawn,
    Outcome,
    draw_filters,
    draw_losses,
    loss_name,
    network_facts,
    two_sentences,
)
from ._shown_rows import draw_strangest, rows_in_order, table_of_rows

__all__ = ["measure_codes", "picture_grid"]

_MODELS = {
    "Autoencoder": Sentence("the autoencoder"),
    "StackedAutoencoder": Sentence("the stacked autoencoder"),
}


def measure_codes(
    estimator: BaseAutoencoder,
    dataset: Dataset,
    parts: Parts,
    *,
    decompose: Callable[..., Any] = fit_pca,
    map: str = "pca",
    language: str = "en",
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
    map : {"pca", "umap"}, default="pca"
        How the map of codes is drawn.
    language : {"en", "zh"}, default="en"
        Of the figures.

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
        title=Sentence("{name}: {n} {n:number|numbers} a row", name=dataset.name, n=k),
        verdict=verdict(
            _MODELS.get(name, name),
            ours.squared_error,
            pca.squared_error,
            latent_dim=k,
            n_features=estimator.n_features_in_,
            rows=which,
        ),
        model=network_facts(estimator),
        results=numbers,
        table=_table(numbers, which, estimator, figures),
        drawn=_draw(estimator, dataset, parts, figures, map, language),
        beside=figures,
        more={
            "per_feature": per_feature(dataset, ours),
            "tables": table_of_rows(estimator, dataset, parts),
        },
    )


def _draw(
    estimator: BaseAutoencoder,
    dataset: Dataset,
    parts: Parts,
    figures: BesidePCA,
    map: str,
    language: str,
) -> list[Drawn]:
    which, ours, _ = figures.judged
    errors = estimator.reconstruction_error(parts.shown[0])
    return [
        draw_losses(estimator, loss_name(estimator), language=language),
        *_draw_reconstructions(estimator, dataset, parts, errors, which, language),
        *_draw_maps(estimator, dataset, parts, errors, which, map, language),
        *_draw_sizes(estimator, parts, figures.pca, ours.squared_error, language),
        *draw_features(dataset, ours, which, language),
        *draw_strangest(estimator, dataset, parts, errors, language),
        *draw_filters(estimator.first_layer_weight(), dataset.picture_shape),
    ]


def _draw_reconstructions(
    estimator: BaseAutoencoder,
    dataset: Dataset,
    parts: Parts,
    errors: NDArray[np.float64],
    which: str,
    language: str,
) -> list[Drawn]:
    if not dataset.picture_shape:
        return []
    chosen = rows_in_order(errors, most=10)
    caption = Sentence(
        "Of {total:,} {rows} pictures those with the least, the middle and the largest error, "
        "above what {n} {n:number keeps|numbers keep} of them.",
        total=len(errors),
        rows=which,
        n=estimator.latent_dim_,
    )
    figure = picture_grid(
        estimator,
        parts.shown[0][np.concatenate(list(chosen.values()))],
        dataset.picture_shape,
        names=list(chosen),
        language=language,
    )
    title = Sentence("Best, median and worst")
    return [Drawn("reconstructions.png", "reconstructions", title, caption, figure)]


def _draw_maps(
    estimator: BaseAutoencoder,
    dataset: Dataset,
    parts: Parts,
    errors: NDArray[np.float64],
    which: str,
    map: str,
    language: str,
) -> list[Drawn]:
    X, y = parts.shown
    layout = lay_out_codes(estimator.transform(X), method=map, random_state=estimator.seed_)
    by_label = code_map(layout, y, label_name=dataset.label_name, language=language)
    error = Sentence("error")
    by_error = code_map(layout, errors, label_name=error, is_scale=True, language=language)
    caption = Sentence(
        "The same codes; a row's error is the mean of squares over its features, as the network "
        "sees them."
    )
    return [
        Drawn(
            "code_map.png",
            "map",
            Sentence("Map of codes"),
            two_sentences(_map_caption(dataset, y, which), layout.caption),
            by_label,
        ),
        Drawn("error_map.png", "map", Sentence("Map of codes by error"), caption, by_error),
    ]


def _map_caption(dataset: Dataset, y: NDArray[Any] | None, which: str) -> Sentence:
    if y is None:
        return Sentence("Codes of {rows} rows.", rows=which)
    if has_colours(y):
        return Sentence("Codes of {rows} rows; the colours were never shown to it.", rows=which)
    return Sentence(
        "Codes of {rows} rows, without colours: {label} has too many values to tell them.",
        rows=which,
        label=dataset.label_name or Sentence("the label"),
    )


def _draw_sizes(
    estimator: BaseAutoencoder, parts: Parts, pca: Components, error: float, language: str
) -> list[Drawn]:
    errors = pca_errors(estimator, parts.X, parts.X_held_out, pca=pca)
    if errors is None:
        return []
    k = estimator.latent_dim_
    enough = int(np.argmax(errors <= error)) if (errors <= error).any() else None
    caption = (
        Sentence("No number of components gives PCA so low an error as the model's.")
        if enough is None
        else Sentence(
            "PCA needs {n:,} {n:component|components} for the error that the model has with {k:,} "
            "{k:number|numbers}.",
            n=enough,
            k=k,
        )
    )
    figure = pca_sizes(errors, k, error, language=language)
    return [Drawn("pca_sizes.svg", "pca", Sentence("PCA of every size"), caption, figure)]


def picture_grid(
    estimator: BaseAutoencoder,
    X: NDArray[Any],
    picture_shape: Sequence[int],
    *,
    names: Sequence[str] = (),
    language: str = "en",
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
    names : sequence of str, default=()
        Of lines, to which the pictures are shared out.
    language : {"en", "zh"}, default="en"
        Of the figure.

    Returns
    -------
    matplotlib.figure.Figure
    """
    X = np.asarray(X)
    return reconstruction_grid(
        X,
        estimator.reconstruct(X),
        tuple(picture_shape),
        value_range=_value_range(estimator),
        names=names,
        language=language,
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

    values = {
        "scaling": estimator.scaling_.kind,
        "rows": which,
        "n": figures.n_rows_pca,
    }
    return {
        "columns": [
            "",
            Sentence("train error"),
            Sentence("held-out error"),
            Sentence("variance explained"),
        ],
        "shares": ["variance explained"],
        "rows": [row(model) for model in numbers],
        "caption": Sentence(
            "Squared error a row, summed over features, as the network sees them (scaling: "
            "{scaling}); variance explained on {rows} rows."
            if figures.n_rows_pca == figures.model_train.n_rows
            else "Squared error a row, summed over features, as the network sees them (scaling: "
            "{scaling}); variance explained on {rows} rows. PCA was fitted on {n:,} of the "
            "training rows.",
            **values,
        ),
    }
