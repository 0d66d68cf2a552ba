"""Measurements of autoencoders: errors compared with PCA, reconstructions, map of codes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._translation import Message, two_sentences
from ...estimators import BaseAutoencoder
from ...evaluation import (
    BesidePCA,
    beside_pca,
    is_underfit,
    may_be_undertrained,
    pca_errors,
)
from ...figures import FigureSpec, has_colours
from ...metrics import Components, fit_pca, verdict
from ...sources import Dataset
from .._parts import Parts
from ._features import features_figure, per_feature
from ._held_out_rows import held_out_figures, held_out_tables
from ._kept_pictures import kept_shades
from ._mapped_codes import MappedCodes
from ._meaning_measures import measure_meanings
from ._outcomes import Outcome, filters_figure, loss_name, losses_figure, network_facts
from ._pixel_range import value_range
from ._sample_measures import measure_samples
from ._shown_rows import n_best, rows_in_order, strange_cells, strangest_figures, table_of_rows
from ._table_measures import levels_shown, missing_table

__all__ = ["grid_values", "measure_codes"]

_N_SHOWN = 10


def measure_codes(
    estimator: BaseAutoencoder,
    dataset: Dataset,
    parts: Parts,
    *,
    label: str,
    decompose: Callable[..., Any] = fit_pca,
    map: str | None = "pca",
    loss: str | None = None,
) -> Outcome:
    """Measure a fitted autoencoder and PCA.

    Parameters
    ----------
    estimator : BaseAutoencoder
        Fitted on the training rows.
    dataset : Dataset
        The source.
    parts : Parts
        Rows of the source, split.
    label : str
        Name of the model in the verdict.
    decompose : callable, default=fit_pca
        Function that fits PCA, as for ``beside_pca``.
    map : {"pca", "umap"} or None, default="pca"
        Layout of the map of codes; None for no map.
    loss : str, default=None
        Name of the loss in the figure of its curves; None is that of the parameter.

    Returns
    -------
    Outcome
    """
    figures = beside_pca(estimator, parts.X, parts.X_held_out, decompose=decompose)
    errors = estimator.reconstruction_error(parts.shown[0])
    Z = estimator.transform(parts.shown[0])
    codes = None
    if map is not None:
        codes = MappedCodes.of(Z, parts.shown[1], method=map, seed=estimator.seed_)
    which, ours, pca = figures.judged
    of_samples, sample_figures = measure_samples(estimator, dataset, parts)
    of_units, unit_figures, units = measure_meanings(estimator, dataset, parts)
    tables, of_levels = levels_shown(estimator, parts, figures.pca, which=which)
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
        title=Message("{name}: code size {n}", name=dataset.name, n=k),
        verdict=verdict(
            label,
            ours.squared_error,
            pca.squared_error,
            latent_dim=estimator.n_active_,
            n_features=estimator.preprocessor_.n_encoded,
            rows=which,
            pca_explained=pca.as_dict()["variance_explained"],
            is_undertrained=may_be_undertrained(estimator)
            or is_underfit(estimator, figures.model_train, figures.pca_train),
            models_likelihood=hasattr(estimator, "log_likelihood"),
        ),
        model=network_facts(estimator),
        results=numbers,
        table=_table(numbers, which, estimator, figures),
        figures=[
            losses_figure(estimator, loss_name(estimator) if loss is None else loss),
            *_figures(estimator, dataset, parts, figures, errors, codes, Z),
            *unit_figures,
            *sample_figures,
            *of_levels,
        ],
        beside=figures,
        more={
            "per_feature": per_feature(dataset, ours),
            "tables": [
                *held_out_tables(estimator, dataset, parts, which),
                *table_of_rows(estimator, dataset, parts),
                *tables,
                *missing_table(estimator, parts),
                *strange_cells(estimator, dataset, parts.shown[0], parts.shown_numbers, errors),
                *of_units,
                *of_samples,
            ],
            **units,
        },
        codes=None if codes is None else codes.sample,
        code_numbers=None if codes is None else parts.shown_numbers[codes.rows],
    )


def _figures(
    estimator: BaseAutoencoder,
    dataset: Dataset,
    parts: Parts,
    figures: BesidePCA,
    errors: NDArray[np.float64],
    codes: MappedCodes | None,
    Z: Any,
) -> list[FigureSpec]:
    which, ours, _ = figures.judged
    return [
        *_reconstructions(estimator, dataset, parts, errors, Z, which),
        *([] if codes is None else _maps(dataset, codes, errors, which)),
        *_sizes(estimator, parts, figures.pca, ours.squared_error),
        *features_figure(dataset, ours, which),
        *strangest_figures(estimator, dataset, parts, errors),
        *filters_figure(estimator, dataset.picture_shape),
    ]


def _reconstructions(
    estimator: BaseAutoencoder,
    dataset: Dataset,
    parts: Parts,
    errors: NDArray[np.float64],
    Z: Any,
    which: str,
) -> list[FigureSpec]:
    if not dataset.picture_shape:
        return []
    chosen = rows_in_order(errors, most=_N_SHOWN, Z=Z)
    caption = Message(
        "Of {total:,} {rows} pictures, those with the smallest, median and largest error, each "
        "above its reconstruction (code size {n}).",
        total=len(errors),
        rows=which,
        n=estimator.latent_dim_,
    )
    if len(chosen) > 1:
        n = len(next(iter(chosen.values())))
        remark = Message(
            "Best: of the {total:,} with the smallest errors, the {n} whose codes differ most.",
            total=n_best(len(errors), n),
            n=n,
        )
        caption = two_sentences(caption, remark)
    pictures = np.asarray(parts.shown[0][np.concatenate(list(chosen.values()))])
    values = grid_values(estimator, pictures, dataset.picture_shape, names=list(chosen))
    ends = values["value_range"] or (float(pictures.min()), float(pictures.max()))
    for name in ("X", "X_hat"):
        values[name], shape = kept_shades(values[name], dataset.picture_shape, ends)
    values |= {"picture_shape": shape, "value_range": (0, 255)}
    title = Message("Best, median and worst")
    first = grid_values(estimator, parts.shown[0][:_N_SHOWN], dataset.picture_shape)
    return [
        *held_out_figures(estimator, parts, first, which),
        FigureSpec(
            "reconstructions.svg",
            "reconstructions",
            title,
            caption,
            "reconstruction_grid",
            values,
        ),
    ]


def _maps(
    dataset: Dataset, codes: MappedCodes, errors: NDArray[np.float64], which: str
) -> list[FigureSpec]:
    by_label = {"Z": codes.layout, "y": codes.labels, "label_name": dataset.label_name}
    by_error = {
        "Z": codes.layout,
        "y": errors[codes.rows],
        "label_name": Message("error"),
        "is_scale": True,
    }
    caption = Message(
        "The same codes, coloured by the mean squared error of the row in scaled units."
    )
    return [
        FigureSpec(
            "code_map.svg",
            "map",
            Message("Map of codes"),
            two_sentences(_map_caption(dataset, codes.labels, which), codes.layout.caption),
            "code_map",
            by_label,
        ),
        FigureSpec(
            "error_map.svg",
            "map",
            Message("Map of codes by error"),
            caption,
            "code_map",
            by_error,
        ),
    ]


def _map_caption(dataset: Dataset, y: NDArray[Any] | None, which: str) -> Message:
    if y is None:
        return Message("Codes of {rows} rows.", rows=which)
    if has_colours(y):
        return Message(
            "Codes of {rows} rows, coloured by label. Labels were not used in training.", rows=which
        )
    return Message(
        "Codes of {rows} rows, not coloured: {label} has too many values.",
        rows=which,
        label=dataset.label_name or Message("the label"),
    )


def _sizes(
    estimator: BaseAutoencoder, parts: Parts, pca: Components, error: float
) -> list[FigureSpec]:
    errors = pca_errors(estimator, parts.X, parts.X_held_out, pca=pca)
    if errors is None:
        return []
    k = estimator.n_active_
    enough = int(np.argmax(errors <= error)) if (errors <= error).any() else None
    caption = (
        Message("PCA does not reach the error of the model with any number of components.")
        if enough is None
        else Message.plural(
            "PCA needs {n:,} component to reach the error of the model at code size {k:,}.",
            "PCA needs {n:,} components to reach the error of the model at code size {k:,}.",
            enough,
            k=k,
        )
    )
    values = {"pca_errors": errors, "latent_dim": k, "error": error}
    title = Message("PCA by number of components")
    return [FigureSpec("pca_sizes.svg", "pca", title, caption, "pca_sizes", values)]


def grid_values(
    estimator: BaseAutoencoder,
    X: NDArray[Any],
    picture_shape: Sequence[int],
    *,
    names: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the arguments of ``reconstruction_grid``, with black and white as in training.

    Parameters
    ----------
    estimator : BaseAutoencoder
        Fitted.
    X : ndarray of shape (n_pictures, n_features)
        Pictures to draw.
    picture_shape : sequence of int
        (height, width) or (height, width, 3).
    names : sequence of str, default=()
        Names of the lines, over which the pictures are distributed.

    Returns
    -------
    dict
        Keyword arguments.
    """
    X = np.asarray(X)
    return {
        "X": X,
        "X_hat": estimator.reconstruct(X),
        "picture_shape": tuple(picture_shape),
        "value_range": value_range(estimator),
        "names": list(names),
    }


