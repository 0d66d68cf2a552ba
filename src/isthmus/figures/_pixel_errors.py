"""Figure of the errors of each pixel."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from .._translation import Message, translate
from ..errors import UsageError
from ._picture_cells import cell_ratio, pixel_aspect, shrunk
from ._shown_text import drawable
from ._style import HEAT, house_style, new_figure

__all__ = ["pixel_errors"]

_MOST_PIXELS = 1200  # per side: more would not be visible in the figure
_LOWEST = 1.2  # inches: the colour bar needs space for its label


def pixel_errors(
    errors: ArrayLike, picture_shape: tuple[int, ...], *, language: str = "en"
) -> Figure:
    """Draw each pixel's squared error as a shade.

    Pixels of pictures more than 1,200 pixels long are averaged; those of pictures more than four
    times as long as wide are stretched across them.

    Parameters
    ----------
    errors : array-like of shape (n_features,)
        Mean squared errors; those of a colour picture's channels are summed.
    picture_shape : tuple of int
        ``(height, width)`` or ``(height, width, 3)``.
    language : {"en", "zh"}, default="en"
        Language of the figure; English, with a warning, if no font supports it.

    Returns
    -------
    matplotlib.figure.Figure
        5.2 inches wide.

    Raises
    ------
    UsageError
        If the number of errors does not fit the picture shape.
    """
    values = np.asarray(errors, dtype=np.float64)
    if values.shape != (math.prod(picture_shape),):
        raise UsageError(
            f"`errors` of pixel_errors must have shape ({math.prod(picture_shape)},), the features "
            f"of a picture. Got {values.shape}."
        )
    height, width = picture_shape[:2]
    shades = values.reshape(height, width, -1).sum(axis=2)
    shades = shrunk([shades], (height, width), most=_MOST_PIXELS)[0, :, :, 0]
    language = drawable(language)
    with house_style(language):
        figure = new_figure(5.2, min(8.0, max(_LOWEST, 3.6 * cell_ratio(height, width) + 0.3)))
        axes = figure.add_subplot()
        drawn = axes.imshow(
            shades,
            cmap=HEAT,
            vmin=0,
            vmax=max(shades.max(), 1e-12),
            interpolation="nearest",
            aspect=pixel_aspect(*shades.shape),
        )
        axes.set_axis_off()
        bar = figure.colorbar(drawn, ax=axes, pad=0.03, aspect=25)
        bar.outline.set_visible(False)
        bar.ax.tick_params(length=0)
        bar.set_label(translate(Message("squared error"), language))
    return figure
