"""Statistics of the units of a variational code."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from ..nn import VariationalNetwork
from ..objectives import kl_to_prior
from ..rows import Rows

__all__ = ["ACTIVE_VARIANCE", "unit_divergences"]

ACTIVE_VARIANCE = 0.01  # of the posterior means over rows: Burda et al. (2016), section 5.2
_MOST_ROWS = 10_000


def unit_divergences(
    network: VariationalNetwork, rows: Rows
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each unit's divergence from the prior, and the variance of its posterior means.

    Parameters
    ----------
    network : VariationalNetwork
        Fitted.
    rows : Rows
        Training rows; of more than 10,000, evenly spaced ones are used.

    Returns
    -------
    tuple of two ndarrays of shape (latent_dim,), float64
        Mean divergence in nats, and variance.
    """
    some = rows.select(np.linspace(0, len(rows) - 1, min(len(rows), _MOST_ROWS), dtype=np.intp))
    divergences, means = [], []
    with torch.inference_mode():
        for _, block in some.blocks():
            mean, log_variance = network.posterior(block)
            divergences.append(kl_to_prior(mean, log_variance).double().cpu().numpy())
            means.append(mean.double().cpu().numpy())
    return np.concatenate(divergences).mean(axis=0), np.concatenate(means).var(axis=0)