def _is_trained_on_pixels(estimator: BaseAutoencoder) -> bool:
    """Return whether the training loss is the mean squared error of scaled pixels."""
    preprocessor = estimator.preprocessor_
    is_squared = estimator.get_params().get("loss") == "mean_squared_error"
    return is_squared and preprocessor.picture_shape is not None and preprocessor.layout is None


def _table(
    numbers: dict[str, Any], which: str, estimator: BaseAutoencoder, figures: BesidePCA
) -> dict[str, Any]:
    part = "held_out" if which == "held-out" else "train"
    ends = value_range(estimator) if _is_trained_on_pixels(estimator) else None

    def row(model: str) -> list[Any]:
        held_out = numbers[model]["held_out"]
        return [
            f"{model} ({estimator.n_active_ if model == 'PCA' else estimator.latent_dim_})",
            numbers[model]["train"]["squared_error"],
            None if held_out is None else held_out["squared_error"],
            numbers[model][part]["variance_explained"],
            *([] if ends is None else [numbers[model][part]["mean_squared_error"]]),
        ]

    caption = Message(
        "Squared error per row: sum over features, in scaled units (scaling: {scaling}). Variance "
        "explained on {rows} rows.",
        scaling=estimator.scaling_.kind,
        rows=which,
    )
    if ends is not None:
        remark = Message(
            "MSE per pixel: the loss of the training, the mean squared error of pixels from "
            "{low:g} to 1, on {rows} rows.",
            low=-1 if estimator.scaling_.kind == "symmetric" else 0,
            rows=which,
        )
        caption = two_sentences(caption, remark)
    if figures.n_rows_pca != figures.model_train.n_rows:
        n = figures.n_rows_pca
        fitted_on = Message("PCA was fitted on {n_rows:,} of the training rows.", n_rows=n)
        caption = two_sentences(caption, fitted_on)
    return {
        "columns": [
            "",
            Message("train error"),
            Message("held-out error"),
            Message("variance explained"),
            *([] if ends is None else [Message("MSE per pixel")]),
        ],
        "shares": ["variance explained"],
        "rows": [row(model) for model in numbers],
        "caption": caption,
    }
