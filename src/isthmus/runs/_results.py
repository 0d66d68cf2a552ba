"""What every run leaves to look at: figures, numbers, the report."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from numpy.typing import NDArray

from ..data import Dataset
from ..evaluation import BesidePCA
from ..report import first_layer_filters, loss_curves, save_figure
from ._parts import Parts

__all__ = [
    "Drawn",
    "Outcome",
    "draw_filters",
    "draw_losses",
    "network_facts",
    "report_document",
    "save_drawn",
]

Drawn = tuple[str, str, str, Figure]  # file, title, caption, figure


@dataclass(frozen=True, eq=False)
class Outcome:
    """What was measured, and drawn, of one kind of estimator.

    Attributes
    ----------
    title, verdict : str
        The report's.
    model : dict
        Facts of the fitted model.
    results : dict
        All figures, by model.
    table : dict
        The report's table.
    drawn : list of tuple
        File, title, caption and figure of each picture.
    beside : BesidePCA, default=None
        Figures of its reconstructions, if it makes some.
    """

    title: str
    verdict: str
    model: dict[str, Any]
    results: dict[str, Any]
    table: dict[str, Any]
    drawn: list[Drawn]
    beside: BesidePCA | None = None


def network_facts(estimator: Any) -> dict[str, Any]:
    """Return what a report tells of an estimator that has one network.

    Parameters
    ----------
    estimator : estimator
        Fitted.

    Returns
    -------
    dict
    """
    return {
        "latent_dim": estimator.latent_dim_,
        "scaling": estimator.scaling_.kind,
        "weights": sum(p.numel() for p in estimator.network_.parameters()),
        "epochs": len(estimator.history_),
        "best_epoch": estimator.best_epoch_,
    }


def draw_losses(estimator: Any, loss: str, *, caption: str | None = None) -> Drawn:
    """Draw the loss of each epoch, stage by stage.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    loss : str
        What the axis says.
    caption : str, default=None
        What stands below; None tells of layers that learn in turn, if they do.

    Returns
    -------
    tuple
        File, title, caption and figure.
    """
    epoch = getattr(estimator, "best_epoch_", None)  # where there is one network
    best = epoch if epoch is not None and epoch < len(estimator.history_) else None
    if caption is None:
        in_stages = "stage" in estimator.history_[0]
        caption = f"{loss.capitalize()} of the scaled rows after each epoch"
        caption += ", and of the features that each layer learns from." if in_stages else "."
    figure = loss_curves(estimator.history_, best_epoch=best, loss_name=loss)
    return "loss_curves.svg", "Loss curves", caption, figure


def draw_filters(weight: NDArray[Any] | None, picture_shape: Sequence[int] | None) -> list[Drawn]:
    """Draw what the first layer looks for, if there are pictures and weights.

    Parameters
    ----------
    weight : ndarray of shape (n_units, n_features) or None
        Of the first layer.
    picture_shape : sequence of int or None
        (height, width) or (height, width, 3).

    Returns
    -------
    list of tuple
        One or none.
    """
    if weight is None or not picture_shape:
        return []
    caption = (
        f"What {min(100, len(weight))} of {len(weight):,} units of the first layer look for: "
        "white is wanted, black unwanted, grey does not matter."
    )
    figure = first_layer_filters(weight, tuple(picture_shape))
    return [("filters.png", "First-layer filters", caption, figure)]


def save_drawn(folder: Path, drawn: Sequence[Drawn]) -> list[dict[str, str]]:
    """Write figures, and return what the report says of each.

    Parameters
    ----------
    folder : pathlib.Path
        Made if need be.
    drawn : sequence of tuple
        File, title, caption and figure of each.

    Returns
    -------
    list of dict
    """
    folder.mkdir(exist_ok=True)
    for file, _, _, figure in drawn:
        save_figure(figure, folder / file)
    return [
        {"file": f"figures/{file}", "title": title, "caption": caption}
        for file, title, caption, _ in drawn
    ]


def report_document(
    folder: Path,
    config: dict[str, Any],
    dataset: Dataset,
    parts: Parts,
    estimator: Any,
    outcome: Outcome,
    shown: list[dict[str, str]],
    facts: dict[str, Any],
) -> dict[str, Any]:
    return {
        "title": outcome.title,
        "created": datetime.now().astimezone().isoformat(timespec="seconds"),
        "verdict": outcome.verdict,
        "results": outcome.results,
        "table": outcome.table,
        "figures": shown,
        "source": {
            "name": dataset.name,
            "kind": dataset.kind,
            "n_rows_train": parts.X.shape[0],
            "n_rows_held_out": parts.X_held_out.shape[0],
            "held_out": parts.rule,
            "n_features": estimator.n_features_in_,
            "fingerprint": facts["data"],
            "notes": list(dataset.notes),
        },
        "model": {"estimator": type(estimator).__name__, **outcome.model},
        "settings": config["parameters"],
        "environment": facts,
        "command": f"isthmus train --config {shlex.quote(str(folder / 'config.yaml'))}",
        "run": str(folder),
    }
