"""Figure of the levels of categorical columns, by what they are reconstructed as."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from .._translation import Message, translate
from ..errors import UsageError
from ._shown_text import drawable, dress, showable
from ._style import HEAT, INK, MUTED, ON_HEAT, house_style, new_figure

__all__ = ["confused_levels"]

_ACROSS = 2
_NAME_WIDTH = 26
_LEVEL_WIDTH = 14
_LEAST = 0.005  # share without a number


def confused_levels(
    names: Sequence[object],
    levels: Sequence[Sequence[str]],
    counts: ArrayLike,
    *,
    language: str = "en",
) -> Figure:
    """Draw how many rows of each level are reconstructed as each level, a panel per column.

    A number is the share of the rows of its level. Shades are the same shares, except on the
    diagonal, which is empty, so that mistakes stand out.

    Parameters
    ----------
    names : sequence of length n_columns
        Column names, cleaned and cut.
    levels : sequence of sequence of str
        Names of each column's levels, at most ``n_levels``.
    counts : array-like of shape (n_columns, n_levels, n_levels)
        Rows of each level (down), by the level they are reconstructed as (across); zeros beyond
        the levels of a column.
    language : {"en", "zh"}, default="en"
        Language of the figure; English, with a warning, if no font supports it.

    Returns
    -------
    matplotlib.figure.Figure
        6.4 inches wide for two columns or more.

    Raises
    ------
    UsageError
        If there are no columns, or the lengths differ.
    """
    tables = np.asarray(counts, dtype=np.float64)
    if tables.ndim != 3 or not len(tables) or not len(names) == len(levels) == len(tables):
        raise UsageError(
            "confused_levels requires a name, levels and counts for each column, and at least one "
            f"column. Got {len(names)} names, {len(levels)} lists of levels and counts of shape "
            f"{tables.shape}."
        )
    language = drawable(language)
    across = min(_ACROSS, len(names))
    down = math.ceil(len(names) / across)
    with house_style(language):
        figure = new_figure(3.2 * across, down * (0.27 * tables.shape[1] + 1.15))
        for k, (name, own, table) in enumerate(zip(names, levels, tables, strict=True)):
            axes = figure.add_subplot(down, across, k + 1)
            _draw(axes, name, own, table[: len(own), : len(own)], language)
        figure.supxlabel(
            translate(Message("reconstructed level"), language), color=MUTED, fontsize=9.5
        )
        figure.supylabel(translate(Message("level"), language), color=MUTED, fontsize=9.5)
    return figure


def _draw(
    axes: Axes, name: object, levels: Sequence[str], table: NDArray[np.float64], language: str
) -> None:
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    mistakes = shares * (1 - np.eye(len(shares)))
    axes.imshow(mistakes, cmap=HEAT, vmin=0, vmax=1, aspect="auto")
    for row, column in np.ndindex(*shares.shape):
        if shares[row, column] >= _LEAST:
            axes.text(
                column, row, f"{shares[row, column]:.0%}", ha="center", va="center", fontsize=8,
                color=ON_HEAT if mistakes[row, column] > 0.6 else INK,
            )  # fmt: skip
    shown = [showable(level, _LEVEL_WIDTH, language=language) for level in levels]
    axes.set_xticks(range(len(shown)), labels=shown, rotation=40, ha="right")
    axes.set_yticks(range(len(shown)), labels=shown)
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        dress(label)
        label.set_fontsize(8.5)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    dress(axes.set_title(showable(name, _NAME_WIDTH, middle=True, language=language)))
