"""Figure of the first layer's weights as pictures."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from ..errors import UsageError
from ._picture_cells import enlarged, shrunk
from ._style import house_style

__all__ = ["MOST_FILTERS", "filter_shades", "first_layer_filters"]

MOST_FILTERS = 100
_INCHES = 5.2


def first_layer_filters(weight: ArrayLike, picture_shape: tuple[int, ...]) -> Figure:
    """Draw the weights of first-layer units as pictures, in descending norm.

    Each unit has its own scale around 0: grey is 0, white its largest absolute weight, black the
    opposite. At most a hundred units with the largest norms are drawn. Pixels of large pictures are
    averaged or stretched as in ``reconstruction_grid``.

    Parameters
    ----------
    weight : array-like of shape (n_units, n_features)
        Weights of the first layer; not modified. 8-bit integers are shades of units in their
        order, as returned by ``filter_shades``.
    picture_shape : tuple of int
        ``(height, width)`` or ``(height, width, 3)``.

    Returns
    -------
    matplotlib.figure.Figure
        5.2 inches wide.

    Raises
    ------
    UsageError
        If the weights do not fit the picture shape.
    """
    rows = np.asarray(weight)
    _check_pictures(rows, picture_shape)
    if rows.dtype != np.uint8:
        rows, picture_shape = filter_shades(rows, picture_shape)
    mosaic = _tiled(enlarged(rows.reshape(-1, *(*picture_shape, 1)[:3])))
    with house_style():
        tall = _INCHES * mosaic.shape[0] / mosaic.shape[1]
        figure = Figure(figsize=(_INCHES, tall))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.imshow(mosaic, interpolation="antialiased", aspect="auto")
        axes.set_axis_off()
    return figure


def filter_shades(
    weight: ArrayLike, picture_shape: tuple[int, ...], *, most: int | None = None
) -> tuple[NDArray[np.uint8], tuple[int, ...]]:
    """Return the weights of at most a hundred first-layer units as shades, in descending norm.

    Parameters
    ----------
    weight : array-like of shape (n_units, n_features)
        Weights of the first layer; not modified.
    picture_shape : tuple of int
        ``(height, width)`` or ``(height, width, 3)``.
    most : int, default=None
        Maximum number of pixels per side; larger pictures are averaged. None is the resolution of
        the figure.

    Returns
    -------
    tuple of ndarray of shape (n_shown, n_pixels), uint8, and tuple of int
        Shades, with a scale around 0 (grey) per unit: white is its largest absolute weight, black
        the opposite. Shape of each returned picture.
    """
    rows = np.asarray(weight)
    _check_pictures(rows, picture_shape)
    strength = np.array([np.linalg.norm(row.astype(np.float64)) for row in rows])
    strongest = np.argsort(-strength, kind="stable")[:MOST_FILTERS]
    chosen = (rows[k] for k in strongest)
    pictures = shrunk(chosen, picture_shape, **({} if most is None else {"most": most}))
    peak = np.abs(pictures).max(axis=(1, 2, 3), keepdims=True)
    shades = np.rint(127.5 + 127.5 * pictures / np.where(peak > 0, peak, 1)).astype(np.uint8)
    shape = (*shades.shape[1:3], *picture_shape[2:])
    return shades.reshape(len(shades), -1), shape


def _check_pictures(rows: NDArray[Any], picture_shape: tuple[int, ...]) -> None:
    if rows.ndim != 2 or not len(rows) or rows.shape[1] != math.prod(picture_shape):
        raise UsageError(
            "`weight` of first_layer_filters must have shape (n_units, "
            f"{math.prod(picture_shape)}), the features of a picture. Got {rows.shape}."
        )


def _tiled(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return all pictures as one, in an almost square grid."""
    n, height, width = pictures.shape[:3]
    columns = math.ceil(math.sqrt(n))
    gap = max(1, round(0.08 * max(height, width)))
    lines = math.ceil(n / columns)
    size = (lines * (height + gap) + gap, columns * (width + gap) + gap, 4)
    canvas = np.zeros(size, dtype=np.uint8)  # transparent between the filters
    for k, picture in enumerate(pictures):
        top, left = (
            gap + (at * step)
            for at, step in zip(divmod(k, columns), (height + gap, width + gap), strict=True)
        )
        canvas[top : top + height, left : left + width, :3] = picture
        canvas[top : top + height, left : left + width, 3] = 255
    return canvas
