"""Reconstruction losses: pure functions of two tensors."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

__all__ = ["mean_squared_error"]


def mean_squared_error(x_hat: Tensor, x: Tensor) -> Tensor:
    """Squared difference, averaged over rows and features.

    Parameters
    ----------
    x_hat : Tensor of shape (n, n_features)
        Reconstructions; the gradient goes to them alone, and can be taken once.
    x : Tensor of shape (n, n_features)
        Rows.

    Returns
    -------
    Tensor of shape ()
        In squared units of ``x``; 0 is best.
    """
    loss: Tensor = _MeanSquaredError.apply(x_hat, x)  # type: ignore[no-untyped-call]
    return loss


class _MeanSquaredError(torch.autograd.Function):
    """torch's own looks twice at both tensors; the difference is loss and gradient at once."""

    @staticmethod
    def forward(ctx: Any, x_hat: Tensor, x: Tensor) -> Tensor:
        difference = x_hat - x
        ctx.difference = difference
        flat = difference.reshape(-1)
        return flat.dot(flat) / flat.numel()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return ctx.difference * (gradient * (2 / ctx.difference.numel())), None
