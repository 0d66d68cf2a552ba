"""What an autoencoder is trained to do: give rows back, perhaps from a corrupted version."""

from __future__ import annotations

import functools

import torch
from torch import Tensor, nn

from ._corruption import Corruption
from ._losses import ReconstructionLoss
from ._shifts import Shifts

__all__ = ["Reconstruction"]


class Reconstruction(nn.Module):
    """Give back what came in, or what it was before noise.

    Parameters
    ----------
    network : torch.nn.Module
        From rows (n, n_features) to their reconstructions.
    loss : str, default="mean_squared_error"
        One of ``LOSSES``.
    corruption : Corruption, default=None
        Noise on what comes in; the loss is always against the clean rows.
    emphasis : tuple of two floats, default=(1.0, 1.0)
        How much corrupted and how much untouched numbers count: Vincent's alpha and beta.
    shifts : Shifts, default=None
        Moves pictures before anything else, those that come in and those to give back.

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
        self._network = network
        self.is_static = getattr(network, "is_static", False)
        self._training_loss = ReconstructionLoss(loss, keeps_memory=True)
        self._validation_loss = ReconstructionLoss(loss)
        self._corruption = corruption if corruption and corruption.is_on else None
        self._corrupted, self._kept = emphasis
        self._shifts = shifts

    def training_loss(
        self, batch: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the loss of a batch, a mean over rows and features, and no further parts.

        A network that can differentiate by itself has its gradients then: see ``Trainable``.

        Parameters
        ----------
        batch : Tensor of shape (n, n_features)
            Clean rows.
        generator : torch.Generator
            Draws the shifts and the noise.

        Returns
        -------
        tuple of Tensor and dict
        """
        if self._shifts:
            batch = self._shifts.apply(batch, generator)
        given, weights = batch, None
        if self._corruption:
            given, chosen = self._corruption.apply(batch, generator)
            if chosen is not None and self._corrupted != self._kept:
                weights = torch.where(chosen, self._corrupted, self._kept)
        differentiate = getattr(self._network, "differentiate", None)
        if differentiate:
            evaluate = functools.partial(self._training_loss.evaluate, x=batch, weights=weights)
            return differentiate(given, evaluate), {}
        return self._training_loss(self._network(given), batch, weights), {}

    def validation_loss(self, batch: Tensor) -> Tensor:
        """Return the loss of held-out rows, without noise and emphasis.

        Parameters
        ----------
        batch : Tensor of shape (n, n_features)
            Clean rows.

        Returns
        -------
        Tensor of shape ()
        """
        return self._validation_loss(self._network(batch), batch)
