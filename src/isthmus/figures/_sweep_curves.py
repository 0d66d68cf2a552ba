"""Figures of sweeps and searches: errors against parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from .._translation import Message, translate
from ..errors import UsageError
from ._shown_text import drawable, dress, showable
from ._style import BLUE, CLASS_COLOURS, INK, MUTED, grid, house_style, logarithmic, new_figure

__all__ = ["SweepCurve", "search_slices", "sweep_curves"]

_MOST_TICKS = 10
_LONG = 6
_PANELS_ACROSS = 3


@dataclass(frozen=True)
class SweepCurve:
    """Errors of one kind of model.

    Attributes
    ----------
    label : str
        Legend entry.
    errors : mapping
        For each value, one error per seed; values are numbers, texts or None.
    is_baseline : bool, default=False
        Whether to draw it dashed and grey, without its seeds.
    """

    label: str
    errors: Mapping[Any, Sequence[float]]
    is_baseline: bool = False


def sweep_curves(
    curves: Sequence[SweepCurve],
    *,
    x_name: str,
    y_name: str,
    elbow: float | None = None,
    language: str = "en",
) -> Figure:
    """Draw errors against the values of a parameter: the mean of the seeds and a dot for each.

    Values are on a logarithmic axis if they are positive numbers that span a factor of ten, on a
    linear one if they are other numbers, and otherwise side by side. The error axis starts at 0:
    the elbow is judged by this shape of the curve.

    Parameters
    ----------
    curves : sequence of SweepCurve
        At least one, with at least one value.
    x_name, y_name : str
        Axis labels.
    elbow : float, default=None
        Value to mark on the first curve.
    language : {"en", "zh"}, default="en"
        Language of the figure; English, with a warning, if no font supports it.

    Returns
    -------
    matplotlib.figure.Figure
        5.8 inches wide.

    Raises
    ------
    UsageError
        If there is nothing to draw.
    """
    values = list(dict.fromkeys(value for curve in curves for value in curve.errors))
    if not values:
        raise UsageError("`curves` of sweep_curves must have at least one value. Got none.")
    language = drawable(language)
    with house_style(language):
        figure = new_figure(5.8, 3.5)
        axes = figure.add_subplot()
        place = _lay_out(axes, values)
        n_models = sum(not curve.is_baseline for curve in curves)
        colours = iter([BLUE] if n_models == 1 else CLASS_COLOURS * n_models)
        joined = _are_numbers(values)  # no line between categories
        for curve in curves:
            colour = MUTED if curve.is_baseline else next(colours)
            _draw(axes, curve, place, colour, joined=joined, language=language)
        if elbow is not None:
            _mark(axes, place[elbow], float(np.mean(curves[0].errors[elbow])), elbow, language)
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
        dress(axes.set_xlabel(_x_label(axes, showable(x_name, 60, language=language), language)))
        dress(axes.set_ylabel(showable(y_name, 60, language=language)))
        grid(axes, "y")
        for text in axes.legend(loc="best").get_texts():
            dress(text)
    return figure


def search_slices(
    tried: Mapping[str, Sequence[Any]],
    errors: Sequence[float],
    *,
    y_name: str,
    language: str = "en",
) -> Figure:
    """Draw the errors of a search against each parameter, and mark the best one.

    Parameters
    ----------
    tried : mapping of str to sequence
        Values of each parameter, one per error.
    errors : sequence of float
        At least one.
    y_name : str
        Label of the error axes.
    language : {"en", "zh"}, default="en"
        Language of the figure; English, with a warning, if no font supports it.

    Returns
    -------
    matplotlib.figure.Figure
        At most three panels per row.
    """
    best = int(np.argmin(errors))
    named = Message("best: {error:.4g}", error=float(errors[best]))
    language = drawable(language)
    with house_style(language):
        across = min(len(tried), _PANELS_ACROSS)
        down = -(-len(tried) // across)
        figure = new_figure(5.8 if across == 1 else 2.9 * across + 0.4, 3.1 * down)
        for k, (name, values) in enumerate(tried.items()):
            axes = figure.add_subplot(down, across, k + 1)
            place = _lay_out(axes, list(dict.fromkeys(values)), with_own_ticks=False)
            where = [place[value] for value in values]
            axes.plot(where, errors, ls="none", marker="o", markersize=4, color=BLUE, alpha=0.7)
            axes.plot(where[best], errors[best], ls="none", marker="o", markersize=9.5, mfc="none",
                      mec=INK, mew=1.3, label=translate(named, language))  # fmt: skip
            axes.set_ylim(bottom=0)
            dress(axes.set_xlabel(_x_label(axes, showable(name, 40), language)))
            if k % across == 0:
                dress(axes.set_ylabel(showable(y_name, 60, language=language)))
            grid(axes, "y")
        figure.axes[0].legend(loc="best")
    return figure


def _x_label(axes: Axes, name: str, language: str) -> str:
    return logarithmic(name, language) if axes.get_xscale() == "log" else name


def _are_numbers(values: Sequence[Any]) -> bool:
    return all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)


def _lay_out(axes: Axes, values: Sequence[Any], *, with_own_ticks: bool = True) -> dict[Any, float]:
    """Set up the axis of the values, and return the position of each value."""
    axes.xaxis.set_minor_locator(NullLocator())
    if not _are_numbers(values):
        place = {value: float(k) for k, value in enumerate(values)}
        _name(axes, {at: showable(str(value), 16) for value, at in place.items()})
        return place
    place = {value: float(value) for value in sorted(values)}
    low, high = min(place.values()), max(place.values())
    is_log = low > 0 and high >= 4 * low
    if is_log:
        axes.set_xscale("log")
        axes.xaxis.set_minor_locator(NullLocator())
    if with_own_ticks:
        _name(axes, {at: f"{value:.4g}" for value, at in place.items()})
    else:
        subs = (1.0, 2.0, 5.0) if high < 100 * low else (1.0,)
        logs = LogLocator(subs=subs, numticks=8)
        axes.xaxis.set_major_locator(logs if is_log else MaxNLocator(nbins=5))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.4g}"))
    return place


def _name(axes: Axes, shown: Mapping[float, str]) -> None:
    """Set tick labels, at a subset of the positions if there are many."""
    ticks = list(shown)[:: -(-len(shown) // _MOST_TICKS)]
    long = max(map(len, shown.values())) > _LONG and len(ticks) > 5
    axes.set_xticks(ticks, [shown[at] for at in ticks], rotation=30 if long else 0)
    for label in axes.get_xticklabels():
        dress(label)


def _draw(
    axes: Axes,
    curve: SweepCurve,
    place: Mapping[Any, float],
    colour: str,
    *,
    joined: bool,
    language: str,
) -> None:
    at = sorted(curve.errors, key=lambda value: place[value])
    means = [float(np.mean(curve.errors[value])) for value in at]
    look: dict[str, Any] = {"lw": 1.6, "marker": "o", "markersize": 4}
    if curve.is_baseline:
        look = {"lw": 1.4, "ls": (0, (5, 1.4)), "marker": "s", "markersize": 3.5}
    look |= {} if joined else {"ls": "none"}
    axes.plot(
        [place[v] for v in at],
        means,
        color=colour,
        label=showable(curve.label, 40, language=language),
        **look,
    )
    seeds = [(place[value], error) for value in at for error in curve.errors[value]]
    if len(seeds) > len(at) and not curve.is_baseline:
        axes.plot(*zip(*seeds, strict=True), color=colour, ls="none", marker="o", markersize=2.5,
                  alpha=0.5)  # fmt: skip


def _mark(axes: Axes, x: float, y: float, value: float, language: str) -> None:
    label = translate(Message("elbow: {size:g}", size=value), language)
    axes.axvline(x, color=MUTED, lw=0.9, ls=":", zorder=1)
    axes.plot([x], [y], ls="none", marker="o", markersize=9.5, mfc="none", mec=INK, mew=1.3,
              label=label)  # fmt: skip
