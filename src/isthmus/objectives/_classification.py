"""What a classifier is trained to do."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ._corruption import Corruption

__all__ = ["Classification"]

Labelled = tuple[Tensor, Tensor]


class Classification(nn.Module):
    """Name the class of a row: cross-entropy of a softmax.

    Parameters
    ----------
    network : torch.nn.Module
        From rows (n, n_features) to unnormalised log-probabilities (n, n_classes).
    corruption : Corruption, default=None
        Noise on the rows while it trains.
    """

    def __init__(self, network: nn.Module, corruption: Corruption | None = None) -> None:
        super().__init__()
        self._network = network
        self.is_static = getattr(network, "is_static", False)
        self._corruption = corruption if corruption and corruption.is_on else None

    def training_loss(
        self, batch: Labelled, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the loss of a batch, a mean over rows, and no further parts.

        Parameters
        ----------
        batch : tuple of Tensor (n, n_features) and Tensor (n,)
            Rows, and their classes from 0.
        generator : torch.Generator
            Draws the noise.

        Returns
        -------
        tuple of Tensor and dict
        """
        rows, classes = batch
        if self._corruption:
            rows, _ = self._corruption.apply(rows, generator)
        return functional.cross_entropy(self._network(rows), classes), {}

    def validation_loss(self, batch: Labelled) -> Tensor:
        """Return the loss of held-out rows, without noise.

        Parameters
        ----------
        batch : tuple of Tensor (n, n_features) and Tensor (n,)
            Rows, and their classes from 0.

        Returns
        -------
        Tensor of shape ()
        """
        rows, classes = batch
        return functional.cross_entropy(self._network(rows), classes)
