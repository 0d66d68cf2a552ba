"""Objective of autoencoders of rows with missing cells and categories."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ._hidden_cells import HiddenCells
from ._losses import LOSSES

__all__ = ["CellReconstruction"]

_VALIDATION_SEED = 0
_SMALLEST = 1e-30  # below any probability that matters, and far from underflow


class CellReconstruction(nn.Module):
    """Reconstruction of the observed cells, each column with a loss of its own.

    The loss of a number is that of ``LOSSES``; of a category it is the cross-entropy divided by
    the entropy of its levels. Both are 1 for the best constant reconstruction of a column with a
    variance of 1, so that columns weigh alike. The total is the mean over observed cells.

    Parameters
    ----------
    network : torch.nn.Module
        From encoded rows (n, n_encoded), NaN where missing, to reconstructions without NaN.
    sizes : sequence of int
        Number of encoded values of each column.
    heights : sequence of float
        Encoded value that stands for a level of a category; 0 for other columns.
    entropies : sequence of float
        Entropy of each category's levels, in nats; ignored for other columns.
    loss : str, default="mean_squared_error"
        One of ``LOSSES``, for columns that are not categories.
    hiding : HiddenCells, default=None
        Corruption of the input in training; the loss always compares with the clean rows.
    emphasis : tuple of two floats, default=(1.0, 1.0)
        Weights of corrupted and uncorrupted cells in the loss.
    """

    is_static = False
    numbers: Tensor
    levels: Tensor
    height: Tensor
    weight: Tensor
    starts: Tensor

    def __init__(
        self,
        network: nn.Module,
        sizes: Sequence[int],
        heights: Sequence[float],
        entropies: Sequence[float],
        loss: str = "mean_squared_error",
        *,
        hiding: HiddenCells | None = None,
        emphasis: tuple[float, float] = (1.0, 1.0),
    ) -> None:
        super().__init__()
        self.network = network
        self.loss = LOSSES[loss]
        self._hiding = hiding
        self._corrupted, self._kept = emphasis
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

    def training_loss(
        self, batch: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the loss of a batch, a mean over its observed cells, and no further parts.

        Parameters
        ----------
        batch : Tensor of shape (n, n_encoded)
            Rows, NaN where missing.
        generator : torch.Generator
            Generator of the corruption.

        Returns
        -------
        tuple of Tensor and dict
        """
        if self._hiding is None:
            return self._loss(self.network(batch), batch), {}
        given, changed = self._hiding.apply(batch, generator)
        weights = None
        if self._corrupted != self._kept:
            weights = torch.where(changed, self._corrupted, self._kept)
        return self._loss(self.network(given), batch, weights), {}

    def validation_loss(
        self, batch: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the loss of held-out rows, with the corruption of training.

        Without it, a network that fills hidden cells badly could not be told from a good one. The
        draws are the same in each epoch, so that epochs can be compared.

        Parameters
        ----------
        batch : Tensor of shape (n, n_encoded)
            Rows, NaN where missing.
        generator : torch.Generator
            Not used.

        Returns
        -------
        tuple of Tensor and dict
        """
        fixed = torch.Generator(batch.device).manual_seed(_VALIDATION_SEED)
        return self.training_loss(batch, fixed)

    def _loss(self, x_hat: Tensor, x: Tensor, weights: Tensor | None = None) -> Tensor:
        observed = ~x.isnan()
        target = x.masked_fill(~observed, 0.0)
        scale = observed if weights is None else observed * weights
        total = x_hat.new_zeros(())
        if len(self.numbers):
            own = (part.index_select(1, self.numbers) for part in (x_hat, target, scale))
            number_hat, number, number_scale = own
            total = total + (self.loss.elementwise(number_hat, number) * number_scale).sum()
        if len(self.levels):
            own = (part.index_select(1, self.levels) for part in (x_hat, target, scale))
            level_hat, level, level_scale = own
            surprise = -(level_hat / self.height).clamp(min=_SMALLEST).log()
            total = total + (surprise * (level / self.height) * level_scale * self.weight).sum()
        cells: Tensor = observed.index_select(1, self.starts).sum()
        return total / cells.clamp(min=1)
