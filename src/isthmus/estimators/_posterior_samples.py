"""Bounds of the log-likelihood of rows, from samples of their posteriors."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .._random import torch_generator
from ..nn import VariationalNetwork
from ..objectives import Likelihood, kl_to_prior
from ..rows import Rows

__all__ = ["evidence_bounds", "importance_bounds"]

# Of decoded samples at a time: 2 MiB stay in a cache. 16 MiB took a quarter more time, and feature
# maps of convolutions 125 MiB more memory.
_MOST_VALUES = 2**19
_FEWEST_SAMPLES = 512  # to decode at a time, of several rows if there are few of each


@torch.inference_mode()
def evidence_bounds(
    network: VariationalNetwork, likelihood: Likelihood, rows: Rows, *, n_samples: int, seed: int
) -> NDArray[np.float64]:
    """Return the evidence lower bound of each row.

    Parameters
    ----------
    network : VariationalNetwork
        Fitted.
    likelihood : Likelihood
        Likelihood of rows.
    rows : Rows
        Encoded rows.
    n_samples : int
        Samples of the posterior per row; the divergence is in closed form.
    seed : int
        Seed of the samples; those of a row depend only on the seed and the row's own values.

    Returns
    -------
    ndarray of shape (n_samples,), float64
        In nats.
    """
    bounds = np.empty(len(rows))
    for where, x in _groups(rows, n_samples):
        mean, log_variance = network.posterior(x)
        parts = _sampled(network, likelihood, x, (mean, log_variance), n_samples, seed)
        of_samples = torch.cat([log_likelihood for log_likelihood, _ in parts], dim=1)
        kl = kl_to_prior(mean, log_variance).double().sum(dim=1)
        bounds[where] = (of_samples.mean(dim=1) - kl).cpu().numpy()
    return bounds


@torch.inference_mode()
def importance_bounds(
    network: VariationalNetwork, likelihood: Likelihood, rows: Rows, *, n_samples: int, seed: int
) -> NDArray[np.float64]:
    """Return the importance-sampled estimate of each row's log-likelihood.

    On average it is a lower bound, which rises to the log-likelihood with the number of samples.

    Parameters
    ----------
    network, likelihood, rows, n_samples, seed
        As for ``evidence_bounds``.

    Returns
    -------
    ndarray of shape (n_samples,), float64
        In nats.

    References
    ----------
    Burda, Grosse & Salakhutdinov (2016), Importance weighted autoencoders, ICLR, equation 8.
    """
    bounds = np.empty(len(rows))
    for where, x in _groups(rows, n_samples):
        parts = _sampled(network, likelihood, x, network.posterior(x), n_samples, seed)
        log_weights = torch.cat([log_likelihood + ratio for log_likelihood, ratio in parts], dim=1)
        bounds[where] = (log_weights.logsumexp(dim=1) - math.log(n_samples)).cpu().numpy()
    return bounds


def _groups(rows: Rows, n_samples: int) -> Iterator[tuple[slice, Tensor]]:
    """Yield a few rows at a time."""
    step = max(1, _FEWEST_SAMPLES // n_samples)
    for where, block in rows.blocks():
        for start in range(0, len(block), step):
            some = block[start : start + step]
            first = where.start + start
            yield slice(first, first + len(some)), some


def _sampled(
    network: VariationalNetwork,
    likelihood: Likelihood,
    x: Tensor,
    posterior: tuple[Tensor, Tensor],
    n_samples: int,
    seed: int,
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the log-likelihoods of samples, and the log-ratios of prior to posterior density.

    Both have shape (n_rows, n), of some samples at a time.
    """
    mean, spread = posterior[0], (posterior[1] / 2).exp()
    generators = [torch_generator(seed, "posterior", _checksum(row)) for row in x.cpu()]
    step = max(1, _MOST_VALUES // x.numel())
    for start in range(0, n_samples, step):
        n = min(step, n_samples - start)
        shape = (n, mean.shape[1])
        drawn = torch.stack([torch.randn(shape, generator=g) for g in generators]).to(x.device)
        z = mean[:, None] + spread[:, None] * drawn
        outputs = network.decoder(z.flatten(0, 1))
        of_samples = likelihood(network, outputs, x.repeat_interleave(n, dim=0)).view(len(x), n)
        ratio = (drawn.square() - z.square()).double().sum(dim=2) / 2
        yield of_samples.double(), ratio + posterior[1].double().sum(dim=1, keepdim=True) / 2


def _checksum(row: Tensor) -> int:
    return zlib.crc32(row.contiguous().numpy().tobytes())
