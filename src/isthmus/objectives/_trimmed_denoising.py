"""Objective of the networks of an outlier detector."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ._trimmed import trimmed_mean

__all__ = ["TrimmedDenoising"]


class TrimmedDenoising(nn.Module):
    """Denoising of rows with normal noise, without the rows that fit worst.

    Parameters
    ----------
    network : torch.nn.Module
        From rows (n, n_features) to their reconstructions.
    noise : float
        Standard deviation of the noise, in scaled units.
    trim : float
        Fraction of a batch, in [0, 1), to exclude from the loss; see ``trimmed_mean``.
    """

    is_static = True

    def __init__(self, network: nn.Module, noise: float, trim: float) -> None:
        super().__init__()
        self.network, self._noise, self._trim = network, noise, trim

    def training_loss(
        self, batch: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the mean squared error over the rows that are not excluded, and no further parts.

        Parameters
        ----------
        batch : Tensor of shape (n, n_features)
            Rows, including outliers.
        generator : torch.Generator
            Generator of the noise.

        Returns
        -------
        tuple of Tensor and dict
            In squared scaled units.
        """
        return self.loss_of(self.network, batch, generator), {}

    def validation_loss(
        self, batch: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the mean squared error over all rows, without noise.

        Parameters
        ----------
        batch : Tensor of shape (n, n_features)
            Rows.
        generator : torch.Generator
            Not used.

        Returns
        -------
        tuple of Tensor and dict
            In squared scaled units.
        """
        return _errors(self.network, batch, batch).mean(), {}

    def loss_of(
        self, network: Callable[[Tensor], Tensor], batch: Tensor, generator: torch.Generator
    ) -> Tensor:
        """Return the training loss of a batch for a network.

        Parameters
        ----------
        network : callable
            The network of the objective, or an equivalent function.
        batch : Tensor of shape (n, n_features)
            Rows, including outliers.
        generator : torch.Generator
            Generator of the noise.

        Returns
        -------
        Tensor of shape ()
        """
        drawn = torch.randn(batch.shape, generator=generator, device=batch.device)
        losses = _errors(network, drawn.mul_(self._noise).add_(batch), batch)
        if not self._trim:
            return losses.mean()
        # Ranked without noise, so that the selection does not depend on the noise.
        with torch.no_grad():
            clean = _errors(network, batch, batch)
        return trimmed_mean(losses, clean, self._trim)


def _errors(network: Callable[[Tensor], Tensor], given: Tensor, target: Tensor) -> Tensor:
    """Return the mean squared error of each row."""
    return (network(given) - target).square().mean(dim=1)
