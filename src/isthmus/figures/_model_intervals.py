"""Figure of several models' errors, with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from .._translation import Message, translate
from ..errors import UsageError
from ._shown_text import drawable, dress, showable
from ._style import BLUE, INK, MUTED, ORANGE, grid, house_style, new_figure

_NAME_WIDTH = 34

_Estimate = Mapping[str, Any]


def model_intervals(
    names: Sequence[object],
    errors: Sequence[_Estimate],
    differences: Sequence[_Estimate | None],
    *,
    beside: Sequence[_Estimate | None],
    language: str = "en",
) -> Figure:
    """Draw the error of each model, and its difference from the first one's.

    Parameters
    ----------
    names : sequence
        Model names, shown cleaned and cut to about 34 characters.
    errors : sequence of mappings
        ``value`` and ``interval`` (a pair, or None) of each; not negative.
    differences : sequence of mappings or None
        Same for its error minus the first one's; None for the first.
    beside : sequence of mappings or None
        Same for PCA with the same code size; None if there is none.
    language : {"en", "zh"}, default="en"
        Language of the figure; English, with a warning, if no font supports it.

    Returns
    -------
    matplotlib.figure.Figure
        7.4 inches wide.

    Raises
    ------
    UsageError
        If the lengths differ, or there are no models.
    """
    if not names or not len(names) == len(errors) == len(differences) == len(beside):
        raise UsageError(
            "model_intervals requires an error, a difference and a PCA error per name. Got "
            f"{len(names)} names, {len(errors)}, {len(differences)} and {len(beside)}."
        )
    language = drawable(language)
    pca, model = (
        translate(name, language) for name in (Message("PCA, same code size"), Message("model"))
    )
    with house_style(language):
        figure = new_figure(7.4, 0.42 * len(names) + 1.35)
        left, right = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
        _draw_points(left, beside, color=ORANGE, label=pca, marker="D")
        _draw_points(left, errors, color=BLUE, label=model, marker="o")
        _draw_points(right, differences, color=BLUE, label="", marker="o")
        left.set_xlim(left=0)
        left.set_xlabel(translate(Message("squared error per row"), language))
        right.axvline(0, color=MUTED, lw=0.9)
        right.set_xlabel(translate(Message("vs. first"), language))
        for axes, n_ticks in ((left, 5), (right, 3)):
            axes.xaxis.set_major_locator(MaxNLocator(nbins=n_ticks))
            axes.spines["left"].set_visible(False)
            grid(axes, "x")
        left.set_yticks(
            range(len(names)), labels=[showable(name, _NAME_WIDTH, middle=True) for name in names]
        )
        for label in left.get_yticklabels():
            dress(label)
            label.set_color(INK)
        left.set_ylim(len(names) - 0.5, -0.5)
        if any(estimate is not None for estimate in beside):
            figure.legend(loc="outside upper right", ncols=2)
    return figure


def _draw_points(
    axes: Axes, estimates: Sequence[_Estimate | None], *, color: str, label: str, marker: str
) -> None:
    for row, estimate in enumerate(estimates):
        if estimate is None or estimate["value"] is None:
            continue
        if estimate["interval"] is not None:
            axes.plot(estimate["interval"], [row, row], color=color, lw=2.2, alpha=0.45)
        axes.plot(
            [estimate["value"]], [row], ls="none", marker=marker, markersize=5.5, color=color,
            label=label or None,
        )  # fmt: skip
        label = ""  # one legend entry for all
