"""Reconstruction losses: pure functions of two tensors."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional

__all__ = ["LOSSES", "Loss"]

_NEARLY_NOTHING = 1e-44  # its logarithm is below -100


@dataclass(frozen=True)
class Loss:
    """Reconstruction loss, with its requirements on rows and reconstructions.

    Attributes
    ----------
    name : str
        Name in ``LOSSES``.
    elementwise : callable
        From reconstructions and rows, both of shape (n, ...), to the loss of each value, a tensor
        of the same shape; differentiable by autograd.
    output : str or None, default=None
        Output activation that the loss requires; None for any.
    low, high : float
        Bounds of the rows, in scaled units; -inf and inf if there are none.
    """

    name: str
    elementwise: Callable[[Tensor, Tensor], Tensor]
    output: str | None = None
    low: float = -math.inf
    high: float = math.inf

    def __call__(self, x_hat: Tensor, x: Tensor, weights: Tensor | None = None) -> Tensor:
        """Return the mean over rows and features.

        Parameters
        ----------
        x_hat : Tensor of shape (n, ...)
            Reconstructions, in scaled units.
        x : Tensor of the same shape
            Rows, in scaled units.
        weights : Tensor of the same shape, default=None
            Weight of each value in the loss. The mean is over all values, independent of their
            weights.

        Returns
        -------
        Tensor of shape ()
            Squared scaled units for "mean_squared_error"; scaled units for "mean_absolute_error",
            "huber" and "log_cosh" (squared ones below a difference of 1); nats per feature for
            "binary_cross_entropy" and "multinomial".
        """
        losses = self.elementwise(x_hat, x)
        return (losses if weights is None else losses * weights).mean()


def _squared(x_hat: Tensor, x: Tensor) -> Tensor:
    return (x_hat - x).square()


def _absolute(x_hat: Tensor, x: Tensor) -> Tensor:
    return (x_hat - x).abs()


def _huber(x_hat: Tensor, x: Tensor) -> Tensor:
    return functional.huber_loss(x_hat, x, reduction="none")


def _log_cosh(x_hat: Tensor, x: Tensor) -> Tensor:
    # log cosh d = |d| + log(1 + exp(-2 |d|)) - log 2, which does not overflow.
    size = (x_hat - x).abs()
    return size + (-2 * size).exp().log1p() - math.log(2)


def _cross_entropy(x_hat: Tensor, x: Tensor) -> Tensor:
    # Not torch's, which raises an error for held-out rows slightly outside [0, 1].
    return -(x * _logarithm(x_hat) + (1 - x) * _logarithm(1 - x_hat))


def _multinomial(x_hat: Tensor, x: Tensor) -> Tensor:
    return -x * _logarithm(x_hat)


def _logarithm(share: Tensor) -> Tensor:
    """Return the logarithm, but at least -100, as in torch's binary cross-entropy."""
    return share.clamp(min=_NEARLY_NOTHING).log().clamp(min=-100)


# "huber" is squared up to a difference of 1 and linear beyond (Huber 1964), "log_cosh" a smooth
# variant of it. "binary_cross_entropy" is for rows and reconstructions in [0, 1]. "multinomial" is
# for rows of non-negative counts or weights and reconstructions that are shares with the sum 1: the
# cross-entropy of Salakhutdinov & Hinton (2009) for words.
LOSSES: dict[str, Loss] = {
    loss.name: loss
    for loss in (
        Loss("mean_squared_error", _squared),
        Loss("mean_absolute_error", _absolute),
        Loss("huber", _huber),
        Loss("log_cosh", _log_cosh),
        Loss("binary_cross_entropy", _cross_entropy, "sigmoid", 0, 1),
        Loss("multinomial", _multinomial, "softmax", 0),
    )
}
