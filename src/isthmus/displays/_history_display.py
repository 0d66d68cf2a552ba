"""Display of the losses of a training."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Self

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.utils.validation import check_is_fitted

from ..figures import loss_curves
from ..training import parts_of, with_start
from ._display import Display

__all__ = ["HistoryDisplay"]


class HistoryDisplay(Display):
    """Training and validation loss of each epoch, in a panel for each stage.

    Parameters
    ----------
    history : sequence of mapping
        One record per epoch, as in ``history_``.
    best_epoch : int, default=None
        Epoch to mark, such as ``best_epoch_``.
    loss_name : str, default=None
        Label of the loss axis; None is "mean squared error".

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Axes with the curves. With several stages they are empty, and the panels are in their
        place: ``figure_.axes``.
    figure_ : matplotlib.figure.Figure
        Their figure.

    See Also
    --------
    isthmus.figures.loss_curves : The same figure.
    """

    def __init__(
        self,
        history: Sequence[Mapping[str, Any]],
        *,
        best_epoch: int | None = None,
        loss_name: str | None = None,
    ) -> None:
        self.history = history
        self.best_epoch = best_epoch
        self.loss_name = loss_name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        loss_name: str | None = None,
        ax: Axes | None = None,
        language: str = "en",
    ) -> Self:
        """Draw the losses of a fitted estimator.

        Parameters
        ----------
        estimator : estimator
            Fitted, with ``history_``.
        loss_name : str, default=None
            Label of the loss axis; None is the estimator's loss.
        ax : matplotlib.axes.Axes, default=None
            Axes to draw into; None creates a figure.
        language : {"en", "zh"}, default="en"
            Language of the figure.

        Returns
        -------
        HistoryDisplay
        """
        check_is_fitted(estimator)
        loss = getattr(estimator, "loss", "mean_squared_error")
        if loss_name is None and loss != "mean_squared_error":
            loss_name = str(loss).replace("_", " ")
        best = getattr(estimator, "best_epoch_", None)
        display = cls(estimator.history_, best_epoch=best, loss_name=loss_name)
        return display.plot(ax, language=language)

    @property
    def _inches(self) -> tuple[float, float]:
        n_stages = len({record.get("stage") for record in self.history})
        parts = parts_of(self.history)
        n_panels = 1 + len(parts) if n_stages <= 1 else n_stages
        return (5.8, 3.3) if n_panels <= 1 else (6.2, 3.3 * math.ceil(n_panels / 2))

    def _draw(self, axes: Axes, language: str) -> Figure:
        return loss_curves(
            with_start(self.history),
            best_epoch=self.best_epoch,
            loss_name=self.loss_name,
            parts=parts_of(self.history),
            ax=axes,
            language=language,
        )
