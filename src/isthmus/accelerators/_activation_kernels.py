"""Activations with their derivatives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["ACTIVATION_KERNELS", "ActivationKernel"]

_aten = torch.ops.aten


@dataclass(frozen=True)
class ActivationKernel:
    """Activation and its derivative, with preallocated outputs.

    Attributes
    ----------
    value : callable
        From a tensor and memory for the result to the result. If ``of_output`` is True, it
        overwrites its argument instead.
    gradient : callable
        From the gradient of the output, the output (``of_output``) or else the input, and memory
        for the result, to the gradient of the input. The memory may be that of the first argument.
    of_output : bool
        Whether ``gradient`` takes the output.
    gain : float, default=1.0
        Factor to apply to the argument of ``value``; it is free as part of a matrix product.
    """

    value: Callable[[Tensor, Tensor], Tensor]
    gradient: Callable[[Tensor, Tensor, Tensor], Tensor]
    of_output: bool
    gain: float = 1.0


_MINUS_ONE = torch.tensor(-1.0)


def _tanh_of_half_(x: Tensor, out: Tensor) -> Tensor:
    # tanh(x) = 2 sigmoid(2x) - 1, exact to the last bit or two of single precision near +-1 and to
    # 1e-7 elsewhere, in a third of the time of torch.tanh.
    return torch.add(_MINUS_ONE, x.sigmoid_(), alpha=2, out=x)


def _softmax_(x: Tensor, out: Tensor) -> Tensor:
    x.sub_(x.amax(dim=1, keepdim=True)).exp_()
    return x.div_(x.sum(dim=1, keepdim=True))


def _softmax_gradient(g: Tensor, y: Tensor, out: Tensor) -> Tensor:
    common = (g * y).sum(dim=1, keepdim=True)
    return torch.sub(g, common, out=out).mul_(y)


# By the names of isthmus.nn.ACTIVATIONS.
ACTIVATION_KERNELS: dict[str, ActivationKernel] = {
    "identity": ActivationKernel(lambda x, out: x, lambda g, y, out: g, True),
    "relu": ActivationKernel(
        lambda x, out: torch.relu_(x),
        lambda g, y, out: _aten.threshold_backward.grad_input(g, y, 0, grad_input=out),
        True,
    ),
    "leaky_relu": ActivationKernel(
        lambda x, out: functional.leaky_relu_(x, 0.01),
        lambda g, y, out: _aten.leaky_relu_backward.grad_input(g, y, 0.01, True, grad_input=out),
        True,
    ),
    "elu": ActivationKernel(
        lambda x, out: functional.elu_(x),
        lambda g, y, out: _aten.elu_backward.grad_input(g, 1.0, 1.0, 1.0, True, y, grad_input=out),
        True,
    ),
    "selu": ActivationKernel(
        lambda x, out: torch.selu_(x),
        lambda g, y, out: _aten.elu_backward(
            g,
            1.6732632423543772848170429916717,
            1.0507009873554804934193349852946,
            1.0,
            True,
            y,
            grad_input=out,
        ),
        True,
    ),
    "gelu": ActivationKernel(
        lambda x, out: _aten.gelu.out(x, out=out),
        lambda g, x, out: _aten.gelu_backward.grad_input(g, x, grad_input=out),
        False,
    ),
    "softmax": ActivationKernel(_softmax_, _softmax_gradient, True),
    "silu": ActivationKernel(
        lambda x, out: _aten.silu.out(x, out=out),
        lambda g, x, out: _aten.silu_backward.grad_input(g, x, grad_input=out),
        False,
    ),
    "softplus": ActivationKernel(
        lambda x, out: _aten.softplus.out(x, out=out),
        lambda g, x, out: _aten.softplus_backward.grad_input(g, x, 1, 20, grad_input=out),
        False,
    ),
    "sigmoid": ActivationKernel(
        lambda x, out: torch.sigmoid_(x),
        lambda g, y, out: _aten.sigmoid_backward.grad_input(g, y, grad_input=out),
        True,
    ),
    "tanh": ActivationKernel(
        _tanh_of_half_,
        lambda g, y, out: _aten.tanh_backward.grad_input(g, y, grad_input=out),
        True,
        gain=2.0,
    ),
    "clip": ActivationKernel(lambda x, out: x.clamp_(0.0, 1.0), lambda g, y, out: g, True),
}
