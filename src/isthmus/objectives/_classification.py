"""Objective of classifiers."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ._corruption import Corruption

__all__ = ["Classification"]

Labelled = tuple[Tensor, Tensor]


class Classification(nn.Module):
    """Classification of rows: softmax cross-entropy, in nats per row.

    Parameters
    ----------
    network : torch.nn.Module
        From rows (n, n_features) to unnormalised log-probabilities (n, n_classes).
    corruption : Corruption, default=None
        Corruption of the training rows.
    label_smoothing : float, default=0.0
        Part of the target probability that is spread evenly over all classes, from 0 to 1.

    References
    ----------
    Szegedy et al. (2016), Rethinking the Inception architecture for computer vision, section 7.
    """

    def __init__(
        self,
        network: nn.Module,
        corruption: Corruption | None = None,
        *,
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__()
        self.network = network
        self.is_static = getattr(network, "is_static", False)
        self.label_smoothing = label_smoothing
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
            Generator of the noise.

        Returns
        -------
        tuple of Tensor and dict
        """
        rows, classes = batch
        return self.loss_of(self.network(self.corrupted(rows, generator)), classes), {}

    def loss_of(self, logits: Tensor, classes: Tensor) -> Tensor:
        """Return the training loss of unnormalised log-probabilities.

        Parameters
        ----------
        logits : Tensor of shape (n, n_classes)
            Output of the network.
        classes : Tensor of shape (n,)
            Classes from 0.

        Returns
        -------
        Tensor of shape ()
        """
        return functional.cross_entropy(logits, classes, label_smoothing=self.label_smoothing)

    def validation_loss(
        self, batch: Labelled, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the loss of held-out rows, without noise.

        Parameters
        ----------
        batch : tuple of Tensor (n, n_features) and Tensor (n,)
            Rows, and their classes from 0.
        generator : torch.Generator
            Not used.

        Returns
        -------
        tuple of Tensor and dict
        """
        rows, classes = batch
        return functional.cross_entropy(self.network(rows), classes), {}

    def corrupted(self, rows: Tensor, generator: torch.Generator) -> Tensor:
        """Corrupt the rows of a batch.

        Parameters
        ----------
        rows : Tensor of shape (n, n_features)
            Clean rows; not modified.
        generator : torch.Generator
            Generator of the noise.

        Returns
        -------
        Tensor of shape (n, n_features)
            The input of the network.
        """
        if self._corruption is None:
            return rows
        corrupted, _ = self._corruption.apply(rows, generator)
        return corrupted
