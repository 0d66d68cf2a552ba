"""Losses of the cells of rows with missing cells and categories."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ._losses import LOSSES

__all__ = ["CellLosses"]

_SMALLEST = 1e-30  # below any probability that matters, and far from underflow


class CellLosses(nn.Module):
    """Loss of each encoded value: that of numbers, and the cross-entropy of categories.

    The cross-entropy of a category is divided by the entropy of its levels. Both losses are 1 for
    the best constant reconstruction of a column with a variance of 1, so that columns weigh alike.

    Parameters
    ----------
    sizes : sequence of int
        Number of encoded values of each column.
    heights : sequence of float
        Encoded value that stands for a level of a category; 0 for other columns.
    entropies : sequence of float
        Entropy of each category's levels, in nats; ignored for other columns.
    loss : str, default="mean_squared_error"
        One of ``LOSSES``, for columns that are not categories.
    """

    numbers: Tensor
    levels: Tensor
    height: Tensor
    weight: Tensor
    starts: Tensor

    def __init__(
        self,
        sizes: Sequence[int],
        heights: Sequence[float],
        entropies: Sequence[float],
        loss: str = "mean_squared_error",
    ) -> None:
        super().__init__()
        self.loss = LOSSES[loss]
        counts = torch.tensor(sizes)

        def spread(values: Sequence[float]) -> Tensor:
            return torch.tensor(values, dtype=torch.float32).repeat_interleave(counts)

        height = spread(heights)
        weights = spread([1 / entropy if entropy else 1.0 for entropy in entropies])
        positions = torch.arange(sum(sizes))
        self.register_buffer("numbers", positions[height == 0], persistent=False)
        self.register_buffer("levels", positions[height > 0], persistent=False)
        self.register_buffer("height", height[height > 0], persistent=False)
        self.register_buffer("weight", weights[height > 0], persistent=False)
        starts = torch.tensor([0, *sizes]).cumsum(0)[:-1]
        self.register_buffer("starts", starts, persistent=False)

    def forward(self, x_hat: Tensor, x: Tensor, weights: Tensor | None = None) -> list[Tensor]:
        """Return the losses of numbers and those of levels, if there are any of them.

        Parameters
        ----------
        x_hat : Tensor of shape (n, n_encoded)
            Reconstructions, without NaN.
        x : Tensor of shape (n, n_encoded)
            Rows, NaN where missing.
        weights : Tensor of shape (n, n_encoded), default=None
            Factors of the losses.

        Returns
        -------
        list of Tensor
            Of shape (n, n_numbers) and (n, n_levels); 0 where missing.
        """
        observed = ~x.isnan()
        target = x.masked_fill(~observed, 0.0)
        scale = observed if weights is None else observed * weights
        losses = []
        if len(self.numbers):
            own = (part.index_select(1, self.numbers) for part in (x_hat, target, scale))
            number_hat, number, number_scale = own
            losses.append(self.loss.elementwise(number_hat, number) * number_scale)
        if len(self.levels):
            own = (part.index_select(1, self.levels) for part in (x_hat, target, scale))
            level_hat, level, level_scale = own
            surprise = -(level_hat / self.height).clamp(min=_SMALLEST).log()
            losses.append(surprise * (level / self.height) * level_scale * self.weight)
        return losses

    def count(self, x: Tensor) -> Tensor:
        """Return the number of observed cells of each row.

        Parameters
        ----------
        x : Tensor of shape (n, n_encoded)
            Rows, NaN where missing.

        Returns
        -------
        Tensor of shape (n,)
        """
        return (~x.isnan()).index_select(1, self.starts).sum(dim=1)
