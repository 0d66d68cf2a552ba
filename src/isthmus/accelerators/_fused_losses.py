"""Reconstruction losses, computed together with their derivatives."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

__all__ = ["LOSS_KERNELS", "FusedLoss"]

# Takes reconstructions, rows, and two tensors of their shape; writes the loss of each value to the
# first and its derivative to the second.
Kernel = Callable[[Tensor, Tensor, Tensor, Tensor], Any]


def _squared(x_hat: Tensor, x: Tensor, losses: Tensor, slopes: Tensor) -> None:
    torch.sub(x_hat, x, out=slopes)
    torch.mul(slopes, slopes, out=losses)
    slopes.mul_(2)


def _absolute(x_hat: Tensor, x: Tensor, losses: Tensor, slopes: Tensor) -> None:
    torch.sub(x_hat, x, out=losses)
    torch.sign(losses, out=slopes)
    losses.abs_()


def _huber(x_hat: Tensor, x: Tensor, losses: Tensor, slopes: Tensor) -> None:
    torch.sub(x_hat, x, out=losses)
    torch.clamp(losses, -1, 1, out=slopes)
    losses.sub_(slopes, alpha=0.5).mul_(slopes)


def _log_cosh(x_hat: Tensor, x: Tensor, losses: Tensor, slopes: Tensor) -> None:
    # log cosh d = |d| + log(1 + exp(-2 |d|)) - log 2, which does not overflow.
    torch.sub(x_hat, x, out=losses)
    torch.tanh(losses, out=slopes)
    losses.abs_()
    losses.add_(losses.mul(-2).exp_().log1p_()).sub_(math.log(2))


def _cross_entropy(x_hat: Tensor, x: Tensor, losses: Tensor, slopes: Tensor) -> None:
    # As in torch, no logarithm is below -100, and nothing is divided by less than 1e-12.
    torch.log1p(x_hat.neg(), out=slopes).clamp_(min=-100)
    torch.log(x_hat, out=losses).clamp_(min=-100)
    losses.sub_(slopes).mul_(x).add_(slopes).neg_()
    torch.addcmul(x_hat, x_hat, x_hat, value=-1, out=slopes).clamp_(min=1e-12).reciprocal_()
    slopes.mul_(x_hat - x)


def _multinomial(x_hat: Tensor, x: Tensor, losses: Tensor, slopes: Tensor) -> None:
    torch.log(x_hat, out=losses).clamp_(min=-100).mul_(x).neg_()
    torch.clamp(x_hat, min=1e-12, out=slopes).reciprocal_().mul_(x).neg_()


# By the names of isthmus.objectives.LOSSES.
LOSS_KERNELS: dict[str, Kernel] = {
    "mean_squared_error": _squared,
    "mean_absolute_error": _absolute,
    "huber": _huber,
    "log_cosh": _log_cosh,
    "binary_cross_entropy": _cross_entropy,
    "multinomial": _multinomial,
}


class FusedLoss:
    """Loss by name, with its derivative; see ``isthmus.objectives.Loss``.

    Parameters
    ----------
    name : str
        One of ``LOSS_KERNELS``.
    """

    def __init__(self, name: str) -> None:
        self._kernel, self._is_squared = LOSS_KERNELS[name], name == "mean_squared_error"

    def __call__(self, x_hat: Tensor, x: Tensor, weights: Tensor | None = None) -> Tensor:
        """Return the loss as one node for autograd, which can be differentiated once.

        Parameters
        ----------
        x_hat : Tensor of shape (n, ...)
            Reconstructions; only they get a gradient.
        x : Tensor of the same shape
            Rows.
        weights : Tensor of the same shape, default=None
            Weight of each value in the loss.

        Returns
        -------
        Tensor of shape ()
        """
        loss: Tensor = _Node.apply(x_hat, x, weights, self)  # type: ignore[no-untyped-call]
        return loss

    def evaluate(
        self, x_hat: Tensor, slopes: Tensor, x: Tensor, weights: Tensor | None = None
    ) -> tuple[Tensor, float]:
        """Return the loss and a factor; the gradient is the factor times ``slopes``.

        Parameters
        ----------
        x_hat : Tensor of shape (n, ...)
            Reconstructions.
        slopes : Tensor of the same shape
            Output, to be written.
        x : Tensor of the same shape
            Rows.
        weights : Tensor of the same shape, default=None
            Weight of each value in the loss.

        Returns
        -------
        tuple of Tensor of shape () and float
        """
        n = x.numel()
        if self._is_squared and weights is None:
            torch.sub(x_hat, x, out=slopes)
            flat = slopes.view(-1)
            return flat.dot(flat) / n, 2 / n
        losses = torch.empty_like(x)
        self._kernel(x_hat, x, losses, slopes)
        if weights is not None:
            losses.mul_(weights)
            slopes.mul_(weights)
        return losses.mean(), 1 / n


class _Node(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x_hat: Tensor, x: Tensor, weights: Tensor | None, loss: FusedLoss
    ) -> Tensor:
        ctx.slopes = torch.empty_like(x_hat)
        value, ctx.scale = loss.evaluate(x_hat, ctx.slopes, x, weights)
        return value

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        slopes, ctx.slopes = ctx.slopes, None
        return slopes.mul_(gradient * ctx.scale), None, None, None
