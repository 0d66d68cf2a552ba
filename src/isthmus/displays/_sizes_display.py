"""Display of PCA's error for each code size, with the model's error."""

from __future__ import annotations

from typing import Any, Self

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from ..errors import UsageError
from ..evaluation import beside_pca, pca_errors
from ..figures import pca_sizes
from ._display import Display

__all__ = ["SizesDisplay"]


class SizesDisplay(Display):
    """PCA's squared error for each number of components, and that of a model.

    Parameters
    ----------
    pca_errors : array-like of shape (n_components + 1,)
        Squared error per row with 0 components, 1, and so on.
    latent_dim : int
        Code size of the model.
    error : float
        Squared error per row of the model, on the same rows.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Axes with the curve.
    figure_ : matplotlib.figure.Figure
        Their figure.

    See Also
    --------
    isthmus.figures.pca_sizes : The same figure from numbers.
    """

    def __init__(self, pca_errors: ArrayLike, latent_dim: int, error: float) -> None:
        self.pca_errors = pca_errors
        self.latent_dim = latent_dim
        self.error = error

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        *,
        X_train: Any = None,
        ax: Axes | None = None,
        language: str = "en",
    ) -> Self:
        """Measure the model and PCA on rows, and draw their errors.

        Parameters
        ----------
        estimator : estimator
            Fitted autoencoder.
        X : array-like, sparse matrix, table or sequence of texts
            Rows to measure on.
        X_train : like ``X``, default=None
            Training rows, to fit PCA on. Without them it is fitted on ``X``, which favours it.
        ax : matplotlib.axes.Axes, default=None
            Axes to draw into; None creates a figure.
        language : {"en", "zh"}, default="en"
            Language of the figure.

        Returns
        -------
        SizesDisplay

        Raises
        ------
        UsageError
            If the rows have more than 2,000 features.
        """
        rows = estimator.prepared_rows(X)
        fitted, held_out = rows, None
        if X_train is not None:
            fitted, held_out = estimator.prepared_rows(X_train), rows
        beside = beside_pca(estimator, fitted, held_out)
        errors = pca_errors(estimator, fitted, held_out, pca=beside.pca)
        if errors is None:
            raise UsageError(
                "SizesDisplay needs rows of at most 2,000 features, to decompose them. Got "
                f"{estimator.preprocessor_.n_encoded:,}."
            )
        _, ours, _ = beside.judged
        display = cls(errors, estimator.latent_dim_, ours.squared_error)
        return display.plot(ax, language=language)

    @property
    def _inches(self) -> tuple[float, float]:
        return 5.8, 3.3

    def _draw(self, axes: Axes, language: str) -> Figure:
        return pca_sizes(self.pca_errors, self.latent_dim, self.error, ax=axes, language=language)
