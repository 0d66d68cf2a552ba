"""Activations by name: as modules, and as pairs of a function and its gradient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..errors import UsageError, did_you_mean

__all__ = ["ACTIVATIONS", "Activation", "activate_", "make_activation"]

_aten = torch.ops.aten


@dataclass(frozen=True)
class Activation:
    """A function of a row's numbers, each by itself but for "softmax", and its gradient.

    Attributes
    ----------
    module : callable
        Makes the torch module.
    value : callable
        The function of a tensor, which goes to another; where ``of_output`` holds, it overwrites
        its argument instead.
    gradient : callable
        From the gradient of the output, and the output (``of_output``) or the input, to the
        gradient of the input, which goes to a third tensor; that may be the first.
    of_output : bool
        What ``gradient`` needs.
    gain : float, default=1.0
        What ``value`` wants its argument multiplied by: a matrix product does it for nothing.
    """

    module: Callable[[], nn.Module]
    value: Callable[[Tensor, Tensor], Tensor]
    gradient: Callable[[Tensor, Tensor, Tensor], Tensor]
    of_output: bool
    gain: float = 1.0


_MINUS_ONE = torch.tensor(-1.0)


def _tanh_of_half_(x: Tensor, out: Tensor) -> Tensor:
    # tanh(x) = 2 sigmoid(2x) - 1, to the last bit or two of single precision near +-1 and to 1e-7
    # elsewhere: a third of the time of torch's own.
    return torch.add(_MINUS_ONE, x.sigmoid_(), alpha=2, out=x)


def _softmax_(x: Tensor, out: Tensor) -> Tensor:
    x.sub_(x.amax(dim=1, keepdim=True)).exp_()
    return x.div_(x.sum(dim=1, keepdim=True))


def _softmax_gradient(g: Tensor, y: Tensor, out: Tensor) -> Tensor:
    common = (g * y).sum(dim=1, keepdim=True)
    return torch.sub(g, common, out=out).mul_(y)


# https://pytorch.org/docs/stable/nn.html, "Non-linear Activations".
ACTIVATIONS: dict[str, Activation] = {
    "identity": Activation(nn.Identity, lambda x, out: x, lambda g, y, out: g, True),
    "relu": Activation(
        nn.ReLU,
        lambda x, out: torch.relu_(x),
        lambda g, y, out: _aten.threshold_backward.grad_input(g, y, 0, grad_input=out),
        True,
    ),
    "leaky_relu": Activation(
        lambda: nn.LeakyReLU(0.01),
        lambda x, out: functional.leaky_relu_(x, 0.01),
        lambda g, y, out: _aten.leaky_relu_backward.grad_input(g, y, 0.01, True, grad_input=out),
        True,
    ),
    "elu": Activation(
        nn.ELU,
        lambda x, out: functional.elu_(x),
        lambda g, y, out: _aten.elu_backward.grad_input(g, 1.0, 1.0, 1.0, True, y, grad_input=out),
        True,
    ),
    "selu": Activation(
        nn.SELU,
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
    "gelu": Activation(
        nn.GELU,
        lambda x, out: _aten.gelu.out(x, out=out),
        lambda g, x, out: _aten.gelu_backward.grad_input(g, x, grad_input=out),
        False,
    ),
    "softmax": Activation(lambda: nn.Softmax(dim=1), _softmax_, _softmax_gradient, True),
    "silu": Activation(
        nn.SiLU,
        lambda x, out: _aten.silu.out(x, out=out),
        lambda g, x, out: _aten.silu_backward.grad_input(g, x, grad_input=out),
        False,
    ),
    "softplus": Activation(
        nn.Softplus,
        lambda x, out: _aten.softplus.out(x, out=out),
        lambda g, x, out: _aten.softplus_backward.grad_input(g, x, 1, 20, grad_input=out),
        False,
    ),
    "sigmoid": Activation(
        nn.Sigmoid,
        lambda x, out: torch.sigmoid_(x),
        lambda g, y, out: _aten.sigmoid_backward.grad_input(g, y, grad_input=out),
        True,
    ),
    "tanh": Activation(
        nn.Tanh,
        _tanh_of_half_,
        lambda g, y, out: _aten.tanh_backward.grad_input(g, y, grad_input=out),
        True,
        gain=2.0,
    ),
}


_OVERWRITING: dict[type[nn.Module], Callable[[Tensor], Tensor]] = {
    nn.ReLU: torch.relu_,
    nn.SELU: torch.selu_,
    nn.SiLU: lambda x: functional.silu(x, inplace=True),
    nn.Sigmoid: torch.sigmoid_,
    nn.Tanh: torch.tanh_,
}


def activate_(module: nn.Module, x: Tensor) -> Tensor:
    """Apply an activation to a tensor that it may overwrite, where no gradient is wanted.

    To allocate another one for each block of rows can take a third of the time of encoding them.

    Parameters
    ----------
    module : torch.nn.Module
        Of ``make_activation``.
    x : Tensor
        Any shape; lost.

    Returns
    -------
    Tensor
        The same bytes as of ``module(x)``.
    """
    overwrite = _OVERWRITING.get(type(module), module)
    return overwrite(x)


def make_activation(name: str) -> nn.Module:
    """Return a new activation module.

    Parameters
    ----------
    name : str
        One of ``ACTIVATIONS``.

    Returns
    -------
    torch.nn.Module
        The shape is kept.

    Raises
    ------
    UsageError
        If no activation has that name.
    """
    if name not in ACTIVATIONS:
        raise UsageError(
            f"An activation must be one of {', '.join(ACTIVATIONS)}. Got {name!r}."
            + did_you_mean(str(name), ACTIVATIONS)
        )
    return ACTIVATIONS[name].module()
