"""Display of what the numbers of a code mean."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..errors import UsageError
from ..figures import unit_effects, unit_strips
from ._display import Display

__all__ = ["MeaningsDisplay"]


class MeaningsDisplay(Display):
    """What the numbers of a code mean: traversals of pictures, or effects on columns.

    For pictures there is a line for each unit, from those that explain most: pictures decoded while
    the unit moves by two standard deviations to each side of its mean, then the mean derivatives of
    the unit by each pixel and of each pixel by the unit. For other rows, the figure is a table of
    the changes of columns per standard deviation of each unit, in scaled units.

    Parameters
    ----------
    meanings : isthmus.estimators.CodeMeanings
        Return value of ``code_meanings``.
    picture_shape : tuple of int, default=None
        (height, width), or (height, width, 3); None for rows that are not pictures.
    value_range : tuple of two floats, default=None
        Values of black and white; None uses the range of the traversals.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Axes with the figure.
    figure_ : matplotlib.figure.Figure
        Their figure.

    See Also
    --------
    isthmus.figures.unit_strips : The figure of pictures from arrays.
    isthmus.figures.unit_effects : The figure of other rows from arrays.
    """

    def __init__(
        self,
        meanings: Any,
        *,
        picture_shape: tuple[int, ...] | None = None,
        value_range: tuple[float, float] | None = None,
    ) -> None:
        self.meanings = meanings
        self.picture_shape = picture_shape
        self.value_range = value_range

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        *,
        n_units: int = 8,
        picture_shape: tuple[int, ...] | None = None,
        ax: Axes | None = None,
        language: str = "en",
    ) -> Self:
        """Compute the meanings and draw them.

        Parameters
        ----------
        estimator : estimator
            Fitted autoencoder.
        X : array-like, sparse matrix, table or sequence of texts
            Rows with the columns of the training data.
        n_units : int, default=8
            Number of units to draw, those that explain most variance; from 1 to 64.
        picture_shape : tuple of int, default=None
            (height, width), or (height, width, 3), if the estimator was fitted on flat rows that
            are pictures.
        ax : matplotlib.axes.Axes, default=None
            Axes to draw into; None creates a figure.
        language : {"en", "zh"}, default="en"
            Language of the figure.

        Returns
        -------
        MeaningsDisplay

        Raises
        ------
        UsageError
            If ``n_units`` is out of its range, or the shape does not fit the rows.
        """
        meanings = estimator.code_meanings(X, n_units=n_units)
        shape = picture_shape or meanings["picture_shape"]
        n = meanings["traversals"].shape[2]
        if shape is not None and int(np.prod(shape)) != n:
            raise UsageError(
                f"`picture_shape` must have a product of {n}, the number of features. Got "
                f"{tuple(shape)}."
            )
        return cls(meanings, picture_shape=shape).plot(ax, language=language)

    @property
    def _inches(self) -> tuple[float, float]:
        n = len(self.meanings["shown"])
        if self.picture_shape is None:
            return 6.4, 0.3 * n + 1.9
        columns = len(self.meanings["steps"]) + 2
        height, width = self.picture_shape[:2]
        return 6.4, 0.5 + 5.1 / columns * min(4.0, max(0.25, height / width)) * 1.06 * n

    def _draw(self, axes: Axes, language: str) -> Figure:
        own = self.meanings
        shown = own["shown"]
        names = [f"{k} ({own['variance_explained'][k]:z.1%})" for k in shown]
        if self.picture_shape is not None:
            return unit_strips(
                own["traversals"], own["encoder"][shown], own["decoder"][shown],
                tuple(self.picture_shape), names=names, steps=own["steps"].tolist(),
                value_range=self.value_range, ax=axes, language=language,
            )  # fmt: skip
        effects = own.effects[shown]
        columns = own["columns"] or [f"column {k}" for k in range(effects.shape[1])]
        return unit_effects(
            effects, names, columns, signed=own["signed"], ax=axes, language=language
        )
