"""Figure of pictures in lines: samples, walks and traversals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from .._translation import translate
from ..errors import UsageError
from ._picture_cells import enlarged, shrunk
from ._reconstruction_grid import as_shades
from ._shown_text import drawable, dress
from ._style import GREY, house_style, root_figure

__all__ = ["picture_lines"]

_WHOLE_INCHES = 6.4
_CELL_INCHES = 0.62
_NAMES_INCHES, _TITLES_INCHES, _MARGIN_INCHES = 1.12, 0.3, 0.08


def picture_lines(
    X: ArrayLike,
    picture_shape: tuple[int, ...],
    *,
    n_columns: int = 8,
    names: Sequence[str] = (),
    titles: Sequence[str] = (),
    value_range: tuple[float, float] | None = None,
    ax: Axes | None = None,
    language: str = "en",
) -> Figure:
    """Draw pictures in lines, from left to right.

    Pixels of large pictures are averaged or stretched as in ``reconstruction_grid``.

    Parameters
    ----------
    X : array-like of shape (n_pictures, n_features)
        Pictures in any unit, line by line; not modified.
    picture_shape : tuple of int
        (height, width), or (height, width, 1 or 3).
    n_columns : int, default=8
        Number of pictures per line.
    names : sequence of str, default=()
        Label of each line.
    titles : sequence of str, default=()
        Label of each column.
    value_range : tuple of two floats, optional
        Values of black and white. Default: the smallest and largest value of ``X``.
    ax : matplotlib.axes.Axes, default=None
        Axes to draw into; None creates a figure.
    language : {"en", "zh"}, default="en"
        Language of the figure; English, with a warning, if no font supports it.

    Returns
    -------
    matplotlib.figure.Figure
        At most 6.4 inches wide, or that of ``ax``.

    Raises
    ------
    UsageError
        If there are no pictures, or the shape or the number of labels does not match.
    """
    pictures = np.asarray(X)
    lines = math.ceil(len(pictures) / n_columns) if pictures.ndim == 2 and pictures.size else 0
    if not lines or pictures.shape[1] != math.prod(picture_shape):
        raise UsageError(
            "picture_lines requires at least one picture of `picture_shape`. Got rows of shape "
            f"{pictures.shape} and {tuple(picture_shape)}."
        )
    if len(names) not in (0, lines) or len(titles) not in (0, n_columns):
        raise UsageError(
            f"picture_lines requires a name for each of {lines} lines and a title for each of "
            f"{n_columns} columns, or none. Got {len(names)} names and {len(titles)} titles."
        )
    ends = (float(pictures.min()), float(pictures.max())) if value_range is None else value_range
    cells = enlarged(as_shades(shrunk(pictures, tuple(picture_shape)), *ends))
    n_columns = min(n_columns, len(cells))
    mosaic, corners = _mosaic(cells, n_columns)
    language = drawable(language)
    with house_style(language):
        names = [translate(name, language) for name in names]
        axes = _own_axes(mosaic, n_columns, names, bool(titles)) if ax is None else ax
        _draw(axes, mosaic, corners)
        centre = (np.array(corners)[:, :2] + np.array(corners)[:, 2:]) / 2
        axes.set_yticks(centre[::n_columns, 1] if names else [], names)
        axes.set_xticks(
            centre[:n_columns, 0] if titles else [], [translate(text, language) for text in titles]
        )
        axes.tick_params(length=0, labeltop=True, labelbottom=False)
        axes.tick_params(axis="x", labelsize=8)
        for label in (*axes.get_yticklabels(), *axes.get_xticklabels()):
            dress(label)
    return root_figure(axes)


def _mosaic(
    cells: NDArray[np.uint8], n_columns: int
) -> tuple[NDArray[np.uint8], list[tuple[int, int, int, int]]]:
    """Return one picture of all, and the corners of each (x0, y0, x1, y1)."""
    n, height, width = cells.shape[:3]
    gap = max(1, round(0.06 * max(height, width)))
    lines = math.ceil(n / n_columns)
    canvas = np.full(
        (lines * (height + gap) - gap, n_columns * (width + gap) - gap, 3), 255, dtype=np.uint8
    )
    corners = []
    for k, cell in enumerate(cells):
        top, left = k // n_columns * (height + gap), k % n_columns * (width + gap)
        canvas[top : top + height, left : left + width] = cell
        corners.append((left, top, left + width, top + height))
    return canvas, corners


def _own_axes(
    mosaic: NDArray[np.uint8], n_columns: int, names: Sequence[str], has_titles: bool
) -> Axes:
    height, width = mosaic.shape[:2]
    left = _names_inches(names) if names else _MARGIN_INCHES
    top = _TITLES_INCHES if has_titles else _MARGIN_INCHES
    across = min(_WHOLE_INCHES - left - _MARGIN_INCHES, _CELL_INCHES * n_columns)
    down = across * height / width
    whole = left + across + _MARGIN_INCHES, top + down + _MARGIN_INCHES
    # Placed by hand: a layout engine loses labels of axes with square pixels.
    figure = Figure(figsize=whole)
    place = left / whole[0], _MARGIN_INCHES / whole[1], across / whole[0], down / whole[1]
    return figure.add_axes(place)


def _names_inches(names: Sequence[str]) -> float:
    """Return the width of the longest name with its margins; numbers may have many digits."""
    figure = Figure()
    texts = [figure.text(0, 0, name, size=rcParams["ytick.labelsize"]) for name in names]
    for text in texts:
        dress(text)
    longest = max(text.get_window_extent().width for text in texts) / figure.dpi
    inches = longest + rcParams["ytick.major.pad"] / 72 + 2 * _MARGIN_INCHES
    return float(min(max(_NAMES_INCHES, inches), _WHOLE_INCHES / 2))


def _draw(
    axes: Axes, mosaic: NDArray[np.uint8], corners: Sequence[tuple[int, int, int, int]]
) -> None:
    height, width = mosaic.shape[:2]
    axes.imshow(mosaic, extent=(0, width, height, 0), interpolation="antialiased")
    edges: Any = [[(a, b), (c, b), (c, d), (a, d)] for a, b, c, d in corners]
    axes.add_collection(
        PolyCollection(edges, facecolors="none", edgecolors=GREY, linewidths=0.6, clip_on=False)
    )
    axes.spines[:].set_visible(False)
