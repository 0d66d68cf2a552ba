"""Figure of pictures above the maps of their errors, on one scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike, NDArray

from .._translation import Message, translate
from ..errors import UsageError
from ._picture_cells import cell_ratio, enlarged, shrunk
from ._reconstruction_grid import as_shades
from ._shown_text import drawable
from ._style import HEAT, INK, MUTED, house_style, new_figure

__all__ = ["heat_colours", "heat_maps", "scale_bar"]

_MOST = 10
_CELL, _GAP, _LABEL, _MARGIN, _BAR = 0.52, 0.06, 0.78, 0.08, 0.62  # inches


def heat_maps(
    maps: ArrayLike,
    scale: tuple[float, float],
    rows: Sequence[object],
    *,
    X: ArrayLike | None = None,
    picture_shape: tuple[int, ...] | None = None,
    masks: ArrayLike | None = None,
    language: str = "en",
) -> Figure:
    """Draw pictures, the maps of their errors on one scale, and the masks of their defects.

    Parameters
    ----------
    maps : array-like of shape (n_pictures, height, width)
        Errors of the pixels of at most ten pictures.
    scale : tuple of two floats
        Errors without colour and with the full colour; larger ones have the full colour too.
    rows : sequence of length n_pictures
        Numbers of the rows in the source.
    X : array-like of shape (n_pictures, n_features), uint8, default=None
        The pictures, from black to white; None for feature maps.
    picture_shape : tuple of int, default=None
        ``(height, width)`` or ``(height, width, 1 or 3)``, with ``X``.
    masks : array-like of shape (n_pictures, mask height, mask width), default=None
        Marked defects, from 0 to 1.
    language : {"en", "zh"}, default="en"
        Language of the figure; English, with a warning, if no font supports it.

    Returns
    -------
    matplotlib.figure.Figure
        At most 7.4 inches wide.

    Raises
    ------
    UsageError
        If there are no or more than ten maps, or the shapes do not match.
    """
    heat = np.asarray(maps, dtype=np.float64)
    n = len(heat)
    pictures = None if X is None else np.asarray(X)
    marked = None if masks is None else np.asarray(masks, dtype=np.float64)
    is_whole = heat.ndim == 3 and 0 < n <= _MOST and len(rows) == n
    if pictures is not None:
        is_whole &= pictures.shape == (n, math.prod(picture_shape or ()))
    if not is_whole or (marked is not None and (marked.ndim != 3 or len(marked) != n)):
        raise UsageError(
            "heat_maps requires one to ten maps, and a row number, a picture of `picture_shape` and"
            f" a mask, if any, for each of them. Got maps of shape {heat.shape} and {len(rows)} "
            "numbers."
        )
    low, high = scale
    lines: list[tuple[Message, NDArray[Any], dict[str, Any]]] = []
    if pictures is not None and picture_shape is not None:
        shown = enlarged(as_shades(shrunk(pictures, picture_shape), 0, 255))
        lines.append((Message("picture"), shown, {}))
    look = {"cmap": HEAT, "vmin": low, "vmax": high}
    lines.append((Message("error"), heat, look))
    if marked is not None:
        lines.append((Message("mask"), marked, {"cmap": HEAT, "vmin": 0, "vmax": 1}))
    tall = _CELL * cell_ratio(*heat.shape[1:])
    language = drawable(language)
    with house_style(language):
        figure, axes = _figure(n, len(lines), tall)
        for k, (label, cells, own) in enumerate(reversed(lines)):
            bottom = _MARGIN + k * (tall + _GAP)
            _draw_line(axes, bottom, tall, cells, translate(label, language), own)
        _number(
            axes, _MARGIN + len(lines) * (tall + _GAP), rows, translate(Message("row"), language)
        )
        width, height = figure.get_size_inches()
        axes.set(xlim=(0, width), ylim=(0, height))
        _draw_bar(figure, n, low, high)
    return figure


def heat_colours(maps: ArrayLike, low: float, high: float) -> NDArray[np.uint8]:
    """Return the colours of errors, with their opacity.

    Parameters
    ----------
    maps : array-like of any shape
        Errors.
    low, high : float
        Errors without colour and with the full colour.

    Returns
    -------
    ndarray of uint8
        Red, green, blue and opacity, in a last axis of 4 behind those of ``maps``.
    """
    colours: NDArray[np.uint8] = HEAT(Normalize(low, high, clip=True)(np.asarray(maps)), bytes=True)
    return colours


def scale_bar(low: float, high: float, *, language: str = "en") -> Figure:
    """Draw the colours of errors as a bar with numbers.

    Parameters
    ----------
    low, high : float
        Errors without colour and with the full colour.
    language : {"en", "zh"}, default="en"
        Language of the figure; English, with a warning, if no font supports it.

    Returns
    -------
    matplotlib.figure.Figure
        3.2 inches wide.
    """
    language = drawable(language)
    with house_style(language):
        figure = new_figure(3.2, 0.8)
        axes = figure.add_subplot()
        bar = figure.colorbar(
            ScalarMappable(Normalize(low, high), HEAT), cax=axes, extend="max",
            orientation="horizontal",
        )  # fmt: skip
        _set_ticks(bar, low, high)
        bar.set_label(translate(Message("error"), language))
    return figure


def _figure(n: int, n_lines: int, tall: float) -> tuple[Figure, Axes]:
    """Return a figure, and axes over all of it in inches: one for each cell would take long."""
    width = _LABEL + n * (_CELL + _GAP) + _BAR
    height = max(n_lines * (tall + _GAP) + 2 * _MARGIN + 0.2, 1.0)
    figure = Figure(figsize=(width, height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    return figure, axes


def _draw_line(
    axes: Axes, bottom: float, tall: float, cells: NDArray[Any], label: str, look: dict[str, Any]
) -> None:
    for k, cell in enumerate(cells):
        left = _LABEL + k * (_CELL + _GAP)
        extent = (left, left + _CELL, bottom, bottom + tall)
        axes.imshow(cell, aspect="auto", interpolation="nearest", extent=extent, **look)
        # Maps of normal pictures are almost empty.
        axes.add_patch(Rectangle((left, bottom), _CELL, tall, fill=False, ec=MUTED, lw=0.4))
    axes.text(_LABEL - 0.09, bottom + tall / 2, label, ha="right", va="center", color=INK)


def _number(axes: Axes, y: float, rows: Sequence[object], word: str) -> None:
    look: dict[str, Any] = {"va": "bottom", "color": MUTED, "fontsize": 8}
    axes.text(_LABEL - 0.09, y, word, ha="right", **look)
    for k, row in enumerate(rows):
        axes.text(_LABEL + k * (_CELL + _GAP) + _CELL / 2, y, f"{row}", ha="center", **look)


def _draw_bar(figure: Figure, n: int, low: float, high: float) -> None:
    """Draw the bar of the common scale to the right of the pictures."""
    width, height = figure.get_size_inches()
    left = _LABEL + n * (_CELL + _GAP) + 0.06
    place = (left / width, 0.12 / height, 0.1 / width, (height - 0.4) / height)
    axes = figure.add_axes(place)
    bar = figure.colorbar(ScalarMappable(Normalize(low, high), HEAT), cax=axes, extend="max")
    _set_ticks(bar, low, high)
    bar.ax.tick_params(labelsize=8)


def _set_ticks(bar: Any, low: float, high: float) -> None:
    ticks = [low, (low + high) / 2, high]
    bar.set_ticks(ticks, labels=[f"{tick:.2g}" for tick in ticks])
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0)
