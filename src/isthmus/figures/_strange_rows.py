"""Figures of anomalous rows, with the features behind their errors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from .._translation import Message, translate
from ..errors import UsageError
from ._picture_cells import cell_ratio, pixel_aspect, shrunk
from ._shown_text import drawable, dress, showable
from ._style import HEAT, INK, MUTED, ON_HEAT, house_style, new_figure

__all__ = ["strange_pictures", "strange_rows"]

_MOST_FEATURES = 12
_NAME_WIDTH = 24


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
    n = len(pictures)
    shown, blame = shrunk(pictures, picture_shape), shrunk(where, picture_shape).sum(axis=3)
    low, high = shown.min(), shown.max()
    shown = (shown - low) / (high - low if high > low else 1)
    shown = shown if shown.shape[3] == 3 else shown[:, :, :, 0]
    ratio, aspect = cell_ratio(*picture_shape[:2]), pixel_aspect(*blame.shape[1:])
    language = drawable(language)
    with house_style(language):
        figure = new_figure(6.4, max(1.2, 2 * 6.2 / max(n, 5) * ratio + 0.5))
        grid_of_axes = figure.subplots(2, max(n, 5), squeeze=False)
        for axes in grid_of_axes.flat:
            axes.set_axis_off()
        for at in range(n):
            grid_of_axes[0, at].imshow(
                shown[at], cmap="gray", vmin=0, vmax=1, interpolation="nearest", aspect=aspect
            )
            grid_of_axes[1, at].imshow(
                blame[at],
                cmap=HEAT,
                vmin=0,
                vmax=max(blame[at].max(), 1e-9),
                interpolation="nearest",
                aspect=aspect,
            )
        names = Message("picture"), Message("error by pixel")
        for line, name in zip(grid_of_axes[:, 0], names, strict=True):
            line.set_title(translate(name, language), fontsize=9, color=MUTED)
        for axes, row in zip(grid_of_axes[0], rows, strict=False):
            axes.set_title(f"{row}", fontsize=8, color=MUTED, loc="center" if n > 1 else "left")
    return figure
