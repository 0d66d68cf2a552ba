"""Figure of the learning curves of several runs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from .._translation import Message, translate
from ..errors import UsageError
from ._shown_text import drawable, dress, showable
from ._style import BLUE, CLASS_COLOURS, GREY, grid, house_style, new_figure, scale_losses

__all__ = ["overlaid_curves"]

_NAMED = 8  # the legend stays beside the curves


def overlaid_curves(
    curves: Mapping[str, Mapping[int, float]], *, y_name: str, language: str = "en"
) -> Figure:
    """Draw the losses of several runs over their epochs in the same axes.

    Parameters
    ----------
    curves : mapping of str to mapping of int to float
        Loss of each epoch, by the name of the run, the best run first. The first eight have a
        colour and a name; others are grey.
    y_name : str
        Label of the loss axis, which is logarithmic if losses span more than a factor of ten.
    language : {"en", "zh"}, default="en"
        Language of the figure; English, with a warning, if no font supports it.

    Returns
    -------
    matplotlib.figure.Figure
        7.4 inches wide.

    Raises
    ------
    UsageError
        If there is no loss.
    """
    if not any(curves.values()):
        raise UsageError("`curves` of overlaid_curves must have at least one loss. Got none.")
    language = drawable(language)
    named = dict(list(curves.items())[:_NAMED])
    others = [curve for name, curve in curves.items() if name not in named]
    colours = (BLUE, *CLASS_COLOURS[1:])
    with house_style(language):
        figure = new_figure(7.4, 3.5)
        axes = figure.add_subplot()
        label = translate(Message("{n} other runs", n=len(others)), language)
        for k, curve in enumerate(others):
            axes.plot([*curve], [*curve.values()], color=GREY, lw=0.9, zorder=1,
                      label=None if k else label)  # fmt: skip
        for (name, curve), colour in zip(named.items(), colours, strict=False):
            marks = "o" if len(curve) <= 30 else None
            axes.plot([*curve], [*curve.values()], color=colour, lw=1.6, marker=marks,
                      markersize=3, label=showable(name, 30, middle=True))  # fmt: skip
        losses = np.array([loss for curve in curves.values() for loss in curve.values()])
        axes.set_ylabel(showable(y_name, 60, language=language))
        if np.isfinite(losses).any():
            scale_losses(axes, np.where(np.isfinite(losses), losses, np.nan), language)
        dress(axes.yaxis.label)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=7, integer=True))
        axes.set_xlabel(translate(Message("epoch"), language))
        grid(axes, "y")
        for text in figure.legend(loc="outside right upper").get_texts():
            dress(text)
    return figure
