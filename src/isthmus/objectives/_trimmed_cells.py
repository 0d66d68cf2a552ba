"""Objective of the networks of an outlier detector of tables."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ._cell_losses import CellLosses
from ._hidden_cells import HiddenCells
from ._trimmed import trimmed_mean

__all__ = ["TrimmedCellDenoising"]


class TrimmedCellDenoising(nn.Module):
    """Denoising of rows with missing cells and categories, without the rows that fit worst.

    Like ``TrimmedDenoising``, but each column has its loss of ``CellLosses``, and the loss of a row
    is the mean over its observed cells.

    Parameters
    ----------
    network : torch.nn.Module
        From encoded rows (n, n_encoded), NaN where missing, to reconstructions without NaN.
    losses : CellLosses
        Losses of the columns.
    noise : float
        Standard deviation of the noise, in scaled units; of numbers and of one-hot values.
    trim : float
        Fraction of a batch, in [0, 1), to exclude from the loss; see ``trimmed_mean``.
    hiding : HiddenCells, default=None
        Further corruption of the input.
    """

    is_static = False

    def __init__(
        self,
        network: nn.Module,
        losses: CellLosses,
        noise: float,
        trim: float,
        hiding: HiddenCells | None = None,
    ) -> None:
        super().__init__()
        self.network, self.losses = network, losses
        self._noise, self._trim, self._hiding = noise, trim, hiding

    def training_loss(
        self, batch: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the mean loss of the rows that are not excluded, and no further parts.

        Parameters
        ----------
        batch : Tensor of shape (n, n_encoded)
            Rows, including outliers; NaN where missing.
        generator : torch.Generator
            Generator of the corruption.

        Returns
        -------
        tuple of Tensor and dict
        """
        drawn = torch.randn(batch.shape, generator=generator, device=batch.device)
        given = batch + self._noise * drawn
        if self._hiding is not None:
            given, _ = self._hiding.apply(given, generator)
        if not self._trim:
            return self._row_losses(self.network(given), batch).mean(), {}
        # Ranked without corruption, so that the selection does not depend on it; in one pass, which
        # for small batches takes little longer than that of the corrupted rows.
        x_hat, clean = self.network(torch.cat([given, batch])).chunk(2)
        ranks = self._row_losses(clean.detach(), batch)
        return trimmed_mean(self._row_losses(x_hat, batch), ranks, self._trim), {}

    def validation_loss(
        self, batch: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the mean loss of all rows, without corruption, and no further parts.

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
        return self._row_losses(self.network(batch), batch).mean(), {}

    def _row_losses(self, x_hat: Tensor, x: Tensor) -> Tensor:
        """Return the mean loss of each row's observed cells."""
        total: Tensor = torch.stack([part.sum(dim=1) for part in self.losses(x_hat, x)]).sum(dim=0)
        return total / self.losses.count(x).clamp(min=1)
