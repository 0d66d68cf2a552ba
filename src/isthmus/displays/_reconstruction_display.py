"""Display of pictures above their reconstructions."""

from __future__ import annotations

import math
from typing import Any, Self

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from .._row_blocks import as_dense
from ..errors import UsageError
from ..figures import reconstruction_grid
from ._display import Display

__all__ = ["ReconstructionDisplay"]

_PICTURES_INCHES, _LABELS_INCHES = 5.2, 1.2
_IN_A_LINE = 10


class ReconstructionDisplay(Display):
    """Pictures above their reconstructions, ten in a line.

    Parameters
    ----------
    originals, reconstructions : array-like of shape (n_pictures, n_features)
        In the same unit and order.
    picture_shape : tuple of int
        (height, width), or (height, width, 3) for colour.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Axes with all pictures.
    figure_ : matplotlib.figure.Figure
        Their figure.

    See Also
    --------
    isthmus.figures.reconstruction_grid : The same figure from arrays.
    """

    def __init__(
        self, originals: ArrayLike, reconstructions: ArrayLike, picture_shape: tuple[int, ...]
    ) -> None:
        self.originals = originals
        self.reconstructions = reconstructions
        self.picture_shape = picture_shape

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        *,
        n_pictures: int = 10,
        picture_shape: tuple[int, ...] | None = None,
        ax: Axes | None = None,
        language: str = "en",
    ) -> Self:
        """Reconstruct the first pictures and draw them.

        Parameters
        ----------
        estimator : estimator
            Fitted on pictures, with ``reconstruct``.
        X : array-like or sparse matrix
            Pictures, of shape (n_samples, n_features) or (n_samples, height, width) with or
            without channels.
        n_pictures : int, default=10
            Number of pictures to draw; fewer if there are fewer.
        picture_shape : tuple of int, default=None
            (height, width), or (height, width, 3); needed if the estimator was fitted on flat
            rows.
        ax : matplotlib.axes.Axes, default=None
            Axes to draw into; None creates a figure.
        language : {"en", "zh"}, default="en"
            Language of the figure.

        Returns
        -------
        ReconstructionDisplay

        Raises
        ------
        UsageError
            If the shape of the pictures is unknown, or does not fit the rows.
        """
        rows = estimator.prepared_rows(X[:n_pictures])
        shape = picture_shape or estimator.preprocessor_.picture_shape
        if shape is None:
            raise UsageError(
                "`picture_shape` is needed to draw rows as pictures, as the estimator was fitted "
                "on flat rows: pass (height, width). Errors of other rows are drawn by "
                "ErrorsDisplay."
            )
        originals = as_dense(rows)
        copies = np.asarray(estimator.reconstruct(rows))
        return cls(originals, copies, tuple(shape)).plot(ax, language=language)

    @property
    def _inches(self) -> tuple[float, float]:
        n = len(np.asarray(self.originals))
        height, width = (*self.picture_shape, 1)[:2]
        columns = max(1, min(n, _IN_A_LINE))
        inches = min(_PICTURES_INCHES, 0.9 * columns)
        lines = 2.3 * math.ceil(n / columns)  # with the gaps between them
        tall = inches / columns * min(4.0, max(0.25, height / max(width, 1))) * lines
        return inches + _LABELS_INCHES, tall + 0.2

    def _draw(self, axes: Axes, language: str) -> Figure:
        return reconstruction_grid(
            self.originals, self.reconstructions, self.picture_shape, ax=axes, language=language
        )
