"""Figure of the divergence of each unit of a variational code."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from .._translation import Message, translate
from ..errors import UsageError
from ._shown_text import drawable
from ._style import BLUE, ORANGE, grid, house_style, new_figure, root_figure

__all__ = ["unit_divergences"]


def unit_divergences(
    divergences: ArrayLike,
    active: ArrayLike,
    *,
    ax: Axes | None = None,
    language: str = "en",
) -> Figure:
    """Draw the divergence of each unit from the prior as bars, largest first.

    Parameters
    ----------
    divergences : array-like of shape (latent_dim,)
        Divergence of each unit, in nats.
    active : array-like of shape (latent_dim,), bool
        Whether a unit's codes vary between rows; the bars of others have another colour.
    ax : matplotlib.axes.Axes, default=None
        Axes to draw into; None creates a figure.
    language : {"en", "zh"}, default="en"
        Language of the figure; English, with a warning, if no font supports it.

    Returns
    -------
    matplotlib.figure.Figure
        5.8 inches wide, or that of ``ax``.

    Raises
    ------
    UsageError
        If there are no units, or the lengths differ.
    """
    heights, is_active = np.asarray(divergences, np.float64), np.asarray(active, bool)
    if heights.ndim != 1 or not len(heights) or is_active.shape != heights.shape:
        raise UsageError(
            "unit_divergences requires one divergence and one value of `active` per unit, of at "
            f"least one unit. Got shapes {heights.shape} and {is_active.shape}."
        )
    language = drawable(language)
    order = np.argsort(-heights, kind="stable")
    with house_style(language):
        axes = new_figure(5.8, 2.4).add_subplot() if ax is None else ax
        for of_kind, colour, label in (
            (is_active, BLUE, Message("active")),
            (~is_active, ORANGE, Message("not active")),
        ):
            at = np.flatnonzero(of_kind[order])
            if len(at):
                axes.bar(at + 1, heights[order][at], width=0.8, color=colour,
                         label=translate(label, language))  # fmt: skip
        axes.set_xlabel(translate(Message("unit, by divergence"), language))
        axes.set_ylabel(translate(Message("divergence (nats)"), language))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
        axes.set_xlim(0.4, len(heights) + 0.6)
        axes.set_ylim(bottom=0)
        grid(axes, "y")
        if not is_active.all():
            axes.legend(loc="upper right")
    return root_figure(axes)
