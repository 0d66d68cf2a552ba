"""Figure of pictures above their codes, above their reconstructions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from .._translation import Message, translate
from ..errors import UsageError
from ._picture_cells import cell_ratio, enlarged, shrunk
from ._reconstruction_grid import as_shades
from ._shown_text import drawable
from ._style import INK, MUTED, SIGNED, house_style

__all__ = ["coded_pictures"]

_MOST = 10
_CELL, _GAP, _LABEL, _MARGIN = 0.48, 0.06, 1.12, 0.08  # inches
_LOWEST, _HIGHEST = 0.14, 0.96  # inches of a code
_ACROSS = ((16, 4), (64, 8), (256, 16))  # numbers of a code, at most, and in a line


def coded_pictures(
    X: ArrayLike,
    Z: ArrayLike,
    X_hat: ArrayLike,
    picture_shape: tuple[int, ...],
    rows: Sequence[object],
    *,
    language: str = "en",
) -> Figure:
    """Draw pictures, their codes as small heat maps, and their reconstructions.

    The numbers of a code are wrapped into lines of 4, of 8 if there are more than 16, of 16 if
    there are more than 64, or into a square if there are more than 256. Orange is positive, blue
    is negative; the largest absolute value of all codes has the full colour.

    Parameters
    ----------
    X : array-like of shape (n_pictures, n_features), uint8
        At most ten originals, from black to white.
    Z : array-like of shape (n_pictures, latent_dim)
        Their codes; non-finite numbers are left empty.
    X_hat : array-like of shape (n_pictures, n_features), uint8
        Their reconstructions.
    picture_shape : tuple of int
        ``(height, width)`` or ``(height, width, 1 or 3)``.
    rows : sequence of length n_pictures
        Numbers of the rows in the source.
    language : {"en", "zh"}, default="en"
        Language of the figure; English, with a warning, if no font supports it.

    Returns
    -------
    matplotlib.figure.Figure
        At most 6.6 inches wide.

    Raises
    ------
    UsageError
        If there are no or more than ten pictures, or the shapes do not match.
    """
    originals, codes, copies = np.asarray(X), np.asarray(Z, dtype=np.float64), np.asarray(X_hat)
    n = len(originals)
    if not (
        0 < n <= _MOST
        and originals.shape == copies.shape == (n, math.prod(picture_shape))
        and codes.ndim == 2
        and codes.size
        and len(codes) == len(rows) == n
    ):
        raise UsageError(
            "coded_pictures requires one to ten pictures of `picture_shape`, and a code, a "
            "reconstruction and a row number for each of them. Got shapes "
            f"{originals.shape}, {codes.shape} and {copies.shape}, and {len(rows)} numbers."
        )
    tall = _CELL * cell_ratio(*picture_shape[:2])
    maps = _wrapped(codes)
    of_code = min(max(_CELL * maps.shape[1] / maps.shape[2], _LOWEST), _HIGHEST)
    heights = (tall, of_code, tall)
    labels = Message("original"), Message("code ({n})", n=codes.shape[1]), Message("reconstruction")
    language = drawable(language)
    with house_style(language):
        figure, axes = _figure(n, heights)
        lines: list[NDArray[Any]] = [
            _shown(originals, picture_shape), maps, _shown(copies, picture_shape),
        ]  # fmt: skip
        for line, cells in enumerate(lines):
            _draw_line(axes, line, heights, cells, translate(labels[line], language))
        _number(axes, heights, rows, translate(Message("row"), language))
        width, height = figure.get_size_inches()
        axes.set(xlim=(0, width), ylim=(0, height))
    return figure


def _shown(rows: NDArray[Any], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    return enlarged(as_shades(shrunk(rows, shape), 0, 255))


def _wrapped(codes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return codes in lines, from -1 to 1, with NaN after the last number."""
    n, size = codes.shape
    square = math.ceil(math.sqrt(size))
    across = min(size, next((width for most, width in _ACROSS if size <= most), square))
    down = math.ceil(size / across)
    finite = np.abs(codes[np.isfinite(codes)])
    peak = float(finite.max()) if len(finite) and finite.max() > 0 else 1.0
    filled = np.full((n, down * across), np.nan)
    filled[:, :size] = np.where(np.isfinite(codes), codes / peak, np.nan)
    return filled.reshape(n, down, across)


def _figure(n: int, heights: tuple[float, ...]) -> tuple[Figure, Axes]:
    """Return a figure, and axes over all of it in inches: one for each cell would take long."""
    width = _LABEL + n * (_CELL + _GAP) + _MARGIN
    figure = Figure(figsize=(width, sum(heights) + 2 * _GAP + 2 * _MARGIN + 0.2))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    return figure, axes


def _draw_line(
    axes: Axes, line: int, heights: tuple[float, ...], cells: NDArray[Any], label: str
) -> None:
    bottom = _MARGIN + sum(heights[line + 1 :]) + _GAP * (len(heights) - 1 - line)
    for k, cell in enumerate(cells):
        left = _LABEL + k * (_CELL + _GAP)
        axes.imshow(
            cell, cmap=SIGNED, vmin=-1, vmax=1, aspect="auto", interpolation="antialiased",
            extent=(left, left + _CELL, bottom, bottom + heights[line]),
        )  # fmt: skip
    axes.text(
        _LABEL - 0.09, bottom + heights[line] / 2, label, ha="right", va="center", color=INK
    )  # fmt: skip


def _number(axes: Axes, heights: tuple[float, ...], rows: Sequence[object], word: str) -> None:
    y = _MARGIN + sum(heights) + 2 * _GAP + 0.05
    look: dict[str, Any] = {"va": "bottom", "color": MUTED, "fontsize": 8}
    axes.text(_LABEL - 0.09, y, word, ha="right", **look)
    for k, row in enumerate(rows):
        axes.text(_LABEL + k * (_CELL + _GAP) + _CELL / 2, y, f"{row}", ha="center", **look)
