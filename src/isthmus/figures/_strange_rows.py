"""Figures of anomalous rows, with the features behind their errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from .._translation import Message, translate
from ..errors import UsageError
from ._picture_cells import cell_ratio, shrunk
from ._shown_text import drawable, dress, showable
from ._style import HEAT, INK, MUTED, ON_HEAT, house_style, new_figure, root_figure

__all__ = ["strange_pictures", "strange_rows"]

_MOST_FEATURES = 12
_NAME_WIDTH = 24
_WIDTH, _LABEL, _GAP, _MARGIN = 6.4, 1.12, 0.06, 0.08  # inches, of pictures
_FEWEST = 5  # pictures that fill the width


def strange_rows(
    shares: ArrayLike,
    rows: Sequence[str],
    features: Sequence[object],
    *,
    language: str = "en",
) -> Figure:
    """Draw which features make rows anomalous, as a table of shades.

    Parameters
    ----------
    shares : array-like of shape (n_rows, n_features)
        Share of each feature in a row's error.
    rows : sequence of str of length n_rows
        Names of the rows, most anomalous first.
    features : sequence of length n_features
        Feature names, cleaned and cut; the twelve with the largest shares are drawn.
    language : {"en", "zh"}, default="en"
        Language of the figure; English, with a warning, if no font supports it.

    Returns
    -------
    matplotlib.figure.Figure
        6.4 inches wide.

    Raises
    ------
    UsageError
        If there are no rows or features, or not as many names.
    """
    table = np.asarray(shares, dtype=np.float64)
    if table.ndim != 2 or not table.size or table.shape != (len(rows), len(features)):
        raise UsageError(
            "strange_rows requires a share per row and feature, and a name for each of them. "
            f"Got shares of shape {table.shape}, {len(rows)} rows and {len(features)} features."
        )
    shown = np.argsort(-table.max(axis=0), kind="stable")[:_MOST_FEATURES]
    table = table[:, shown]
    language = drawable(language)
    with house_style(language):
        figure = new_figure(6.4, 0.3 * len(rows) + 1.9)
        axes = figure.add_subplot()
        axes.imshow(table, cmap=HEAT, vmin=0, vmax=1, aspect="auto")
        for row, column in np.ndindex(*table.shape):
            if table[row, column] >= 0.05:
                axes.text(
                    column, row, f"{table[row, column]:.0%}", ha="center", va="center",
                    fontsize=8, color=ON_HEAT if table[row, column] > 0.6 else INK,
                )  # fmt: skip
        names = [showable(features[k], _NAME_WIDTH, middle=True, language=language) for k in shown]
        axes.set_xticks(range(len(shown)), labels=names, rotation=40, ha="right")
        axes.set_yticks(range(len(rows)), labels=[translate(row, language) for row in rows])
        for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
            dress(label)
        axes.tick_params(length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
    return figure


def strange_pictures(
    X: NDArray[np.floating] | ArrayLike,
    shares: ArrayLike,
    picture_shape: tuple[int, ...],
    rows: Sequence[object] = (),
    *,
    language: str = "en",
) -> Figure:
    """Draw anomalous pictures in a row, and the location of their errors below.

    Pixels of large pictures are averaged or stretched as in ``reconstruction_grid``.

    Parameters
    ----------
    X : array-like of shape (n_pictures, n_features)
        Most anomalous first.
    shares : array-like of the same shape
        Share of each pixel in the picture's error; those of a colour picture's channels are summed.
    picture_shape : tuple of int
        (height, width), or (height, width, 1 or 3).
    rows : sequence of length n_pictures, default=()
        Numbers of the rows in the source, to draw above the pictures.
    language : {"en", "zh"}, default="en"
        Language of the figure; English, with a warning, if no font supports it.

    Returns
    -------
    matplotlib.figure.Figure
        6.4 inches wide.

    Raises
    ------
    UsageError
        If there are no pictures, or the shapes do not match.
    """
    pictures, where = np.asarray(X), np.asarray(shares)
    if (
        not pictures.size
        or pictures.shape != where.shape
        or len(pictures[0]) != np.prod(picture_shape)
    ):
        raise UsageError(
            "strange_pictures requires pictures of `picture_shape`, and as many shares. "
            f"Got shapes {pictures.shape}, {where.shape} and {tuple(picture_shape)}."
        )
    shown, blame = shrunk(pictures, picture_shape), shrunk(where, picture_shape).sum(axis=3)
    low, high = shown.min(), shown.max()
    shown = (shown - low) / (high - low if high > low else 1)
    shown = shown if shown.shape[3] == 3 else shown[:, :, :, 0]
    peaks = blame.max(axis=(1, 2), keepdims=True)
    blame = blame / np.maximum(peaks, 1e-9)
    language = drawable(language)
    with house_style(language):
        axes, cell, tall = _cells(len(pictures), cell_ratio(*picture_shape[:2]))
        names = Message("picture"), Message("error by pixel")
        bottoms = _MARGIN + tall + _GAP, _MARGIN
        for bottom, name in zip(bottoms, names, strict=True):
            axes.text(
                _LABEL - 0.09, bottom + tall / 2, translate(name, language), ha="right",
                va="center", color=INK,
            )  # fmt: skip
        _draw_cells(axes, shown, "gray", bottoms[0], cell, tall)
        _draw_cells(axes, blame, HEAT, bottoms[1], cell, tall)
        top = _MARGIN + 2 * tall + _GAP + 0.05
        look: dict[str, Any] = {"va": "bottom", "color": MUTED, "fontsize": 8}
        for k, row in enumerate(rows[: len(pictures)]):
            axes.text(_LABEL + k * (cell + _GAP) + cell / 2, top, f"{row}", ha="center", **look)
        if len(rows):
            axes.text(_LABEL - 0.09, top, translate(Message("row"), language), ha="right", **look)
        figure = root_figure(axes)
        width, height = figure.get_size_inches()
        axes.set(xlim=(0, width), ylim=(0, height))
    return figure


def _cells(n: int, ratio: float) -> tuple[Axes, float, float]:
    """Return axes in inches over a new figure, and the width and the height of its cells.

    One axes for each cell would take five times as long to draw.
    """
    columns = max(n, _FEWEST)
    cell = (_WIDTH - _LABEL - _MARGIN - (columns - 1) * _GAP) / columns
    tall = cell * ratio
    figure = Figure(figsize=(_WIDTH, 2 * tall + _GAP + 2 * _MARGIN + 0.2))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    return axes, cell, tall


def _draw_cells(
    axes: Axes, cells: NDArray[Any], shades: str | Colormap, bottom: float, cell: float, tall: float
) -> None:
    for k, values in enumerate(cells):
        left = _LABEL + k * (cell + _GAP)
        axes.imshow(
            values, cmap=shades, vmin=0, vmax=1, interpolation="nearest", aspect="auto",
            extent=(left, left + cell, bottom, bottom + tall),
        )  # fmt: skip
