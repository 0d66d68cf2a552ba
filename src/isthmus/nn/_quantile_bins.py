"""Numbers as their positions within quantile bins."""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor, nn

__all__ = ["QuantileBins"]


class QuantileBins(nn.Module):
    """Piecewise linear encoding: each number as its position within each of its column's bins.

    A value below a bin is -0.5 there, a value above it 0.5; between, it is linear. A perceptron
    can so bend its response at each quantile.

    Parameters
    ----------
    n_bins : int
        Number of bins of all columns together.

    References
    ----------
    Gorishniy, Rubachev & Babenko (2022), On embeddings for numerical features in tabular deep
    learning, NeurIPS 35.
    """

    column: Tensor
    low: Tensor
    width: Tensor

    def __init__(self, n_bins: int) -> None:
        super().__init__()
        self.register_buffer("column", torch.zeros(n_bins, dtype=torch.long))
        self.register_buffer("low", torch.zeros(n_bins))
        self.register_buffer("width", torch.ones(n_bins))

    @property
    def n_bins(self) -> int:
        """Number of bins of all columns together."""
        return len(self.column)

    @classmethod
    def fitted(cls, x: Tensor, observed: Tensor, most: int) -> Self:
        """Return the bins of training rows.

        Parameters
        ----------
        x : Tensor of shape (n, n_columns)
            Rows.
        observed : Tensor of shape (n, n_columns), bool
            Which values are not missing.
        most : int
            Bins per column, at most; a column of fewer values has one between two of them.

        Returns
        -------
        QuantileBins
        """
        edges = [_edges(x[observed[:, j], j], most) for j in range(x.shape[1])]
        made = cls(sum(max(0, len(own) - 1) for own in edges))
        counts = torch.tensor([max(0, len(own) - 1) for own in edges])
        made.column = torch.arange(len(edges)).repeat_interleave(counts)
        made.low = torch.cat([own[:-1] for own in edges])
        made.width = torch.cat([own.diff() for own in edges])
        return made

    def forward(self, x: Tensor, given: Tensor) -> Tensor:
        """Encode rows.

        Parameters
        ----------
        x : Tensor of shape (..., n_columns)
            Rows; missing values may be anything finite.
        given : Tensor of shape (..., n_columns)
            1 for values that may be seen, else 0.

        Returns
        -------
        Tensor of shape (..., n_bins)
            0 in the bins of values that may not be seen.
        """
        position = ((x[..., self.column] - self.low) / self.width).clamp(0, 1) - 0.5
        return position * given[..., self.column]


def _edges(values: Tensor, most: int) -> Tensor:
    edges: Tensor = values.unique()
    if len(edges) > most + 1:
        # In NumPy's way, which has no limit on the number of values.
        place = torch.linspace(0, len(values) - 1, most + 1, dtype=torch.float64)
        ordered = values.sort().values
        below, above = ordered[place.floor().long()], ordered[place.ceil().long()]
        edges = torch.lerp(below, above, place.frac().to(values.dtype)).unique()
    return edges
