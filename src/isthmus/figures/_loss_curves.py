"""Figure of losses over epochs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from .._stage_names import stage_name
from .._translation import Message, translate
from ..errors import UsageError
from ._shown_text import drawable, dress, showable
from ._style import (
    BLUE,
    INK,
    MUTED,
    ORANGE,
    grid,
    house_style,
    new_figure,
    root_figure,
    say,
    scale_losses,
)

_PARTS = {  # by their names in the history
    "reconstruction": Message("reconstruction"),
    "kl": Message("divergence from the prior"),
    "active": Message("latents per row"),
    "dead": Message("share of dead latents"),
    "auxiliary": Message("loss of dead latents"),
}
_PANELS_IN_A_ROW = 2  # with more, a phone would show them too small to read


def loss_curves(
    history: Sequence[Mapping[str, Any]],
    *,
    best_epoch: int | None = None,
    loss_name: str | None = None,
    parts: Sequence[str] = (),
    ax: Axes | None = None,
    language: str = "en",
) -> Figure:
    """Draw the training loss and the held-out loss of every epoch.

    The loss axis is logarithmic if the losses span more than a factor of ten. Each stage of a
    training has its own panel and loss axis, because stages reconstruct different things. So has
    each part of the loss.

    Parameters
    ----------
    history : sequence of mappings
        One record per epoch, in order, with ``epoch`` (int) and ``train_loss``; optionally with
        ``validation_loss`` and ``stage`` (an int or a name). A loss that is None, NaN or
        infinite is skipped.
    best_epoch : int, optional
        Epoch to mark, in the last stage if there are several.
    loss_name : str, optional
        Label of the loss axis; default: "mean squared error".
    parts : sequence of str, optional
        Parts of the loss to draw, by their names in the records, if the training has no stages.
    ax : matplotlib.axes.Axes, default=None
        Axes to draw into; None creates a figure. Several panels replace them.
    language : {"en", "zh"}, default="en"
        Language of the figure; English, with a warning, if no font supports it.

    Returns
    -------
    matplotlib.figure.Figure
        5.8 inches wide for one stage, or that of ``ax``.

    Raises
    ------
    UsageError
        If ``history`` has no records, or ``ax`` is not a subplot and there are several panels.
    """
    if not history:
        raise UsageError("`history` of loss_curves must have at least one epoch. Got none.")
    stages: dict[Any, list[Mapping[str, Any]]] = {}
    for record in history:
        stages.setdefault(record.get("stage"), []).append(record)
    parts = parts if len(stages) == 1 else ()
    shown = (
        _of_parts(history, parts)
        if parts
        else [
            (None if stage is None else stage_name(stage), records)
            for stage, records in stages.items()
        ]
    )
    whole = 0 if parts else len(shown) - 1  # of the total, or of the last stage
    language = drawable(language)
    with house_style(language):
        across = min(len(shown), _PANELS_IN_A_ROW)
        panels = _panels(ax, len(shown), across)
        for at, (title, records) in enumerate(shown):
            axes, is_whole = panels[at], at == whole
            if at % across == 0 and not (parts and at):
                axes.set_ylabel(
                    showable(loss_name or Message("mean squared error"), 40, language=language)
                )
            best = best_epoch if is_whole else None
            _draw_stage(axes, records, best, language, with_legend=is_whole)
            dress(axes.yaxis.label)
            if title is not None:
                limit = 28 if across > 1 else 60
                dress(axes.set_title(showable(title, limit, language=language)))
    return root_figure(panels[0])


def _of_parts(
    history: Sequence[Mapping[str, Any]], parts: Sequence[str]
) -> list[tuple[str | None, list[Mapping[str, Any]]]]:
    """Return the title and the records of a panel for the total, and for each part."""
    return [
        (Message("total"), list(history)),
        *((_PARTS.get(part, part), _records_of(history, part)) for part in parts),
    ]


def _records_of(history: Sequence[Mapping[str, Any]], part: str) -> list[Mapping[str, Any]]:
    """Return records whose losses are those of a part."""
    return [
        {
            "epoch": record["epoch"],
            "train_loss": record.get(part),
            "validation_loss": record.get(f"validation_{part}"),
        }
        for record in history
    ]


def _panels(ax: Axes | None, n: int, across: int) -> list[Axes]:
    """Return axes for each stage: in a new figure, or in the place of the given axes."""
    down = math.ceil(n / across)
    if ax is None:
        figure = new_figure(5.8 if across == 1 else 2.9 * across + 0.4, 3.3 * down)
        return [figure.add_subplot(down, across, at + 1) for at in range(n)]
    if n == 1:
        return [ax]
    place = ax.get_subplotspec()
    if place is None:
        raise UsageError(
            f"`ax` must be a subplot, as of `matplotlib.pyplot.subplots`, for the {n} stages or "
            "parts of this training. Got axes placed by hand."
        )
    ax.set_axis_off()
    cells = place.subgridspec(down, across)
    return [root_figure(ax).add_subplot(cells[divmod(at, across)]) for at in range(n)]


def _draw_stage(
    axes: Axes,
    records: Sequence[Mapping[str, Any]],
    best_epoch: int | None,
    language: str,
    *,
    with_legend: bool,
) -> None:
    epochs = np.array([int(record["epoch"]) for record in records])
    train = _losses(records, "train_loss")
    held_out = _losses(records, "validation_loss")
    everything = np.concatenate([train, held_out])
    if not np.isfinite(everything).any():
        say(axes, Message("No epoch has a finite loss."), language)
        return
    marks: dict[str, Any] = {"marker": "o", "markersize": 3.5} if len(epochs) <= 30 else {}
    axes.plot(epochs, train, color=BLUE, lw=1.6, label=translate(Message("training"), language),
              **marks)  # fmt: skip
    if np.isfinite(held_out).any():
        axes.plot(epochs, held_out, color=ORANGE, lw=1.6, ls=(0, (5, 1.4)),
                  label=translate(Message("validation"), language), **marks)  # fmt: skip
        _mark_best(axes, epochs, held_out, best_epoch, language)
    else:
        _mark_best(axes, epochs, train, best_epoch, language)
    scale_losses(axes, everything, language)
    axes.set_xlabel(translate(Message("epoch"), language))
    axes.set_xlim(*_limits(epochs))
    axes.set_xticks(_epoch_ticks(epochs))
    grid(axes, "y")
    if with_legend:
        axes.legend(loc="best")


def _losses(records: Sequence[Mapping[str, Any]], key: str) -> NDArray[np.float64]:
    values = (record.get(key) for record in records)
    losses = np.array([np.nan if value is None else float(value) for value in values])
    losses[~np.isfinite(losses)] = np.nan
    return losses


def _mark_best(
    axes: Axes,
    epochs: NDArray[Any],
    losses: NDArray[np.float64],
    best_epoch: int | None,
    language: str,
) -> None:
    at = np.flatnonzero(epochs == best_epoch) if best_epoch is not None else np.array([], int)
    if not len(at) or not np.isfinite(losses[at[0]]):
        return
    best = Message("best: {loss:.3g} at epoch {epoch}", loss=losses[at[0]], epoch=best_epoch)
    axes.axvline(epochs[at[0]], color=MUTED, lw=0.9, ls=":", zorder=1)
    axes.plot(
        [epochs[at[0]]], [losses[at[0]]], ls="none", marker="o", markersize=8.5, mfc="none",
        mec=INK, mew=1.3, label=translate(best, language),
    )  # fmt: skip


def _epoch_ticks(epochs: NDArray[Any]) -> list[int]:
    first, last = int(epochs.min()), int(epochs.max())
    if first == last:
        return [first]
    wanted = MaxNLocator(nbins=7, steps=[1, 2, 5, 10], integer=True).tick_values(first, last)
    return [int(tick) for tick in wanted if first <= tick <= last]


def _limits(epochs: NDArray[Any]) -> tuple[float, float]:
    first, last = int(epochs.min()), int(epochs.max())
    margin = max(0.5, 0.02 * (last - first)) if last > first else 0.5
    return first - margin, last + margin
