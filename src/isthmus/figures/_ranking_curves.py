"""Figure of how well scores find labelled anomalies: ROC and precision-recall curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from .._translation import Message, translate
from ..errors import UsageError
from ._shown_text import drawable, dress, showable
from ._style import BLUE, CLASS_COLOURS, GREY, INK, grid, house_style, new_figure

__all__ = ["ranking_curves"]


def ranking_curves(
    names: Sequence[object],
    roc: ArrayLike,
    precision_recall: ArrayLike,
    *,
    at: Sequence[float] = (),
    prevalence: float | None = None,
    language: str = "en",
) -> Figure:
    """Draw ROC curves and precision-recall curves side by side.

    Parameters
    ----------
    names : sequence of length n_models
        Names of the models; the first is drawn thicker.
    roc : array-like of shape (n_models, 2, n_points)
        False and true positive rates, ascending.
    precision_recall : array-like of shape (n_models, 2, n_points)
        Recalls, ascending, and precisions.
    at : sequence of four floats, default=()
        False positive rate, true positive rate, recall and precision of the first model at its
        threshold, which are marked.
    prevalence : float, default=None
        Share of anomalies, which is the precision of a random order.
    language : {"en", "zh"}, default="en"
        Language of the figure; English, with a warning, if no font supports it.

    Returns
    -------
    matplotlib.figure.Figure
        6.8 inches wide.

    Raises
    ------
    UsageError
        If there are no models, or not as many names as curves.
    """
    left, right = (np.asarray(curves, dtype=np.float64) for curves in (roc, precision_recall))
    for curves in (left, right):
        if curves.ndim != 3 or curves.shape[1] != 2 or not 0 < len(curves) == len(names):
            raise UsageError(
                "ranking_curves requires curves of shape (n_models, 2, n_points), and a name for "
                f"each model. Got shapes {left.shape} and {right.shape}, and {len(names)} names."
            )
    language = drawable(language)
    shown = [showable(name, 80, language=language) for name in names]
    with house_style(language):
        figure = new_figure(6.8, 3.7 + 0.2 * len(shown))
        for axes, curves, ends in zip(
            figure.subplots(1, 2),
            (left, right),
            (
                (Message("false positive rate"), Message("true positive rate")),
                (Message("recall"), Message("precision")),
            ),
            strict=True,
        ):
            _draw(axes, curves, shown)
            axes.set_xlabel(translate(ends[0], language))
            axes.set_ylabel(translate(ends[1], language))
        roc_axes, pr_axes = figure.axes
        roc_axes.plot([0, 1], [0, 1], color=GREY, lw=0.9, ls=":", zorder=1)
        if prevalence is not None:
            pr_axes.axhline(prevalence, color=GREY, lw=0.9, ls=":", zorder=1)
        if len(at) == 4:
            label = translate(Message("threshold"), language)
            look: dict[str, Any] = {
                "ls": "none",
                "marker": "o",
                "markersize": 8,
                "mfc": "none",
                "mec": INK,
            }
            roc_axes.plot(at[0], at[1], label=label, **look)
            pr_axes.plot(at[2], at[3], **look)
        handles, labels = roc_axes.get_legend_handles_labels()
        legend = figure.legend(handles, labels, loc="outside lower center")
        for text in legend.get_texts():
            dress(text)
    return figure


def _draw(axes: Axes, curves: NDArray[np.float64], names: Sequence[str]) -> None:
    others = iter(CLASS_COLOURS[1:])
    for k, ((x, y), name) in enumerate(zip(curves, names, strict=True)):
        colour, width = (BLUE, 2.0) if k == 0 else (next(others, GREY), 1.2)
        axes.plot(x, y, color=colour, lw=width, label=name, zorder=3 if k == 0 else 2)
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.set_aspect("equal")
    grid(axes, "both")
