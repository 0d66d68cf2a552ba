"""Display of the map of codes."""

from __future__ import annotations

from typing import Any, Self

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from .._row_blocks import as_dense
from ..figures import CodeLayout, code_map, lay_out_codes
from ._display import Display

__all__ = ["CodesDisplay"]


class CodesDisplay(Display):
    """Map of codes: a point for each row, coloured by label.

    Parameters
    ----------
    codes : array-like of shape (n_samples, latent_dim) or isthmus.figures.CodeLayout
        Codes, or their layout in the plane by ``isthmus.figures.lay_out_codes``.
    labels : array-like of shape (n_samples,), default=None
        Labels, numbers or text; more than 20 different numbers are drawn with a colour scale.
    label_name : str, default=None
        Title of the legend.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Axes with the points.
    figure_ : matplotlib.figure.Figure
        Their figure.

    See Also
    --------
    isthmus.figures.code_map : The same figure from arrays.
    """

    def __init__(
        self,
        codes: ArrayLike | CodeLayout,
        labels: ArrayLike | None = None,
        *,
        label_name: str | None = None,
    ) -> None:
        self.codes = codes
        self.labels = labels
        self.label_name = label_name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: ArrayLike | None = None,
        *,
        map: str = "pca",
        random_state: int = 0,
        ax: Axes | None = None,
        language: str = "en",
    ) -> Self:
        """Encode rows and draw their codes.

        Parameters
        ----------
        estimator : estimator
            Fitted, with ``transform``.
        X : array-like, sparse matrix, table or sequence of texts
            Rows with the columns of the training data.
        y : array-like of shape (n_samples,), default=None
            Labels; the name of a column of a table is the title of the legend.
        map : {"pca", "umap"}, default="pca"
            Layout of codes of more than two values; "umap" needs umap-learn.
        random_state : int, default=0
            Determines which 10,000 codes are drawn if there are more, and UMAP's result.
        ax : matplotlib.axes.Axes, default=None
            Axes to draw into; None creates a figure.
        language : {"en", "zh"}, default="en"
            Language of the figure.

        Returns
        -------
        CodesDisplay
        """
        Z = as_dense(estimator.transform(X))
        codes = lay_out_codes(Z, method=map, random_state=random_state)
        name = getattr(y, "name", None)
        display = cls(codes, y, label_name=None if name is None else str(name))
        return display.plot(ax, language=language)

    @property
    def _inches(self) -> tuple[float, float]:
        return (5.2, 4.5) if self.labels is None else (5.9, 4.5)

    def _draw(self, axes: Axes, language: str) -> Figure:
        return code_map(
            self.codes, self.labels, label_name=self.label_name, ax=axes, language=language
        )
