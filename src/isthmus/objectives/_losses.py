"""Reconstruction losses: pure functions of two tensors."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

__all__ = ["mean_squared_error"]


def mean_squared_error(x_hat: Tensor, x: Tensor) -> Tensor:
    """Squared difference, averaged over rows and features.

    Parameters
    ----------
    x_hat : Tensor of shape (n, n_features)
        Reconstructions.
    x : Tensor of shape (n, n_features)
        Rows.

    Returns
    -------
    Tensor of shape ()
        In squared units of ``x``; 0 is best.
    """
    return functional.mse_loss(x_hat, x)
