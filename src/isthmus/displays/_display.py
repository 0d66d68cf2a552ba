"""Base class of displays, and the axes that they create."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Self

from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..figures import house_style

__all__ = ["Display"]


class Display(ABC):
    """Base class of displays: values, and axes that they are drawn in.

    A subclass defines ``_inches``, the size of a figure of its own, and ``_draw``.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Axes of the last ``plot``.
    figure_ : matplotlib.figure.Figure
        Their figure.
    """

    ax_: Axes
    figure_: Figure

    @property
    @abstractmethod
    def _inches(self) -> tuple[float, float]:
        """Return the width and height of a figure of its own."""

    @abstractmethod
    def _draw(self, axes: Axes, language: str) -> Figure:
        """Draw into axes, and return their figure."""

    def plot(self, ax: Axes | None = None, *, language: str = "en") -> Self:
        """Draw the values.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Axes to draw into; None creates a figure with ``matplotlib.pyplot``, which a notebook
            shows below the cell.
        language : {"en", "zh"}, default="en"
            Language of the figure; English, with a warning, if no font supports it.

        Returns
        -------
        self
            With ``ax_`` and ``figure_``.
        """
        self.ax_ = _new_axes(*self._inches) if ax is None else ax
        self.figure_ = self._draw(self.ax_, language)
        return self


def _new_axes(width: float, height: float) -> Axes:
    # Imported here: pyplot chooses a backend, which only users who want to see figures need.
    from matplotlib import pyplot

    settings: Any = rcParams  # its type knows no names made of parts
    with house_style():
        figure = pyplot.figure(figsize=(width, height), layout="constrained")
        axes = figure.add_subplot()
        # Most ticks are created when the figure is shown, with the settings of that time.
        for axis in ("x", "y"):
            axes.tick_params(
                axis=axis,
                which="both",
                color=settings[f"{axis}tick.color"],
                labelcolor=settings[f"{axis}tick.labelcolor"],
                labelsize=settings["font.size"],
                labelfontfamily=settings["font.family"][0],
            )
    return axes
