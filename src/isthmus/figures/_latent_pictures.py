"""Figure of latents as pictures: their directions, and the pictures that activate them most."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from .._translation import translate
from ..errors import UsageError
from ._picture_cells import enlarged
from ._shown_text import drawable, dress
from ._style import house_style

__all__ = ["latent_pictures"]

_INCHES = 5.4
_LABEL_INCHES = 1.5


def latent_pictures(
    directions: ArrayLike,
    pictures: ArrayLike,
    picture_shape: tuple[int, ...],
    names: Sequence[str],
    *,
    language: str = "en",
) -> Figure:
    """Draw a line for each latent: its direction, then the pictures that activate it most.

    Parameters
    ----------
    directions : array-like of shape (n_latents, n_features), uint8
        Shades of the directions, as returned by ``filter_shades``: grey is 0.
    pictures : array-like of shape (n_latents, n_top, n_features), uint8
        Shades of pictures; white where a latent has fewer.
    picture_shape : tuple of int
        ``(height, width)`` or ``(height, width, 3)``.
    names : sequence of str
        Label of each line.
    language : {"en", "zh"}, default="en"
        Language of the labels; English, with a warning, if no font supports it.

    Returns
    -------
    matplotlib.figure.Figure
        6.9 inches wide.

    Raises
    ------
    UsageError
        If the numbers of lines differ, or there are none.
    """
    first, others = np.asarray(directions, np.uint8), np.asarray(pictures, np.uint8)
    if not len(first) or not len(first) == len(others) == len(names):
        raise UsageError(
            "`directions`, `pictures` and `names` of latent_pictures must have one item per "
            f"latent. Got {len(first)}, {len(others)} and {len(names)}."
        )
    shape = (*picture_shape, 1)[:3]
    cells = np.concatenate([first[:, None], others], axis=1)
    mosaic, centres = _mosaic(enlarged(cells.reshape(-1, *shape)), cells.shape[1])
    language = drawable(language)
    with house_style(language):
        tall = _INCHES * mosaic.shape[0] / mosaic.shape[1]
        figure = Figure(figsize=(_LABEL_INCHES + _INCHES, tall))
        left = _LABEL_INCHES / (_LABEL_INCHES + _INCHES)
        axes = figure.add_axes((left, 0, 1 - left, 1))
        axes.imshow(mosaic, interpolation="antialiased", aspect="auto")
        axes.spines[:].set_visible(False)
        axes.set_xticks([])
        axes.set_yticks(centres, labels=[translate(name, language) for name in names])
        axes.tick_params(length=0)
        for tick in axes.get_yticklabels():
            dress(tick)
    return figure


def _mosaic(pictures: NDArray[np.uint8], columns: int) -> tuple[NDArray[np.uint8], list[float]]:
    """Return all pictures as one, with a wider gap after the first column, and lines' centres."""
    n, height, width = pictures.shape[:3]
    gap = max(1, round(0.08 * max(height, width)))
    lines = n // columns
    step = height + gap
    canvas = np.full((lines * step - gap, columns * (width + gap) + gap, 3), 255, dtype=np.uint8)
    for k, picture in enumerate(pictures):
        line, column = divmod(k, columns)
        left = column * (width + gap) + (2 * gap if column else 0)
        canvas[line * step : line * step + height, left : left + width] = picture
    return canvas, [line * step + height / 2 for line in range(lines)]
