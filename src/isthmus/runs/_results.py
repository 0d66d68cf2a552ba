"""What a run leaves to look at: figures, numbers, the report."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ..data import Dataset
from ..estimators import BaseAutoencoder
from ..evaluation import BesidePCA, verdict
from ..report import (
    code_map,
    column_errors,
    first_layer_filters,
    has_colours,
    loss_curves,
    reconstruction_grid,
    save_figure,
)
from ._parts import Parts

__all__ = ["draw_figures", "picture_grid", "report_document"]


def draw_figures(
    folder: Path,
    estimator: BaseAutoencoder,
    dataset: Dataset,
    parts: Parts,
    figures: BesidePCA,
) -> list[dict[str, str]]:
    X, y = parts.shown
    which, ours, _ = figures.judged
    best = estimator.best_epoch_ if estimator.best_epoch_ < len(estimator.history_) else None
    loss = getattr(estimator, "loss", "mean_squared_error").replace("_", " ")
    in_stages = "stage" in estimator.history_[0]
    drawn = [
        (
            "loss_curves.svg",
            "Loss curves",
            f"{loss.capitalize()} of the scaled rows after each epoch"
            + (", and of the features that each layer learns from." if in_stages else "."),
            loss_curves(estimator.history_, best_epoch=best, loss_name=loss),
        )
    ]
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
        weight = estimator.first_layer_weight()
        if weight is not None:
            drawn.append(
                (
                    "filters.png",
                    "First-layer filters",
                    f"What {min(100, len(weight))} of {len(weight):,} units of the first layer "
                    "look for: white is wanted, black unwanted, grey does not matter.",
                    first_layer_filters(weight, dataset.picture_shape),
                )
            )
    else:
        names = dataset.feature_names or [f"column {k}" for k in range(X.shape[1])]
        drawn.append(
            (
                "columns.svg",
                "Columns",
                f"Share of each column's variance that comes back, on {which} rows.",
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
    folder.mkdir(exist_ok=True)
    for file, _, _, figure in drawn:
        save_figure(figure, folder / file)
    return [
        {"file": f"figures/{file}", "title": title, "caption": caption}
        for file, title, caption, _ in drawn
    ]


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


def report_document(
    folder: Path,
    config: dict[str, Any],
    dataset: Dataset,
    parts: Parts,
    estimator: BaseAutoencoder,
    figures: BesidePCA,
    shown: list[dict[str, str]],
    facts: dict[str, Any],
) -> dict[str, Any]:
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
    return {
        "title": f"{dataset.name}: {k} numbers a row",
        "created": datetime.now().astimezone().isoformat(timespec="seconds"),
        "verdict": verdict(
            f"the {re.sub('(?<=[a-z])(?=[A-Z])', ' ', name).lower()}",
            ours.squared_error,
            pca.squared_error,
            latent_dim=k,
            n_features=estimator.n_features_in_,
            rows=which,
        ),
        "results": numbers,
        "table": _table(numbers, which, estimator, figures),
        "figures": shown,
        "source": {
            "name": dataset.name,
            "kind": dataset.kind,
            "n_rows_train": len(parts.X),
            "n_rows_held_out": len(parts.X_held_out),
            "held_out": parts.rule,
            "n_features": dataset.X.shape[1],
            "fingerprint": facts["data"],
            "notes": list(dataset.notes),
        },
        "model": {
            "estimator": name,
            "latent_dim": k,
            "scaling": estimator.scaling_.kind,
            "weights": sum(p.numel() for p in estimator.network_.parameters()),
            "epochs": len(estimator.history_),
            "best_epoch": estimator.best_epoch_,
        },
        "settings": config["parameters"],
        "environment": facts,
        "command": f"isthmus train --config {shlex.quote(str(folder / 'config.yaml'))}",
        "run": str(folder),
    }


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
