"""Figure of how often the latents of a sparse autoencoder are used."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator
from numpy.typing import ArrayLike

from .._translation import Message, translate
from ..errors import UsageError
from ._shown_text import drawable
from ._style import BLUE, INK, grid, house_style, new_figure, no_minor_ticks, root_figure

__all__ = ["latent_densities"]

_PER_DECADE = 8


def latent_densities(
    densities: ArrayLike,
    expected: float | None = None,
    *,
    ax: Axes | None = None,
    language: str = "en",
) -> Figure:
    """Draw the distribution of the latents' densities, on a logarithmic axis.

    Parameters
    ----------
    densities : array-like of shape (n_latents,)
        Share of the rows whose code contains the latent, in [0, 1]. Those of 0, dead latents, are
        not drawn.
    expected : float, optional
        Density if all latents were used equally often, drawn as a line.
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
        If no density is above 0, or one is not in [0, 1].
    """
    values = np.asarray(densities, dtype=np.float64)
    live = values[values > 0]
    if not len(live) or not (values.min() >= 0 and values.max() <= 1):
        raise UsageError(
            "`densities` of latent_densities must be from 0 to 1, and at least one above 0. Got "
            f"{len(live)} above 0 of {len(values)}."
        )
    language = drawable(language)
    lowest = math.floor(math.log10(live.min()))
    edges = np.logspace(lowest, 0, -lowest * _PER_DECADE + 1 if lowest else 2)
    with house_style(language):
        axes = new_figure(5.8, 3.0).add_subplot() if ax is None else ax
        axes.hist(live, edges.tolist(), color=BLUE)
        axes.set_xscale("log")
        if expected is not None:
            name = translate(Message("if all were used equally"), language)
            axes.axvline(expected, color=INK, lw=1.2, ls=(0, (4, 2)), label=name)
            axes.legend()
        axes.xaxis.set_major_locator(LogLocator(numticks=12))
        no_minor_ticks(axes.xaxis)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.6g}%"))
        axes.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        axes.set_xlabel(translate(Message("share of rows with the latent (log scale)"), language))
        axes.set_ylabel(translate(Message("latents"), language))
        grid(axes, "y")
    return root_figure(axes)
