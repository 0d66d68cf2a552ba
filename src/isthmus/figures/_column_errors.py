"""Figure of a table's worst- and best-reconstructed columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MultipleLocator
from numpy.typing import ArrayLike, NDArray

from .._translation import Message, translate
from ..errors import UsageError
from ._shown_text import drawable, dress, showable
from ._style import BLUE, INK, MUTED, ORANGE, grid, house_style, new_figure

_NAME_WIDTH = 30
_Bar = tuple[object, float]


def column_errors(
    names: Sequence[object],
    variance_explained: ArrayLike,
    *,
    n_columns: int = 10,
    language: str = "en",
) -> Figure:
    """Draw the worst- and best-reconstructed columns as bars.

    A bar is the column's share of variance explained: 1 is perfect, 0 is as good as the column's
    mean, below 0 is worse than the mean. Bars end at -1; the number next to them is exact.

    Parameters
    ----------
    names : sequence
        Column names, shown cleaned and cut to about 30 characters.
    variance_explained : array-like of shape (n_features,)
        Shares in (-inf, 1], in the order of ``names``; NaN for a constant column, which is
        neither worst nor best and is shown only if there is room.
    n_columns : int, default=10
        Number of columns of each kind; up to twice as many are drawn in one panel, worst first.
    language : {"en", "zh"}, default="en"
        Language of the figure; English, with a warning, if no font supports it.

    Returns
    -------
    matplotlib.figure.Figure
        6 inches wide.

    Raises
    ------
    UsageError
        If the lengths differ, there are no columns, or ``n_columns`` is below 1.
    """
    shares = np.asarray(variance_explained, dtype=np.float64)
    if shares.ndim != 1 or len(shares) != len(names) or not len(shares) or n_columns < 1:
        raise UsageError(
            "column_errors requires one share per name, at least one name, and `n_columns` of at "
            f"least 1. Got {len(names)} names, shares of shape {shares.shape} and {n_columns}."
        )
    panels, hidden = _panels(names, shares, n_columns)
    language = drawable(language)
    with house_style(language):
        return _draw(panels, hidden, language)


def _panels(
    names: Sequence[object], shares: NDArray[np.float64], n_columns: int
) -> tuple[dict[str, list[_Bar]], int]:
    """Return titled bars, worst first in each panel, and the number of hidden constant columns."""
    order = np.argsort(shares, kind="stable")  # NaN comes last
    bars = [(names[at], float(shares[at])) for at in order if not np.isnan(shares[at])]
    constant = [(names[at], float("nan")) for at in order if np.isnan(shares[at])]
    if len(bars) > 2 * n_columns:
        panels: dict[str, list[_Bar]] = {
            Message("Worst reconstructed"): bars[:n_columns],
            Message("Best reconstructed"): bars[-n_columns:][::-1],
        }
        return panels, len(constant)
    room = 2 * n_columns - len(bars)
    return {"": bars + constant[:room]}, len(constant[room:])


def _draw(panels: dict[str, list[_Bar]], hidden: int, language: str) -> Figure:
    counts = [len(bars) for bars in panels.values()]
    figure = new_figure(6.0, 0.24 * sum(counts) + 0.35 * len(panels) + 0.75)
    drawn = [share for bars in panels.values() for _, share in bars if not np.isnan(share)]
    lowest = -1.0 if min(drawn, default=0.0) < 0 else 0.0
    rows = figure.subplots(len(panels), 1, height_ratios=counts, squeeze=False, sharex=True)[:, 0]
    for axes, (title, bars) in zip(rows, panels.items(), strict=True):
        _draw_bars(axes, bars, language)
        axes.set_title(translate(title, language))
    axes = rows[-1]
    axes.set_xlim(1.05 * lowest, 1.17)
    axes.xaxis.set_major_locator(MultipleLocator(0.5 if lowest < 0 else 0.25))
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{value:g}".replace("-", "\N{MINUS SIGN}"))
    )
    hidden_note = Message.plural(
        "{n} constant column not shown", "{n} constant columns not shown", hidden
    )
    notes = [Message("share of variance explained"), *([hidden_note] if hidden else [])]
    axes.set_xlabel("\n".join(translate(note, language) for note in notes))
    return figure


def _draw_bars(axes: Axes, bars: list[_Bar], language: str) -> None:
    values = np.array([share for _, share in bars])
    lengths = np.nan_to_num(np.clip(values, -1.0, 1.0), nan=0.0)
    at = np.arange(len(bars))
    axes.barh(at, lengths, height=0.68, color=np.where(lengths < 0, ORANGE, BLUE))
    axes.axvline(0, color=MUTED, lw=0.8)
    for row, (value, length) in enumerate(zip(values, lengths, strict=True)):
        constant = bool(np.isnan(value))
        # The number of a negative bar is to the right of zero, where there is space.
        axes.annotate(
            translate(Message("constant"), language) if constant else _share_text(value),
            (max(length, 0.0), row),
            xytext=(4, 0), textcoords="offset points", va="center", fontsize=8.5,
            color=MUTED if constant else INK,
        )  # fmt: skip
    labels = [showable(name, _NAME_WIDTH, middle=True, language=language) for name, _ in bars]
    axes.set_yticks(at, labels=labels)
    for label in axes.get_yticklabels():
        dress(label)
        label.set_color(INK)
    axes.set_ylim(len(bars) - 0.4, -0.6)
    axes.spines["left"].set_visible(False)
    grid(axes, "x")


def _share_text(share: float) -> str:
    text = f"{share:.3g}" if share <= -10 else f"{share:.2f}"
    # 0.996 is not shown as 1.00, which means perfect.
    text = f"{share:.4f}" if text == "1.00" and share < 0.99995 else text
    return text.replace("-0.00", "0.00").replace("-", "\N{MINUS SIGN}")
