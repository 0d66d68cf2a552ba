"""Figure of a confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from .._translation import Message, translate
from ._shown_text import drawable, dress, showable
from ._style import HEAT, INK, ON_HEAT, house_style, new_figure

_MOST_LETTERS = 45  # with more, the names below would overlap
_MOST_NUMBERS = 15  # with more, a cell is too small for its number


def confusion_table(counts: ArrayLike, names: Sequence[Any], *, language: str = "en") -> Figure:
    """Draw how many rows of each class were predicted as each class.

    The shade is the fraction of the class, except on the diagonal, which is empty, so that mistakes
    stand out.

    Parameters
    ----------
    counts : array-like of shape (n_classes, n_classes)
        Rows of each true class (down), by predicted class (across).
    names : sequence of length n_classes
        Class names, in that order.
    language : {"en", "zh"}, default="en"
        Language of the figure; English, with a warning, if no font supports it.

    Returns
    -------
    matplotlib.figure.Figure
        About 5.8 inches wide.
    """
    table = np.asarray(counts, dtype=np.float64)
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    np.fill_diagonal(shares, 0)
    n = len(table)
    language = drawable(language)
    with house_style(language):
        figure = new_figure(5.8, 5.0)
        axes = figure.add_subplot()
        axes.imshow(shares, cmap=HEAT, vmin=0, vmax=max(float(shares.max()), 1e-9), aspect="auto")
        if n <= _MOST_NUMBERS:
            for row, column in np.ndindex(n, n):
                if table[row, column]:
                    is_dark = shares[row, column] > 0.6 * shares.max()
                    axes.text(
                        column, row, f"{int(table[row, column])}", ha="center", va="center",
                        color=ON_HEAT if is_dark else INK, fontsize=8,
                    )  # fmt: skip
        step = max(1, n // 20)
        labels = [showable(str(name), 12) for name in names]
        is_crowded = sum(map(len, labels[::step])) > _MOST_LETTERS
        slant: dict[str, Any] = {"rotation": 40, "ha": "right"} if is_crowded else {}
        axes.set_xticks(range(0, n, step), labels=labels[::step], **slant)
        axes.set_yticks(range(0, n, step), labels=labels[::step])
        for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
            dress(label)
        axes.tick_params(length=0)
        axes.set_xlabel(translate(Message("predicted class"), language))
        axes.set_ylabel(translate(Message("true class"), language))
    return figure
