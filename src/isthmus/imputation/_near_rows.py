"""Fill of missing cells by near rows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Self

import torch
from torch import Tensor

__all__ = ["NearRows"]

_SAME = 1e-5  # squared distance per value, below which a row is the same one
_FOR_SCALE = 6  # nearest rows whose mean distance is the unit of the weights
_SHARPNESS = 2.0
_OF_FIRST_FILL = 0.1  # weight of the first fill beside that of all near rows, 1


class NearRows:
    """Weighted means of the observed cells of near rows.

    Rows are compared once a Gaussian has filled them. O(n m d) time for m rows to compare with.

    Parameters
    ----------
    index : Tensor of shape (m,), int
        Positions of the rows in the training rows.
    rows : Tensor of shape (m, d)
        The rows, 0 where missing.
    observed : Tensor of shape (m, d), bool
        Which values are observed.
    filled : Tensor of shape (m, d)
        The rows with their first fill.
    n_neighbors : int
        Number of near rows.
    """

    def __init__(
        self, index: Tensor, rows: Tensor, observed: Tensor, filled: Tensor, n_neighbors: int
    ) -> None:
        self._index, self._rows, self._filled = index, rows, filled
        self._observed = observed
        self._seen = observed.to(rows.dtype)
        self._n_neighbors = min(n_neighbors, len(rows))

    def fill(
        self, x: Tensor, observed: Tensor, filled: Tensor, positions: Tensor | None = None
    ) -> Tensor:
        """Replace missing values by those of near rows.

        Parameters
        ----------
        x, observed : Tensor of shape (n, d)
            Scaled rows, and 1 where observed, else 0.
        filled : Tensor of shape (n, d)
            The same rows with their first fill.
        positions : Tensor of shape (n,), int, default=None
            Positions of the rows in the training rows: a training row is no neighbour of itself.

        Returns
        -------
        Tensor of shape (n, d)
        """
        distance = torch.cdist(filled, self._filled).square()
        distance.masked_fill_(distance < _SAME * x.shape[1], math.inf)
        if positions is not None:
            distance.masked_fill_(positions[:, None] == self._index, math.inf)
        near, which = distance.topk(self._n_neighbors, largest=False)
        unit = near[:, :_FOR_SCALE].mean(dim=1, keepdim=True) + 1e-6
        weights = torch.softmax(-_SHARPNESS * near / unit, dim=1).nan_to_num(0.0)
        spread = torch.zeros_like(distance).scatter_(1, which, weights)
        total, share = spread @ self._rows, spread @ self._seen
        mean = (total + _OF_FIRST_FILL * filled) / (share + _OF_FIRST_FILL)
        return torch.where(observed > 0, x, mean)

    def tensors(self) -> dict[str, Tensor]:
        """Return the fitted tensors by name.

        Returns
        -------
        dict of str to Tensor
        """
        return {
            "index": self._index,
            "rows": self._rows,
            "observed": self._observed,
            "filled": self._filled,
        }

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor], n_neighbors: int) -> Self:
        """Return the rows that returned ``tensors``.

        Parameters
        ----------
        tensors : mapping of str to Tensor
            As returned by ``tensors``.
        n_neighbors : int
            Number of near rows.

        Returns
        -------
        NearRows
        """
        return cls(
            tensors["index"], tensors["rows"], tensors["observed"], tensors["filled"], n_neighbors
        )
