"""How well rows come back, in figures that an autoencoder and PCA share."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._language import Sentence, capitalised

__all__ = ["ReconstructionFigures", "verdict"]


class ReconstructionFigures:
    """Sums of squared errors, gathered block by block in double precision.

    Parameters
    ----------
    center : ndarray of shape (n_features,)
        Any figure near the columns' means: variances are summed about it, so that large means
        cost no digits.
    """

    def __init__(self, center: NDArray[Any]) -> None:
        self._center = np.asarray(center, dtype=np.float64)
        self.n_rows = 0
        self._error = np.zeros_like(self._center)
        self._sum = np.zeros_like(self._center)
        self._square = np.zeros_like(self._center)

    def add(self, X: NDArray[Any], X_hat: NDArray[Any]) -> None:
        """Add rows ``(n, n_features)`` and their reconstructions, both in scaled units."""
        offset = X - self._center
        self._error += _squares(np.subtract(X_hat, X, dtype=np.float64))
        self._sum += offset.sum(axis=0)
        self._square += _squares(offset)
        self.n_rows += len(X)

    @property
    def total_per_column(self) -> NDArray[np.float64]:
        """Squared distance of each column from its own mean, summed over rows."""
        total = self._square - np.square(self._sum) / max(1, self.n_rows)
        # What rounding leaves of a constant column is no variance.
        total[total <= 1e-9 * self._square] = 0.0
        return total

    @property
    def variance_explained_per_column(self) -> NDArray[np.float64]:
        """``1 - SSE / SST`` of each column; NaN where the column is constant."""
        total = self.total_per_column
        share = np.full_like(total, np.nan)
        np.divide(self._error, total, out=share, where=total > 0)
        return 1 - share

    @property
    def squared_error_per_column(self) -> NDArray[np.float64]:
        """Mean over rows of each column's squared error, in squared units of the scaling."""
        return self._error / max(1, self.n_rows)

    @property
    def squared_error(self) -> float:
        """Summed over features, mean over rows, in squared units of the scaling."""
        return float(self._error.sum()) / self.n_rows

    def as_dict(self) -> dict[str, float | int | None]:
        """Return the figures by name.

        Returns
        -------
        dict
            ``n_rows``; ``squared_error``: summed over features, mean over rows, in squared units
            of the scaling; ``mean_squared_error``: the same, mean over features too;
            ``variance_explained``: ``1 - SSE / SST``, or None for rows without variance.
        """
        error, total = float(self._error.sum()), float(self.total_per_column.sum())
        return {
            "n_rows": self.n_rows,
            "squared_error": self.squared_error,
            "mean_squared_error": error / self.n_rows / len(self._error),
            "variance_explained": 1 - error / total if total > 0 else None,
        }


def verdict(
    model: str, error: float, pca_error: float, *, latent_dim: int, n_features: int, rows: str
) -> str:
    """Say in one sentence who reconstructs better, and by how much.

    Parameters
    ----------
    model : str
        What the autoencoder is called.
    error : float
        Its squared error a row.
    pca_error : float
        That of PCA with as many components, on the same rows, in the same unit.
    latent_dim : int
        Numbers in a code.
    n_features : int
        Numbers in a row.
    rows : str
        Which rows: "held-out" or "training".

    Returns
    -------
    str
        A ``Sentence`` where it is to be told in another language.
    """
    numbers = Sentence("{n} {n:number|numbers} a row", n=latent_dim)
    if latent_dim >= n_features:
        return Sentence(
            "No contest: with {numbers} for {n_features} {n_features:feature|features} PCA gives "
            "every row back as it was; only a code shorter than the row leaves something out.",
            numbers=numbers,
            n_features=n_features,
        )
    larger = max(error, pca_error)
    gap = abs(error - pca_error) / larger if larger > 0 else 0.0
    values = {
        "numbers": numbers,
        "model": model,
        "Model": capitalised(model),
        "rows": rows,
        "error": error,
        "pca": pca_error,
        "gap": _percent(gap),
    }
    if gap < 0.01:
        return Sentence(
            "A draw: with {numbers}, {model} and PCA reconstruct {rows} rows equally well "
            "({error:.4g} against {pca:.4g} squared error a row); PCA is simpler, and would do.",
            **values,
        )
    if error < pca_error:
        return Sentence(
            "{Model} wins: with {numbers}, its error on {rows} rows is {gap} lower than PCA's "
            "({error:.4g} against {pca:.4g} squared error a row).",
            **values,
        )
    return Sentence(
        "PCA wins: with {numbers}, its error on {rows} rows is {gap} lower than that of "
        "{model} ({pca:.4g} against {error:.4g} squared error a row); here PCA would have done.",
        **values,
    )


def _percent(share: float) -> str:
    """Return a share below 1 as a percentage that is below 100 too."""
    return f"{share:.0%}" if share < 0.985 else f"{min(share, 0.999):.1%}"


def _squares(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sums of squares of the columns, without a matrix of the squares."""
    sums: NDArray[np.float64] = np.einsum("ij,ij->j", values, values)
    return sums
