"""Figure of PCA's error for each code size, with the model's error."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from .._translation import Message, translate
from ..errors import UsageError
from ._shown_text import drawable
from ._style import BLUE, MUTED, ORANGE, grid, house_style, new_figure, root_figure, scale_losses

__all__ = ["pca_sizes"]


def pca_sizes(
    pca_errors: ArrayLike,
    latent_dim: int,
    error: float,
    *,
    ax: Axes | None = None,
    language: str = "en",
) -> Figure:
    """Draw PCA's squared error for each number of components, and the model's.

    The error axis is logarithmic if errors span more than a factor of ten. It ends at a hundredth
    of the model's error, or of PCA's with the same code size if that is smaller.

    Parameters
    ----------
    pca_errors : array-like of shape (n_components + 1,)
        Squared error per row with 0 components, 1, and so on.
    latent_dim : int
        Code size of the model.
    error : float
        Squared error per row of the model, on the same rows.
    ax : matplotlib.axes.Axes, default=None
        Axes to draw into; None creates a figure.
    language : {"en", "zh"}, default="en"
        Language of the figure; English, with a warning, if no font supports it.

    Returns
    -------
    matplotlib.figure.Figure
        5.8 inches wide, or that of ``ax``.

    Raises
    ------
    UsageError
        If there are no errors of PCA.
    """
    errors = np.asarray(pca_errors, dtype=np.float64)
    if errors.ndim != 1 or not len(errors):
        raise UsageError(
            f"`pca_errors` of pca_sizes must have at least one error. Got shape {errors.shape}."
        )
    same = errors[min(latent_dim, len(errors) - 1)]
    shown = errors[errors > 0.01 * min(error, same)] if min(error, same) > 0 else errors
    language = drawable(language)
    with house_style(language):
        axes = new_figure(5.8, 3.3).add_subplot() if ax is None else ax
        sizes = np.arange(len(shown))
        marks: dict[str, Any] = {"marker": "o", "markersize": 3.5} if len(shown) <= 30 else {}
        axes.plot(
            sizes, shown, color=ORANGE, lw=1.6, label=translate(Message("PCA"), language), **marks
        )
        axes.axhline(error, color=MUTED, lw=0.9, ls=":")
        axes.plot(
            [latent_dim], [error], ls="none", marker="D", markersize=7, color=BLUE,
            label=translate(Message("this model ({n})", n=latent_dim), language),
        )  # fmt: skip
        axes.set_xlabel(translate(Message("code size"), language))
        axes.set_ylabel(translate(Message("squared error per row"), language))
        scale_losses(axes, np.append(shown, error), language)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
        axes.legend()
        grid(axes, "both")
    return root_figure(axes)
