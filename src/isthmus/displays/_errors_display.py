"""Display of the errors of rows."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from ..errors import UsageError
from ..figures import error_histogram
from ._display import Display

__all__ = ["ErrorsDisplay"]


class ErrorsDisplay(Display):
    """Distribution of errors over rows, with the threshold of an outlier detector.

    Parameters
    ----------
    errors : array-like of shape (n_samples,)
        Larger for more anomalous rows; NaN for rows to leave out.
    threshold : float, default=None
        Error above which a row is an outlier.
    is_anomaly : array-like of shape (n_samples,), bool, default=None
        Which rows are known to be anomalies; they are drawn in another colour.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Axes with the histogram.
    figure_ : matplotlib.figure.Figure
        Their figure.

    See Also
    --------
    isthmus.figures.error_histogram : The same figure from arrays.
    """

    def __init__(
        self,
        errors: ArrayLike,
        threshold: float | None = None,
        *,
        is_anomaly: ArrayLike | None = None,
    ) -> None:
        self.errors = errors
        self.threshold = threshold
        self.is_anomaly = is_anomaly

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        *,
        is_anomaly: ArrayLike | None = None,
        ax: Axes | None = None,
        language: str = "en",
    ) -> Self:
        """Measure the errors of rows and draw their distribution.

        Parameters
        ----------
        estimator : estimator
            Fitted outlier detector, whose errors are its negated scores, or autoencoder.
        X : array-like, sparse matrix, table or sequence of texts
            Rows with the columns of the training data.
        is_anomaly : array-like of shape (n_samples,), bool, default=None
            Which rows are known to be anomalies.
        ax : matplotlib.axes.Axes, default=None
            Axes to draw into; None creates a figure.
        language : {"en", "zh"}, default="en"
            Language of the figure.

        Returns
        -------
        ErrorsDisplay

        Raises
        ------
        UsageError
            If the estimator does not measure errors of rows.
        """
        display = cls(*_measured(estimator, X), is_anomaly=is_anomaly)
        return display.plot(ax, language=language)

    @property
    def _inches(self) -> tuple[float, float]:
        return 5.8, 3.3

    def _draw(self, axes: Axes, language: str) -> Figure:
        errors = np.asarray(self.errors, dtype=np.float64)
        is_known = np.isfinite(errors)
        marks = None if self.is_anomaly is None else np.asarray(self.is_anomaly, dtype=bool)
        if marks is not None and marks.shape == errors.shape:
            marks = marks[is_known]
        return error_histogram(
            errors[is_known], self.threshold, is_strange=marks, ax=axes, language=language
        )


def _measured(estimator: Any, X: Any) -> tuple[NDArray[np.float64], float | None]:
    """Return the errors of rows, and the threshold of a detector."""
    if hasattr(estimator, "score_samples"):
        return -estimator.score_samples(X), -float(estimator.offset_)
    if hasattr(estimator, "reconstruction_error"):
        return estimator.reconstruction_error(X), None
    raise UsageError(
        "ErrorsDisplay needs an estimator with `score_samples` or `reconstruction_error`. Got "
        f"{type(estimator).__name__}."
    )
