"""Figure of what the units of a code mean for pictures: traversals and mean derivatives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from .._translation import Message
from ..errors import UsageError
from ._picture_lines import picture_lines
from ._reconstruction_grid import as_shades

__all__ = ["unit_strips"]


def unit_strips(
    traversals: ArrayLike,
    moved_by: ArrayLike,
    moves: ArrayLike,
    picture_shape: tuple[int, ...],
    *,
    names: Sequence[str],
    steps: Sequence[float],
    value_range: tuple[float, float] | None = None,
    ax: Axes | None = None,
    language: str = "en",
) -> Figure:
    """Draw a line for each unit: decoded codes while it moves, then its mean derivatives.

    Derivatives are white where positive, black where negative and grey where zero, on a scale of
    their own for each picture.

    Parameters
    ----------
    traversals : array-like of shape (n_units, n_steps, n_features)
        Decoded pictures in any unit.
    moved_by, moves : array-like of shape (n_units, n_features)
        Mean derivatives of the unit by each pixel, and of each pixel by the unit.
    picture_shape : tuple of int
        (height, width), or (height, width, 1 or 3).
    names : sequence of str of length n_units
        Labels of the lines.
    steps : sequence of float of length n_steps
        Standard deviations from the mean; the first, the last and 0 are labelled.
    value_range : tuple of two floats, optional
        Values of black and white in traversals. Default: their smallest and largest value.
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
        If the arrays do not match, or are empty.
    """
    strips, causes, effects = (np.asarray(part) for part in (traversals, moved_by, moves))
    if strips.ndim != 3 or not strips.size or not causes.shape == effects.shape == (
        strips[:, 0].shape
    ):  # fmt: skip
        raise UsageError(
            "unit_strips requires traversals of shape (n_units, n_steps, n_features), and "
            "derivatives of shape (n_units, n_features). Got shapes "
            f"{strips.shape}, {causes.shape} and {effects.shape}."
        )
    black, white = (strips.min(), strips.max()) if value_range is None else value_range
    shades = as_shades(strips, float(black), float(white))
    maps = np.stack([_signed_shades(causes), _signed_shades(effects)], axis=1)
    lines = np.concatenate([shades, maps], axis=1)
    ends = (0, len(steps) - 1)
    titles = [_step(step) if k in ends or not step else "" for k, step in enumerate(steps)]
    titles += [Message("moved by"), Message("moves")]
    return picture_lines(
        lines.reshape(-1, lines.shape[2]),
        picture_shape,
        n_columns=lines.shape[1],
        names=names,
        titles=titles,
        value_range=(0, 255),
        ax=ax,
        language=language,
    )


def _signed_shades(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return values as shades of grey, each row on a scale of its own around zero."""
    largest = np.abs(values).max(axis=1, keepdims=True)
    return as_shades(values / np.where(largest > 0, largest, 1.0), -1.0, 1.0)


def _step(step: float) -> str:
    if not step:
        return Message("mean")
    number = f"{step:+.2g}".replace("-", "\N{MINUS SIGN}")
    return Message("{step} sd", step=number)
