"""Reconstruction losses: pure functions of two tensors."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from .._scratch import Scratch

__all__ = ["LOSSES", "Loss", "ReconstructionLoss"]

Kernel = Callable[[Tensor, Tensor, Tensor, Tensor], Any]


@dataclass(frozen=True)
class Loss:
    """A loss of single numbers, and what it asks of them.

    Attributes
    ----------
    kernel : callable
        Of reconstructions, rows, and two matrices of their shape: writes each number's loss to the
        first and its derivative to the second.
    output : str or None
        The activation of the output that makes the reconstructions what the loss asks for; None
        if any will do.
    low, high : float
        Bounds of the rows.
    """

    kernel: Kernel
    output: str | None = None
    low: float = -math.inf
    high: float = math.inf


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
    # log cosh d = |d| + log(1 + exp(-2 |d|)) - log 2, which no d overflows.
    torch.sub(x_hat, x, out=losses)
    torch.tanh(losses, out=slopes)
    losses.abs_()
    losses.add_(losses.mul(-2).exp_().log1p_()).sub_(math.log(2))


def _cross_entropy(x_hat: Tensor, x: Tensor, losses: Tensor, slopes: Tensor) -> None:
    # As torch has it: no logarithm below -100, no division by less than 1e-12.
    torch.log1p(x_hat.neg(), out=slopes).clamp_(min=-100)
    torch.log(x_hat, out=losses).clamp_(min=-100)
    losses.sub_(slopes).mul_(x).add_(slopes).neg_()
    torch.addcmul(x_hat, x_hat, x_hat, value=-1, out=slopes).clamp_(min=1e-12).reciprocal_()
    slopes.mul_(x_hat - x)


def _multinomial(x_hat: Tensor, x: Tensor, losses: Tensor, slopes: Tensor) -> None:
    torch.log(x_hat, out=losses).clamp_(min=-100).mul_(x).neg_()
    torch.clamp(x_hat, min=1e-12, out=slopes).reciprocal_().mul_(x).neg_()


LOSSES: dict[str, Loss] = {
    "mean_squared_error": Loss(_squared),
    "mean_absolute_error": Loss(_absolute),
    "huber": Loss(_huber),
    "log_cosh": Loss(_log_cosh),
    "binary_cross_entropy": Loss(_cross_entropy, "sigmoid", 0, 1),
    "multinomial": Loss(_multinomial, "softmax", 0),
}


class ReconstructionLoss:
    """A loss by name, averaged over rows and features.

    Parameters
    ----------
    name : str, default="mean_squared_error"
        One of ``LOSSES``: "mean_squared_error"; "mean_absolute_error"; "huber" (squared up to a
        difference of 1 and straight beyond, Huber 1964); "log_cosh" (the same, smoothly);
        "binary_cross_entropy" (rows and reconstructions within [0, 1]); "multinomial" (rows are
        counts or other weights from 0 on, reconstructions are shares that add up to 1: the
        cross-entropy of Salakhutdinov & Hinton 2009 for words).
    keeps_memory : bool, default=False
        Use the same memory in each call: right where a loss is differentiated before the next one
        is computed.
    """

    def __init__(self, name: str = "mean_squared_error", *, keeps_memory: bool = False) -> None:
        self._loss, self._is_squared = LOSSES[name], name == "mean_squared_error"
        self._memory = (Scratch(), Scratch()) if keeps_memory else None

    def __call__(self, x_hat: Tensor, x: Tensor, weights: Tensor | None = None) -> Tensor:
        """Return the loss.

        Parameters
        ----------
        x_hat : Tensor of shape (n, n_features)
            Reconstructions; the gradient goes to them alone, and can be taken once.
        x : Tensor of shape (n, n_features)
            Rows.
        weights : Tensor of shape (n, n_features), default=None
            How much each number counts; the mean is over all of them, whatever their weight.

        Returns
        -------
        Tensor of shape ()
            In the loss's own unit, squared units of ``x`` for the squared error.
        """
        loss: Tensor = _Loss.apply(x_hat, x, weights, self)  # type: ignore[no-untyped-call]
        return loss

    def slopes(self, x_hat: Tensor) -> Tensor:
        """Return memory for the gradient."""
        scratch = self._memory[1] if self._memory else Scratch()
        return scratch.matrix(len(x_hat), x_hat.shape[1], x_hat)

    def evaluate(
        self, x_hat: Tensor, slopes: Tensor, x: Tensor, weights: Tensor | None = None
    ) -> tuple[Tensor, float]:
        """Return the loss, and a factor; their product with ``slopes`` is the gradient.

        Parameters
        ----------
        x_hat : Tensor of shape (n, n_features)
            Reconstructions.
        slopes : Tensor of shape (n, n_features)
            Written.
        x : Tensor of shape (n, n_features)
            Rows.
        weights : Tensor of shape (n, n_features), default=None
            How much each number counts.

        Returns
        -------
        tuple of Tensor of shape () and float
        """
        n = x.numel()
        if self._is_squared and weights is None:
            torch.sub(x_hat, x, out=slopes)
            flat = slopes.view(-1)
            return flat.dot(flat) / n, 2 / n
        losses = (self._memory or (Scratch(),))[0].matrix(len(x), x.shape[1], x)
        self._loss.kernel(x_hat, x, losses, slopes)
        if weights is not None:
            losses.mul_(weights)
            slopes.mul_(weights)
        return losses.mean(), 1 / n


class _Loss(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x_hat: Tensor, x: Tensor, weights: Tensor | None, loss: ReconstructionLoss
    ) -> Tensor:
        ctx.slopes = loss.slopes(x_hat)
        value, ctx.scale = loss.evaluate(x_hat, ctx.slopes, x, weights)
        return value

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        slopes, ctx.slopes = ctx.slopes, None
        return slopes.mul_(gradient * ctx.scale), None, None, None
