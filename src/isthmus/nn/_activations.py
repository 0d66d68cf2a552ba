"""Activations by name: as modules, and as pairs of a function and its gradient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..errors import UsageError, did_you_mean

__all__ = ["ACTIVATIONS", "Activation", "make_activation"]

_aten = torch.ops.aten


@dataclass(frozen=True)
class Activation:
    """An elementwise function and its gradient.

    Attributes
    ----------
    module : callable
        Makes the torch module.
    value : callable
        The function of a tensor; where ``of_output`` holds it may overwrite its argument.
    gradient : callable
        From the gradient of the output, and the output (``of_output``) or the input, to the
        gradient of the input.
    of_output : bool
        What ``gradient`` needs.
    """

    module: Callable[[], nn.Module]
    value: Callable[[Tensor], Tensor]
    gradient: Callable[[Tensor, Tensor], Tensor]
    of_output: bool


def _tanh_(x: Tensor) -> Tensor:
    # tanh(x) = 2 sigmoid(2x) - 1, to the last bit or two of single precision near +-1 and to 1e-7
    # elsewhere: a third of the time of torch's own.
    return x.mul_(2).sigmoid_().mul_(2).sub_(1)


# https://pytorch.org/docs/stable/nn.html, "Non-linear Activations".
ACTIVATIONS: dict[str, Activation] = {
    "identity": Activation(nn.Identity, lambda x: x, lambda g, y: g, True),
    "relu": Activation(nn.ReLU, torch.relu_, lambda g, y: _aten.threshold_backward(g, y, 0), True),
    "leaky_relu": Activation(
        lambda: nn.LeakyReLU(0.01),
        lambda x: functional.leaky_relu_(x, 0.01),
        lambda g, y: _aten.leaky_relu_backward(g, y, 0.01, True),
        True,
    ),
    "elu": Activation(
        nn.ELU, functional.elu_, lambda g, y: _aten.elu_backward(g, 1.0, 1.0, 1.0, True, y), True
    ),
    "selu": Activation(
        nn.SELU,
        torch.selu_,
        lambda g, y: _aten.elu_backward(
            g, 1.6732632423543772848170429916717, 1.0507009873554804934193349852946, 1.0, True, y
        ),
        True,
    ),
    "gelu": Activation(nn.GELU, functional.gelu, lambda g, x: _aten.gelu_backward(g, x), False),
    "silu": Activation(nn.SiLU, functional.silu, lambda g, x: _aten.silu_backward(g, x), False),
    "softplus": Activation(
        nn.Softplus,
        functional.softplus,
        lambda g, x: _aten.softplus_backward(g, x, 1, 20),
        False,
    ),
    "sigmoid": Activation(
        nn.Sigmoid, torch.sigmoid_, lambda g, y: _aten.sigmoid_backward(g, y), True
    ),
    "tanh": Activation(nn.Tanh, _tanh_, lambda g, y: _aten.tanh_backward(g, y), True),
}


def make_activation(name: str) -> nn.Module:
    """Return a new activation module.

    Parameters
    ----------
    name : str
        One of ``ACTIVATIONS``.

    Returns
    -------
    torch.nn.Module
        Elementwise, shape kept.

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
