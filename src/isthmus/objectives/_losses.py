"""Reconstruction losses: pure functions of two tensors."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from .._scratch import Scratch

__all__ = ["mean_squared_error"]


def mean_squared_error(x_hat: Tensor, x: Tensor, scratch: Scratch | None = None) -> Tensor:
    """Squared difference, averaged over rows and features.

    Parameters
    ----------
    x_hat : Tensor of shape (n, n_features)
        Reconstructions; the gradient goes to them alone, and can be taken once.
    x : Tensor of shape (n, n_features)
        Rows.
    scratch : Scratch, default=None
        Memory for the gradient, if this loss is differentiated before the next one is computed.

    Returns
    -------
    Tensor of shape ()
        In squared units of ``x``; 0 is best.
    """
    loss: Tensor = _MeanSquaredError.apply(  # type: ignore[no-untyped-call]
        x_hat, x, scratch
    )
    return loss


class _MeanSquaredError(torch.autograd.Function):
    """torch's own looks twice at both tensors; the difference is loss and gradient at once."""

    @staticmethod
    def forward(ctx: Any, x_hat: Tensor, x: Tensor, scratch: Scratch | None) -> Tensor:
        out = scratch.matrix(len(x_hat), x_hat.shape[1], x_hat) if scratch else None
        difference = torch.sub(x_hat, x, out=out)
        ctx.difference, ctx.is_ours = difference, bool(scratch)
        flat = difference.reshape(-1)
        return flat.dot(flat) / flat.numel()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        scale = gradient * (2 / ctx.difference.numel())
        if not ctx.is_ours:
            return ctx.difference * scale, None, None
        difference, ctx.difference = ctx.difference, None
        return difference.mul_(scale), None, None
