"""Measurements of an estimator: numbers, and figures as stored values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from ..._translation import Message, gettext_noop, two_sentences
from ...estimators import first_layer_changes
from ...evaluation import BesidePCA
from ...figures import MOST_FILTERS, FigureSpec, filter_shades
from ...objectives import LOSSES
from ...training import parts_of, with_start
from ._kept_pictures import MOST_BYTES, most_pixels

__all__ = [
    "Outcome",
    "filters_figure",
    "loss_name",
    "losses_figure",
    "network_facts",
]


_LOSSES = {  # by parameter value
    "mean_squared_error": Message("mean squared error"),
    "binary_cross_entropy": Message("binary cross-entropy"),
    "huber": Message("Huber loss"),
    "log_cosh": Message("log-cosh loss"),
    "multinomial": Message("multinomial loss"),
    "evidence_bound": Message("negative evidence bound (nats)"),
}


_GREY_FILTERS = gettext_noop(
    "Weights of the units in the first layer (shown: {n} of {total:,}): white is positive, black "
    "is negative, grey is zero."
)
_COLOUR_FILTERS = gettext_noop(
    "Weights of the units in the first layer (shown: {n} of {total:,}), those of the red, green "
    "and blue pixels as red, green and blue on one scale per unit. Grey is zero; more of a colour "
    "than in grey is a positive weight, less is a negative one."
)
_LEAST_CHANGE = 0.5  # relative to the initial norm; of a unit whose filter is shown


@dataclass(frozen=True, eq=False)
class Outcome:
    """Measurements of a fitted estimator.

    Attributes
    ----------
    title, verdict : str
        Title and verdict of the report.
    model : dict
        Facts about the fitted model.
    results : dict
        All metrics, by model.
    table : dict
        Table of the report.
    figures : list of FigureSpec
        Figures with their values.
    beside : BesidePCA, default=None
        Reconstruction metrics, if it reconstructs rows.
    more : dict
        Further parts of the report's document: ``tables``, ``per_feature``.
    codes : ndarray of shape (n, latent_dim), default=None
        Codes of the map, to lay them out by another method.
    code_numbers : ndarray of shape (n,), default=None
        Positions of their rows in the source, from 0.
    """

    title: str
    verdict: str
    model: dict[str, Any]
    results: dict[str, Any]
    table: dict[str, Any]
    figures: list[FigureSpec]
    beside: BesidePCA | None = None
    more: dict[str, Any] = field(default_factory=dict)
    codes: NDArray[Any] | None = None
    code_numbers: NDArray[Any] | None = None


def network_facts(estimator: Any) -> dict[str, Any]:
    """Return the report's facts about an estimator with one network.

    Parameters
    ----------
    estimator : estimator
        Fitted.

    Returns
    -------
    dict
    """
    has_path = getattr(estimator, "linear_path_", False)
    return {
        "latent_dim": estimator.latent_dim_,
        **({"linear_path": True} if has_path else {}),
        "scaling": estimator.scaling_.kind,
        "weights": sum(p.numel() for p in estimator.network_.parameters()),
        "epochs": len(estimator.history_),
        "best_epoch": estimator.best_epoch_,
    }


def losses_figure(
    estimator: Any, loss: str, *, caption: str | None = None, section: str = "curves"
) -> FigureSpec:
    """Return the figure of the loss per epoch, stage by stage.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    loss : str
        Label of the axis.
    caption : str, default=None
        Caption; None describes layer-by-layer training, if there is any.
    section : str, default="curves"
        Section of the page.

    Returns
    -------
    FigureSpec
    """
    epoch = getattr(estimator, "best_epoch_", None)  # of estimators with one network
    best = epoch if epoch is not None and epoch < len(estimator.history_) else None
    if caption is None:
        caption = (
            Message(
                "Loss on the scaled rows after each epoch, and of each layer on its own inputs."
            )
            if "stage" in estimator.history_[0]
            else Message("Loss on the scaled rows after each epoch.")
        )
    parts = parts_of(estimator.history_)
    kept = ("epoch", "train_loss", "validation_loss", "stage", *parts)
    kept += tuple(f"validation_{part}" for part in parts)
    history = [
        {name: r[name] for name in kept if name in r} for r in with_start(estimator.history_)
    ]
    return FigureSpec(
        "loss_curves.svg",
        section,
        Message("Loss curves"),
        caption,
        "loss_curves",
        {
            "history": history,
            "best_epoch": best,
            "loss_name": loss,
            **({"parts": list(parts)} if parts else {}),
        },
    )


def loss_name(estimator: Any) -> str:
    """Return the name of an estimator's loss, for readers."""
    name = getattr(estimator, "loss", "mean_squared_error")
    if estimator.preprocessor_.table is not None and name in LOSSES:
        return Message("loss per cell")  # a mean over columns of several kinds
    return _LOSSES.get(name, str(name).replace("_", " "))


def filters_figure(estimator: Any, picture_shape: Sequence[int] | None) -> list[FigureSpec]:
    """Return the figure of the first layer's weights, for pictures.

    Units whose weights moved by less than half of their initial norm are left out, unless all did.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    picture_shape : sequence of int or None
        (height, width) or (height, width, 3).

    Returns
    -------
    list of FigureSpec
        With at most one item.
    """
    weight = estimator.first_layer_weight() if picture_shape else None
    if weight is None or not picture_shape:
        return []
    total, n_idle = len(weight), 0
    changes = first_layer_changes(estimator)
    if changes is not None and (changes >= _LEAST_CHANGE).any():
        n_idle = int((changes < _LEAST_CHANGE).sum())
        weight = weight[changes >= _LEAST_CHANGE]
    n = min(MOST_FILTERS, len(weight))
    told = _COLOUR_FILTERS if tuple(picture_shape[2:]) == (3,) else _GREY_FILTERS
    caption = Message(told, n=n, total=total)
    if n_idle:
        idle = Message.plural(
            "{n:,} of {total:,} units learned little and is not shown: training moved its weights "
            "by less than half of their initial norm.",
            "{n:,} of {total:,} units learned little and are not shown: training moved their "
            "weights by less than half of their initial norm.",
            n_idle,
            total=total,
        )
        caption = two_sentences(caption, idle)
    most = most_pixels(n, picture_shape, MOST_BYTES)
    shades, shape = filter_shades(weight, tuple(picture_shape), most=most)
    return [
        FigureSpec(
            "filters.svg",
            "filters",
            Message("First-layer filters"),
            caption,
            "first_layer_filters",
            {"weight": shades, "picture_shape": shape},
        )
    ]
