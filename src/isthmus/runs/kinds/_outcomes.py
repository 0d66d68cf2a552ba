"""What every run leaves to look at: figures, numbers, the report."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from matplotlib.figure import Figure
from numpy.typing import NDArray

from ..._language import Sentence
from ...evaluation import BesidePCA
from ...figures import first_layer_filters, loss_curves, save_figure
from ...sources import Dataset
from .._parts import Parts

__all__ = [
    "Drawn",
    "Outcome",
    "draw_filters",
    "draw_losses",
    "loss_name",
    "network_facts",
    "report_document",
    "save_drawn",
    "two_sentences",
]


class Drawn(NamedTuple):
    """A figure: its file, the section of the page where it stands, and what stands beside it."""

    file: str
    section: str
    title: str
    caption: str
    figure: Figure


_LOSSES = {  # by the estimators' names
    "mean_squared_error": Sentence("mean squared error"),
    "binary_cross_entropy": Sentence("binary cross-entropy"),
    "huber": Sentence("Huber loss"),
    "log_cosh": Sentence("log-cosh loss"),
    "multinomial": Sentence("multinomial loss"),
}


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
    drawn : list of Drawn
        The figures.
    beside : BesidePCA, default=None
        Figures of its reconstructions, if it makes some.
    more : dict
        Further parts of the report's document: ``tables``, ``per_feature``.
    """

    title: str
    verdict: str
    model: dict[str, Any]
    results: dict[str, Any]
    table: dict[str, Any]
    drawn: list[Drawn]
    beside: BesidePCA | None = None
    more: dict[str, Any] = field(default_factory=dict)


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


def draw_losses(
    estimator: Any, loss: str, *, caption: str | None = None, language: str = "en"
) -> Drawn:
    """Draw the loss of each epoch, stage by stage.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    loss : str
        What the axis says.
    caption : str, default=None
        What stands below; None tells of layers that learn in turn, if they do.
    language : {"en", "zh"}, default="en"
        Of the figures.

    Returns
    -------
    Drawn
    """
    epoch = getattr(estimator, "best_epoch_", None)  # where there is one network
    best = epoch if epoch is not None and epoch < len(estimator.history_) else None
    if caption is None:
        caption = Sentence(
            "Loss of the scaled rows after each epoch, and of the features that each layer learns "
            "from."
            if "stage" in estimator.history_[0]
            else "Loss of the scaled rows after each epoch."
        )
    figure = loss_curves(estimator.history_, best_epoch=best, loss_name=loss, language=language)
    return Drawn("loss_curves.svg", "curves", Sentence("Loss curves"), caption, figure)


def loss_name(estimator: Any) -> str:
    """Return what the loss of an estimator is called, for people."""
    name = getattr(estimator, "loss", "mean_squared_error")
    return _LOSSES.get(name, str(name).replace("_", " "))


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
    list of Drawn
        One or none.
    """
    if weight is None or not picture_shape:
        return []
    caption = Sentence(
        "What {n} of {total:,} {total:unit|units} of the first layer {n:looks|look} for: white is "
        "wanted, black unwanted, grey does not matter.",
        n=min(100, len(weight)),
        total=len(weight),
    )
    figure = first_layer_filters(weight, tuple(picture_shape))
    return [Drawn("filters.png", "filters", Sentence("First-layer filters"), caption, figure)]


def two_sentences(first: str, second: str) -> Sentence:
    """Return one after the other, as each language sets them."""
    return Sentence("{first} {second}", first=first, second=second)


def save_drawn(folder: Path, drawn: Sequence[Drawn]) -> list[dict[str, str]]:
    """Write figures, and return what the report says of each.

    Parameters
    ----------
    folder : pathlib.Path
        Made if need be.
    drawn : sequence of Drawn
        Figures.

    Returns
    -------
    list of dict
    """
    folder.mkdir(exist_ok=True)
    for one in drawn:
        save_figure(one.figure, folder / one.file)
    return [
        {
            "file": f"figures/{one.file}",
            "section": one.section,
            "title": one.title,
            "caption": one.caption,
        }
        for one in drawn
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
        **outcome.more,
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
        "settings": _settings(estimator) | config["parameters"],
        "environment": facts,
        "command": f"isthmus train --config {shlex.quote(str(folder / 'config.yaml'))}",
        "run": str(folder),
    }


def _settings(estimator: Any) -> dict[str, Any]:
    """Return an estimator's parameters, but for those that have no value of their own."""
    given = estimator.get_params(deep=False)
    return {name: value for name, value in given.items() if value is not None}
