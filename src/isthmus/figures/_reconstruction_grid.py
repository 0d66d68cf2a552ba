"""Figure of pictures above their reconstructions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from .._translation import Message, translate
from ..errors import UsageError
from ._picture_cells import enlarged, shrunk
from ._shown_text import drawable, dress
from ._style import GREY, house_style, root_figure

__all__ = ["as_shades", "reconstruction_grid"]

_MOST_COLUMNS = 10
_LABEL_INCHES = 1.12
_MARGIN_INCHES = 0.08


def reconstruction_grid(
    X: ArrayLike,
    X_hat: ArrayLike,
    picture_shape: tuple[int, ...],
    *,
    value_range: tuple[float, float] | None = None,
    names: Sequence[str] = (),
    ax: Axes | None = None,
    language: str = "en",
) -> Figure:
    """Draw pictures in a row and their reconstructions below them.

    All pictures are drawn, ten per line. Pixels of pictures more than 480 pixels long are averaged;
    those of pictures more than four times as long as wide are stretched across them.

    Parameters
    ----------
    X, X_hat : array-like of shape (n_pictures, n_features)
        Originals and their reconstructions, in the same unit and order; not modified.
    picture_shape : tuple of int
        ``(height, width)`` or ``(height, width, 1)`` for greyscale, ``(height, width, 3)`` for
        colour.
    value_range : tuple of two floats, optional
        Values of black and white, for originals and reconstructions. Default: the smallest and
        largest value of ``X``. Values outside are drawn as black or white.
    names : sequence of str, default=()
        Labels of the originals of each line, instead of ``"original"``; the pictures are then
        distributed evenly over as many lines.
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
        If the arrays or the picture shape do not match, or are empty.
    """
    originals, copies = np.asarray(X), np.asarray(X_hat)
    shape = _checked_shape(originals, copies, picture_shape)
    black, white = _range_of(originals) if value_range is None else value_range
    above, below = (
        enlarged(as_shades(shrunk(rows, shape), black, white)) for rows in (originals, copies)
    )
    columns = (
        math.ceil(len(originals) / len(names)) if names else min(len(originals), _MOST_COLUMNS)
    )
    mosaic, corners, centres = _mosaic(above, below, columns)
    names = names or [Message("original")] * (len(centres) // 2)
    labels = [name for original in names for name in (original, Message("reconstruction"))]
    language = drawable(language)
    with house_style(language):
        axes = _own_axes(mosaic, corners) if ax is None else ax
        _draw(axes, mosaic, corners, centres, [translate(label, language) for label in labels])
    return root_figure(axes)


def _checked_shape(
    X: NDArray[Any], X_hat: NDArray[Any], picture_shape: tuple[int, ...]
) -> tuple[int, int, int]:
    if X.ndim != 2 or X.shape != X_hat.shape or not X.size:
        raise UsageError(
            "`X` and `X_hat` of reconstruction_grid must have the same shape (n_pictures, "
            f"n_features) with at least one picture. Got {X.shape} and {X_hat.shape}."
        )
    height, width, channels = (*picture_shape, 1)[:3] if len(picture_shape) >= 2 else (0, 0, 0)
    fits = height * width * channels == X.shape[1] and min(height, width) > 0
    if len(picture_shape) > 3 or not fits or channels not in (1, 3):
        raise UsageError(
            "`picture_shape` of reconstruction_grid must be (height, width) or (height, width, "
            f"3) with a product of {X.shape[1]}, the number of features. Got "
            f"{tuple(picture_shape)}."
        )
    return height, width, channels


def _range_of(X: NDArray[Any]) -> tuple[float, float]:
    finite = [values for row in X if len(values := row[np.isfinite(row)])]
    if not finite:
        return 0.0, 1.0
    return float(min(row.min() for row in finite)), float(max(row.max() for row in finite))


def as_shades(pictures: NDArray[Any], black: float, white: float) -> NDArray[np.uint8]:
    """Convert values to shades of grey.

    Parameters
    ----------
    pictures : ndarray
        Array of any shape.
    black, white : float
        Values of 0 and 255; values outside are clipped.

    Returns
    -------
    ndarray of uint8
        Of the same shape.
    """
    share = (pictures - black) / ((white - black) or 1.0)
    share = np.nan_to_num(share, nan=0.0, posinf=1.0, neginf=0.0)
    return np.asarray(np.rint(255 * np.clip(share, 0.0, 1.0)), dtype=np.uint8)


def _mosaic(
    originals: NDArray[np.uint8], copies: NDArray[np.uint8], columns: int
) -> tuple[NDArray[np.uint8], list[tuple[int, int, int, int]], list[float]]:
    """Return one picture of all, the corners of each (x0, y0, x1, y1) and the rows' centres."""
    n, height, width = originals.shape[:3]
    gap = max(1, round(0.08 * max(height, width)))
    lines = math.ceil(n / columns)
    step = 2 * height + gap + 4 * gap  # a wider gap between pairs of rows
    size = (lines * step - 4 * gap, columns * (width + gap) - gap, 4)
    canvas = np.zeros(size, dtype=np.uint8)  # transparent between the pictures
    corners, centres = [], []
    for line in range(lines):
        for half, pictures in enumerate((originals, copies)):
            top = line * step + half * (height + gap)
            centres.append(top + height / 2)
            for column, picture in enumerate(pictures[line * columns : (line + 1) * columns]):
                left = column * (width + gap)
                canvas[top : top + height, left : left + width, :3] = picture
                canvas[top : top + height, left : left + width, 3] = 255
                corners.append((left, top, left + width, top + height))
    return canvas, corners, centres


def _own_axes(mosaic: NDArray[np.uint8], corners: list[tuple[int, int, int, int]]) -> Axes:
    height, width = mosaic.shape[:2]
    widest = max(right - left for left, _, right, _ in corners)
    tallest = max(bottom - top for _, top, _, bottom in corners)
    inches = min(5.2, 0.9 * width / max(widest, tallest / 2))
    tall = inches * height / width
    whole_width, whole_height = _LABEL_INCHES + inches + _MARGIN_INCHES, tall + 2 * _MARGIN_INCHES
    # Placed by hand: a layout engine loses labels of axes with square pixels.
    figure = Figure(figsize=(whole_width, whole_height))
    return figure.add_axes(
        (
            _LABEL_INCHES / whole_width,
            _MARGIN_INCHES / whole_height,
            inches / whole_width,
            tall / whole_height,
        )
    )


def _draw(
    axes: Axes,
    mosaic: NDArray[np.uint8],
    corners: list[tuple[int, int, int, int]],
    centres: list[float],
    labels: Sequence[str],
) -> None:
    height, width = mosaic.shape[:2]
    axes.imshow(mosaic, extent=(0, width, height, 0), interpolation="antialiased")
    edges: Any = [[(a, b), (c, b), (c, d), (a, d)] for a, b, c, d in corners]
    axes.add_collection(
        PolyCollection(edges, facecolors="none", edgecolors=GREY, linewidths=0.6, clip_on=False)
    )
    axes.spines[:].set_visible(False)
    axes.set_xticks([])
    axes.set_yticks(centres, labels=labels)
    for tick in axes.get_yticklabels():
        dress(tick)
    axes.tick_params(length=0)
