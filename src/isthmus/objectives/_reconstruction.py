"""Objective of autoencoders."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ._corruption import Corruption
from ._losses import LOSSES
from ._shifts import Shifts

__all__ = ["Reconstruction"]


class Reconstruction(nn.Module):
    """Reconstruction of rows, optionally from corrupted rows.

    Parameters
    ----------
    network : torch.nn.Module
        From rows (n, ...) to their reconstructions.
    loss : str, default="mean_squared_error"
        One of ``LOSSES``; see ``Loss`` for its reduction and unit.
    corruption : Corruption, default=None
        Corruption of the input; the loss always compares with the clean rows.
    emphasis : tuple of two floats, default=(1.0, 1.0)
        Weights of corrupted and uncorrupted values in the loss: Vincent's alpha and beta.
    shifts : Shifts, default=None
        Random shifts of pictures, applied to both input and target.

    References
    ----------
    Vincent et al. (2010), Stacked denoising autoencoders, JMLR 11, section 4.2.
    """

    def __init__(
        self,
        network: nn.Module,
        loss: str = "mean_squared_error",
        *,
        corruption: Corruption | None = None,
        emphasis: tuple[float, float] = (1.0, 1.0),
        shifts: Shifts | None = None,
    ) -> None:
        super().__init__()
        self.network = network
        self.loss = LOSSES[loss]
        self.is_static = getattr(network, "is_static", False)
        self._corruption = corruption if corruption and corruption.is_on else None
        self._corrupted, self._kept = emphasis
        self._shifts = shifts

    def training_loss(
        self, batch: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the loss of a batch, a mean over rows and features, and no further parts.

        Parameters
        ----------
        batch : Tensor of shape (n, ...)
            Clean rows.
        generator : torch.Generator
            Generator of the shifts and the noise.

        Returns
        -------
        tuple of Tensor and dict
        """
        given, target, weights = self.corrupted(batch, generator)
        return self.loss(self.network(given), target, weights), {}

    def validation_loss(
        self, batch: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the loss of held-out rows, without shifts, noise and emphasis.

        Parameters
        ----------
        batch : Tensor of shape (n, ...)
            Clean rows.
        generator : torch.Generator
            Not used.

        Returns
        -------
        tuple of Tensor and dict
        """
        return self.loss(self.network(batch), batch), {}

    def corrupted(
        self, batch: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """Apply shifts and noise to a batch.

        Parameters
        ----------
        batch : Tensor of shape (n, ...)
            Clean rows; not modified.
        generator : torch.Generator
            Generator of the shifts and the noise.

        Returns
        -------
        tuple of Tensor, Tensor and Tensor or None
            Input of the network, target, and weight of each value in the loss (None for equal
            weights).
        """
        target = self._shifts.apply(batch, generator) if self._shifts else batch
        if self._corruption is None:
            return target, target, None
        given, chosen = self._corruption.apply(target, generator)
        if chosen is None or self._corrupted == self._kept:
            return given, target, None
        return given, target, torch.where(chosen, self._corrupted, self._kept)
