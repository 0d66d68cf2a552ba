"""Objective of sparse autoencoders."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ._reconstruction import Reconstruction

__all__ = ["SparseReconstruction"]

# Of the latents: from there on, a product of all in bfloat16 is faster than a sum of those that a
# row selects. At 4,000 latents and 784 features, both took the same time with 1 %.
_DENSE_SHARE = 0.01


class SparseReconstruction(Reconstruction):
    """Squared error of sparse codes, and an auxiliary loss that revives dead latents.

    A latent is dead if no row selected it for some time. The error of the reconstruction is
    reconstructed in turn from the dead latents with the largest activations, as in Gao et al.
    (2024), but without the ReLU: a latent whose activation is negative for all rows would
    otherwise have no gradient and stay dead.

    Parameters
    ----------
    network : isthmus.nn.TopKAutoencoder
        If ``unit_norm``, its directions are scaled to length 1 before each step and at the end.
    aux_coefficient : float
        Weight of the auxiliary loss, at least 0.
    aux_k : int
        Maximum number of dead latents that reconstruct the error of a row.
    dead_after : int
        Number of rows after which a latent that none of them selected is dead.
    is_mixed : bool, default=False
        Whether the matrix products of training are in bfloat16, by torch.autocast.
    **settings
        Arguments of ``Reconstruction``: ``corruption``, ``shifts``.
    """

    network: Any  # networks are in a package of their own, beside this one
    unused: Tensor

    def __init__(
        self,
        network: Any,
        *,
        aux_coefficient: float,
        aux_k: int,
        dead_after: int,
        is_mixed: bool = False,
        **settings: Any,
    ) -> None:
        super().__init__(network, **settings)
        self._aux_coefficient, self._aux_k, self._dead_after = aux_coefficient, aux_k, dead_after
        self._is_mixed = is_mixed
        self._is_dense = is_mixed and network.k >= _DENSE_SHARE * network.encoder.out_features
        unused = torch.zeros(network.encoder.out_features, device=network.encoder.weight.device)
        self.register_buffer("unused", unused)  # number of rows since each latent was selected

    def train(self, mode: bool = True) -> SparseReconstruction:
        """Switch to training, or back: the last step has moved the directions."""
        if not mode:
            self.network.normalise()
        super().train(mode)
        return self

    def training_loss(
        self, batch: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the loss of a batch with its parts; updates which latents are dead.

        Parameters
        ----------
        batch : Tensor of shape (n, n_features)
            Clean rows.
        generator : torch.Generator
            Generator of the shifts and the noise.

        Returns
        -------
        tuple of Tensor and dict
            Squared error as a share of the variance of the training rows, so that the size of
            gradients does not depend on units; its gradient is that of the sum with the auxiliary
            loss. Parts: ``auxiliary``, the auxiliary loss in the
            same unit, without its coefficient; ``active``, the number of
            latents that a row selects; ``dead``, the share of dead latents.
        """
        self.network.normalise()
        given, target, _ = self.corrupted(batch, generator)
        with torch.autocast(
            given.device.type, torch.bfloat16, enabled=self._is_mixed, cache_enabled=False
        ):
            activations = self.network.activations(given)
            active = self.network.select(activations, dense=self._is_dense)
            x_hat = self.network.decode_active(active)
        self.network.learn_threshold(active)
        target = self._observed(target, x_hat)
        loss = self.loss(x_hat, target) / self.network.variance
        is_dead = self._dead(active, len(batch))
        auxiliary = self._auxiliary(activations, is_dead, target - x_hat.detach())
        parts = {
            "auxiliary": auxiliary.detach(),
            "active": active.n_positive() / len(batch),
            "dead": is_dead.float().mean(),
        }
        # Its value stays the reconstruction's, which can be compared with that of held-out rows.
        return loss + self._aux_coefficient * (auxiliary - auxiliary.detach()), parts

    @torch.no_grad()
    def _dead(self, active: Any, n_rows: int) -> Tensor:
        self.unused += n_rows
        self.unused[active.used(len(self.unused))] = 0
        return self.unused > self._dead_after

    def _auxiliary(self, activations: Tensor, is_dead: Tensor, error: Tensor) -> Tensor:
        if not self._aux_coefficient:
            return error.new_zeros(())
        dead = is_dead.nonzero().flatten()
        if not len(dead):
            return error.new_zeros(())
        active = self.network.select_among(activations, dead, self._aux_k)
        restored = self.network.decode_active(active) - self.network.decoder.bias
        auxiliary: Tensor = (restored - error).square().mean() / self.network.variance
        return auxiliary

    def validation_loss(
        self, batch: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the squared error of held-out rows as a share of the training rows' variance.

        Parameters
        ----------
        batch : Tensor of shape (n, n_features)
            Clean rows.
        generator : torch.Generator
            Not used.

        Returns
        -------
        tuple of Tensor and dict
        """
        x_hat = self.network(batch)
        return self.loss(x_hat, self._observed(batch, x_hat)) / self.network.variance, {}

    def _observed(self, target: Tensor, x_hat: Tensor) -> Tensor:
        """Return rows with their reconstruction in place of missing values: an error of 0."""
        if not self.network.may_miss:
            return target
        return target.where(~target.isnan(), x_hat.detach())
