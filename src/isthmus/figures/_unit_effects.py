"""Figure of what the units of a code move in a table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from .._translation import translate
from ..errors import UsageError
from ._shown_text import drawable, dress, showable
from ._style import INK, ON_HEAT, SIGNED_HEAT, house_style, new_figure, root_figure

__all__ = ["unit_effects"]

_MOST_FEATURES = 12
_NAME_WIDTH = 24
_STRONG = 0.85  # of the largest effect; below, INK stands out on light and on dark paper


def unit_effects(
    effects: ArrayLike,
    units: Sequence[str],
    features: Sequence[object],
    *,
    signed: ArrayLike | None = None,
    ax: Axes | None = None,
    language: str = "en",
) -> Figure:
    """Draw how much each unit moves each column, as a table of colours.

    Parameters
    ----------
    effects : array-like of shape (n_units, n_features)
        Change of the column, such as per standard deviation of the unit; orange is up, blue is
        down.
    units : sequence of str of length n_units
        Names of the units, the first at the top.
    features : sequence of length n_features
        Column names, cleaned and cut; the twelve that are moved most are drawn.
    signed : array-like of shape (n_features,), optional
        Whether the effects on a column have a sign, which is then written. Default: all.
    ax : matplotlib.axes.Axes, default=None
        Axes to draw into; None creates a figure.
    language : {"en", "zh"}, default="en"
        Language of the figure; English, with a warning, if no font supports it.

    Returns
    -------
    matplotlib.figure.Figure
        6.4 inches wide, or that of ``ax``.

    Raises
    ------
    UsageError
        If there are no units or features, or not as many names.
    """
    table = np.asarray(effects, dtype=np.float64)
    if table.ndim != 2 or not table.size or table.shape != (len(units), len(features)):
        raise UsageError(
            "unit_effects requires an effect per unit and feature, and a name for each of them. "
            f"Got effects of shape {table.shape}, {len(units)} units and {len(features)} features."
        )
    shown = np.sort(np.argsort(-np.abs(table).max(axis=0), kind="stable")[:_MOST_FEATURES])
    table = table[:, shown]
    forms = np.where(
        np.ones(len(features)) if signed is None else np.asarray(signed), "+.2g", ".2g"
    )
    largest = float(np.abs(table).max()) or 1.0
    language = drawable(language)
    with house_style(language):
        axes = new_figure(6.4, 0.3 * len(units) + 1.9).add_subplot() if ax is None else ax
        axes.imshow(table, cmap=SIGNED_HEAT, vmin=-largest, vmax=largest, aspect="auto")
        for row, column in np.ndindex(*table.shape):
            if abs(table[row, column]) >= 0.05 * largest:
                strong = abs(table[row, column]) > _STRONG * largest
                axes.text(
                    column,
                    row,
                    f"{table[row, column]:{forms[column]}}",
                    ha="center",
                    va="center",
                    fontsize=8,
                    color=ON_HEAT if strong else INK,
                )
        names = [showable(features[k], _NAME_WIDTH, middle=True, language=language) for k in shown]
        axes.set_xticks(range(len(shown)), labels=names, rotation=40, ha="right")
        axes.set_yticks(range(len(units)), labels=[translate(unit, language) for unit in units])
        for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
            dress(label)
        axes.tick_params(length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
    return root_figure(axes)
