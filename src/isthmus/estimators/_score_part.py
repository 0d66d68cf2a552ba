"""Scores of an outlier detector as one module, for graphs that run without Isthmus."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..preprocessing import ColumnLayout
from ._error_terms import SMALLEST

__all__ = ["PartScore"]


class PartScore(nn.Module):
    """Scores of encoded rows: what ``ErrorTerms`` and ``score_samples`` compute, in torch.

    Parameters
    ----------
    members : sequence of torch.nn.Module
        Networks from encoded rows to encoded rows; shared, not copied.
    centre : ndarray of shape (n_encoded,)
        Reconstruction by the last member.
    scales : ndarray of shape (n_members + 1, n_terms)
        Error scale of each term in each member.
    centre_weight : float
        Weight of the centre, relative to the networks' mean.
    layout : ColumnLayout or None
        Position of the columns of rows with missing cells or categories.
    """

    centre: Tensor
    number_scales: Tensor
    level_scales: Tensor
    weights: Tensor
    numbers: Tensor
    levels: Tensor
    is_level: Tensor
    squared_heights: Tensor
    entropies: Tensor
    shares: Tensor

    def __init__(
        self,
        members: Sequence[nn.Module],
        centre: NDArray[np.float32],
        scales: NDArray[np.float64],
        *,
        centre_weight: float,
        layout: ColumnLayout | None,
    ) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)
        self._takes_missing = layout is not None
        n = len(centre)
        if layout is None:
            layout = ColumnLayout(("",) * n, (1,) * n, (0.0,) * n, (0.0,) * n)
        heights, sizes, starts = np.array(layout.heights), np.array(layout.sizes), layout.starts
        is_category = heights > 0
        n_terms = np.where(is_category, 1, sizes)
        column = np.repeat(np.arange(len(sizes)), n_terms)  # of each term
        of_category = is_category[column]
        levels, is_level = _padded(starts[is_category], sizes[is_category])
        weights = np.full(len(members) + 1, 1.0)
        weights[-1] = centre_weight * len(members)
        for name, values in {
            "centre": np.asarray(centre, np.float32),
            "numbers": np.flatnonzero(~np.repeat(is_category, sizes)),
            "levels": levels,
            "is_level": is_level,
            "number_scales": scales[:, ~of_category],
            "level_scales": scales[:, of_category],
            "weights": weights / weights.sum(),
            "squared_heights": np.square(heights[is_category]),
            "entropies": np.maximum(np.array(layout.entropies)[is_category], SMALLEST),
            # Of a column's error in the sum: those of its numbers share it.
            "shares": np.concatenate([(1 / n_terms[column])[~of_category], np.ones(len(levels))]),
        }.items():
            self.register_buffer(name, torch.from_numpy(np.ascontiguousarray(values)))

    def forward(self, x: Tensor) -> Tensor:
        """Map encoded rows ``(n, ...)``, NaN where missing, to scores ``(n,)``, float64."""
        given = x if self._takes_missing else x.nan_to_num(0.0)
        errors: Tensor | None = None
        for k in range(len(self.weights)):
            is_network = k < len(self.members)
            x_hat = self.members[k](given) if is_network else self.centre.expand_as(x)
            own = self.weights[k] * self._errors(x, x_hat, k)
            errors = own if errors is None else errors + own
        assert errors is not None
        observed = ~errors.isnan()
        total = torch.where(observed, errors, 0.0) @ self.shares
        return -total / (observed.double() @ self.shares)

    def _errors(self, x: Tensor, x_hat: Tensor, k: int) -> Tensor:
        """Return the terms of the error in member k, those of categories last."""
        residual = (x_hat - x).index_select(1, self.numbers).double()
        terms = torch.log1p(residual * residual / self.number_scales[k])
        if not len(self.levels):
            return terms
        products = (x_hat * x)[:, self.levels].double()
        products = torch.where(self.is_level, products, 0.0).sum(dim=2)
        shares = (products / self.squared_heights).clamp(min=SMALLEST)
        surprises = -shares.log() / self.entropies
        # A clamp may lose NaN; the first level of a missing cell is still missing.
        missing = x.index_select(1, self.levels[:, 0]).isnan()
        surprises = surprises.masked_fill(missing, torch.nan)
        return torch.cat([terms, torch.log1p(surprises / self.level_scales[k])], dim=1)


def _padded(
    starts: NDArray[np.intp], sizes: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return the places of the levels of each category, and which of them are no padding."""
    places = np.arange(max(sizes, default=0))
    is_level = places < sizes[:, None]
    return np.where(is_level, starts[:, None] + places, starts[:, None]), is_level
