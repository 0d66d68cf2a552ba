"""Common style of all figures, without changes to the user's matplotlib settings."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator
from numpy.typing import NDArray

from .._translation import Message, translate
from ..errors import UsageError
from ._shown_text import BASE_FONT, dress, families

PAPER = "#ffffff"
INK = "#1f2933"
MUTED = "#5f6b7a"
FAINT = "#dfe4ea"
BLUE = "#2a6fbb"
ORANGE = "#d1580b"
GREY = "#b4bcc6"
ON_HEAT = "#fefefe"  # text on the dark ends of HEAT and SIGNED_HEAT
# What an SVG shows instead on a dark page; the paper is the colour of the page's cards.
DARK = {
    PAPER: "#1c2229", INK: "#e6eaef", MUTED: "#9eabba", FAINT: "#323b46", BLUE: "#6fb0f0",
    ORANGE: "#f08b4b", GREY: "#5f6b7a",
}  # fmt: skip
# Ten colours with a contrast of at least 2 on light and on dark paper. Found by a search for the
# largest distance in CIELAB, also as people without red or green cones see them (Machado et al.,
# 2009): 25, compared with 7 of Paul Tol's "muted" scheme.
CLASS_COLOURS = (
    "#73a4ff", "#b94753", "#2bc29d", "#6d4eea", "#c2a65d",
    "#ae31af", "#a95405", "#6db9d6", "#a6b100", "#9f5688",
)  # fmt: skip
# Shades that start from the paper, whichever it is; and a scale whose high end stands out on both.
HEAT = LinearSegmentedColormap.from_list("heat", [(ORANGE, 0.0), (ORANGE, 1.0)])
SIGNED = LinearSegmentedColormap.from_list(
    "signed",
    [(0.0, ("#3f8fe0", 1.0)), (0.5, ("#3f8fe0", 0.0)), (0.5, ("#e8702a", 0.0)),
     (1.0, ("#e8702a", 1.0))],
)  # fmt: skip
SIGNED_HEAT = LinearSegmentedColormap.from_list(
    "signed_heat",
    [(0.0, (BLUE, 1.0)), (0.5, (BLUE, 0.0)), (0.5, (ORANGE, 0.0)), (1.0, (ORANGE, 1.0))],
)
ERROR_SCALE = LinearSegmentedColormap.from_list("error", ["#93a4b8", "#e39a3b", "#c8321f"])

_SETTINGS: dict[str, Any] = {
    "font.family": [BASE_FONT],
    "font.size": 9.5,
    "text.color": INK,
    "text.parse_math": False,  # a column may be called "$x$"
    "text.usetex": False,
    "figure.facecolor": PAPER,
    "figure.dpi": 100,
    "figure.constrained_layout.w_pad": 0.08,
    "figure.constrained_layout.h_pad": 0.08,
    "savefig.facecolor": PAPER,
    "savefig.bbox": None,
    "axes.facecolor": "none",
    "axes.edgecolor": GREY,
    "axes.labelcolor": MUTED,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.titlecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.8,
    "xtick.color": GREY,
    "xtick.labelcolor": MUTED,
    "ytick.color": GREY,
    "ytick.labelcolor": MUTED,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "svg.fonttype": "path",  # the reader's machine may lack the font
    "pdf.fonttype": 42,  # TrueType: journals refuse Type 3, and its text cannot be edited
    "svg.hashsalt": "isthmus",  # otherwise the ids in an SVG are random
    "svg.image_inline": True,
}
_SIDE_EFFECTS = ("backend", "interactive", "toolbar", "timezone", "webagg", "tk.", "macosx.")
# matplotlib has one table of settings for all threads: two threads that enter and leave in turn
# would leave one's settings behind.
_LOCK = threading.RLock()


@contextmanager
def house_style(language: str = "en") -> Iterator[None]:
    """Use matplotlib's defaults with this style in a block, then restore the user's settings.

    Parameters
    ----------
    language : {"en", "zh"}, default="en"
        Language of the texts, which determines the font; one that ``drawable`` returns.
    """
    with _LOCK:
        settings: Any = _changed_by_user() | _SETTINGS | {"font.family": families(language)}
        with matplotlib.rc_context(settings):
            yield


def _changed_by_user() -> dict[str, Any]:
    """Return matplotlib's defaults for what the user set: setting all 300 takes 50 ms."""
    # Reading the backend's key would make matplotlib choose one, and import pyplot for it.
    return {
        key: value
        for key, value in matplotlib.rcParamsDefault.items()
        if not key.startswith(_SIDE_EFFECTS) and matplotlib.rcParams[key] != value
    }


def root_figure(axes: Axes) -> Figure:
    """Return the figure of axes, after choosing fonts that can show their labels."""
    for label in (axes.xaxis.label, axes.yaxis.label):
        if label.get_text():  # the user's axes were created with the user's font
            dress(label)
    figure = axes.get_figure(root=True)
    if figure is None:
        raise UsageError("`ax` must be in a figure. Got axes that were removed from theirs.")
    return figure


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of a size in inches, with a layout that fits every label."""
    return Figure(figsize=(width, height), layout="constrained")


def grid(axes: Axes, axis: Any) -> None:
    """Draw light grid lines and no tick marks."""
    axes.set_axisbelow(True)
    axes.grid(visible=True, axis=axis, color=FAINT, linewidth=0.8)
    axes.tick_params(length=0, which="both")


def no_minor_ticks(axis: Axis) -> None:
    """Remove minor ticks, which have no length here: each takes 1 ms to draw."""
    axis.set_minor_locator(NullLocator())


def scale_losses(axes: Axes, losses: NDArray[np.float64], language: str = "en") -> None:
    """Make the axis logarithmic if losses span more than a factor of ten, and say so."""
    low, high = np.nanmin(losses), np.nanmax(losses)
    if low > 0 and high > 10 * low:
        axes.set_yscale("log")
        decades = math.log10(high / low)
        subs = (1.0, 2.0, 5.0) if decades < 3 else (1.0,)
        axes.yaxis.set_major_locator(LogLocator(subs=subs, numticks=12))
        no_minor_ticks(axes.yaxis)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.6g}"))
        name = axes.get_ylabel()  # panels beside the first have none
        axes.set_ylabel(
            logarithmic(name, language) if name else translate(Message("log scale"), language)
        )
    else:
        axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
        axes.ticklabel_format(axis="y", useOffset=False, useMathText=False)


def logarithmic(name: str, language: str) -> str:
    """Return the label of a logarithmic axis."""
    return translate(Message("{name} (log scale)", name=name), language)


def say(axes: Axes, sentence: str, language: str = "en") -> None:
    """Write a sentence in axes without data."""
    axes.set_axis_off()
    axes.text(
        0.5, 0.5, translate(sentence, language), ha="center", va="center", color=MUTED,
        transform=axes.transAxes,
    )  # fmt: skip
