"""Objective of variational autoencoders: the evidence lower bound."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ._likelihoods import Likelihood
from ._shifts import Shifts

__all__ = ["EvidenceBound", "kl_to_prior"]

_RATE = 0.01  # of the likelihood's variance per step, once that is slower than a running mean


def kl_to_prior(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return the Kullback-Leibler divergence from diagonal Gaussians to N(0, I), unit by unit.

    Parameters
    ----------
    mean, log_variance : Tensor of shape (n, latent_dim)
        Of each Gaussian.

    Returns
    -------
    Tensor of shape (n, latent_dim)
        In nats, at least 0.

    References
    ----------
    Kingma & Welling (2014), Auto-encoding variational Bayes, ICLR, appendix B.
    """
    return (mean.square() + log_variance.exp() - 1 - log_variance) / 2


class EvidenceBound(nn.Module):
    """Negative evidence lower bound, with one reparameterised sample per row.

    The training loss is ``reconstruction + beta * kl``: the negative log-likelihood of the row
    given a sample of its posterior, and the divergence of the posterior from N(0, I) in closed
    form. In training, beta may rise from 0, and each unit's divergence, a mean over the batch,
    counts at least ``free_bits``. All are means over rows, in nats per row. The variance of a
    Gaussian likelihood follows the squared error of the batches, as a moving average.

    Parameters
    ----------
    network : VariationalNetwork
        Network to train.
    likelihood : Likelihood
        Likelihood of rows.
    beta : float, default=1.0
        Weight of the divergence; 1 is the evidence lower bound.
    free_bits : float, default=0.0
        Divergence of each unit that costs nothing, in nats.
    n_warmup_steps : int, default=0
        Number of training steps in which beta rises linearly from 0.
    shifts : Shifts, default=None
        Random shifts of pictures in training.
    is_mixed : bool, default=False
        Whether training passes are in bfloat16, by torch.autocast.

    Attributes
    ----------
    n_steps : Tensor of shape ()
        Training steps so far; part of the ``state_dict``, so that a resumed training continues with
        the same beta.

    References
    ----------
    Kingma & Welling (2014), Auto-encoding variational Bayes, ICLR. Higgins et al. (2017),
    beta-VAE, ICLR. Kingma et al. (2016), Improved variational inference with inverse
    autoregressive flow, NeurIPS, appendix C.8, for free bits. Sønderby et al. (2016), Ladder
    variational autoencoders, NeurIPS, for warm-up.
    """

    n_steps: Tensor

    def __init__(
        self,
        network: Any,
        likelihood: Likelihood,
        *,
        beta: float = 1.0,
        free_bits: float = 0.0,
        n_warmup_steps: int = 0,
        shifts: Shifts | None = None,
        is_mixed: bool = False,
    ) -> None:
        super().__init__()
        self.network, self.likelihood = network, likelihood
        self.is_static = bool(network.is_static)
        self.n_warmup_steps = n_warmup_steps
        self._beta, self._free_bits, self._shifts = beta, free_bits, shifts
        self._is_mixed = is_mixed
        self.register_buffer("n_steps", torch.zeros((), dtype=torch.float64))

    def training_loss(
        self, batch: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the loss of a batch, with the parts ``reconstruction`` and ``kl``.

        Parameters
        ----------
        batch : Tensor of shape (n, ...)
            Encoded rows, NaN where missing.
        generator : torch.Generator
            Generator of the shifts and the samples.

        Returns
        -------
        tuple of Tensor and dict
            In nats per row; ``kl`` is without ``beta`` and ``free_bits``.
        """
        x = batch if self._shifts is None else self._shifts.apply(batch, generator)
        with torch.autocast(x.device.type, torch.bfloat16, enabled=self._is_mixed):
            outputs, kl = self._sampled(x, generator)
        if len(self.network.variance):
            error = self.likelihood.squared_error(self.network, outputs, x)
            self.network.move_variance(error, (1 / (self.n_steps + 1)).clamp(min=_RATE).float())
        reconstruction = -self.likelihood(self.network, outputs, x).mean()
        counted = kl.clamp(min=self._free_bits) if self._free_bits else kl
        total = reconstruction + self._weight() * counted.sum()
        self.n_steps += 1
        return total, {"reconstruction": reconstruction, "kl": kl.sum()}

    def validation_loss(
        self, batch: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the loss of held-out rows, with all of beta and without free bits or shifts.

        Parameters
        ----------
        batch : Tensor of shape (n, ...)
            Encoded rows, NaN where missing.
        generator : torch.Generator
            Generator of the samples.

        Returns
        -------
        tuple of Tensor and dict
        """
        outputs, of_units = self._sampled(batch, generator)
        reconstruction = -self.likelihood(self.network, outputs, batch).mean()
        kl = of_units.sum()
        return reconstruction + self._beta * kl, {"reconstruction": reconstruction, "kl": kl}

    def _sampled(self, x: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return the decoder's outputs for one sample per row, and each unit's mean divergence."""
        mean, log_variance = (part.float() for part in self.network.posterior(x))
        drawn = torch.randn(mean.shape, generator=generator, device=mean.device)
        z = mean + drawn * (log_variance / 2).exp()
        return self.network.decoder(z).float(), kl_to_prior(mean, log_variance).mean(dim=0)

    def _weight(self) -> Tensor | float:
        """Return beta, or the part of it that counts at this step."""
        if not self.n_warmup_steps:
            return self._beta
        # A tensor, so that a recorded step computes it anew.
        return self._beta * (self.n_steps / self.n_warmup_steps).clamp(max=1.0).float()
