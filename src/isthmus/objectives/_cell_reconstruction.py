"""Objective of autoencoders of rows with missing cells and categories."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ._cell_losses import CellLosses
from ._hidden_cells import HiddenCells

__all__ = ["CellReconstruction"]

_VALIDATION_SEED = 0


class CellReconstruction(nn.Module):
    """Reconstruction of the observed cells, each column with a loss of its own.

    The total is the mean of the losses over observed cells.

    Parameters
    ----------
    network : torch.nn.Module
        From encoded rows (n, n_encoded), NaN where missing, to reconstructions without NaN.
    losses : CellLosses
        Losses of the columns.
    hiding : HiddenCells, default=None
        Corruption of the input in training; the loss always compares with the clean rows.
    emphasis : tuple of two floats, default=(1.0, 1.0)
        Weights of corrupted and uncorrupted cells in the loss.
    """

    is_static = False

    def __init__(
        self,
        network: nn.Module,
        losses: CellLosses,
        *,
        hiding: HiddenCells | None = None,
        emphasis: tuple[float, float] = (1.0, 1.0),
    ) -> None:
        super().__init__()
        self.network, self.losses = network, losses
        self._hiding = hiding
        self._corrupted, self._kept = emphasis

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

    def batch_weight(self, batch: Tensor) -> Tensor:
        """Return the number of observed cells of a batch, in rows without missing cells.

        Parameters
        ----------
        batch : Tensor of shape (n, n_encoded)
            Rows, NaN where missing.

        Returns
        -------
        Tensor of shape ()
        """
        cells: Tensor = self.losses.count(batch).sum()
        return cells.clamp(min=1) / len(self.losses.starts)

    def _loss(self, x_hat: Tensor, x: Tensor, weights: Tensor | None = None) -> Tensor:
        total = sum((part.sum() for part in self.losses(x_hat, x, weights)), x_hat.new_zeros(()))
        cells: Tensor = self.losses.count(x).sum()
        return total / cells.clamp(min=1)
