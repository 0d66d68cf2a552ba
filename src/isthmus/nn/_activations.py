"""Activations by name."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from ..errors import UsageError, did_you_mean

__all__ = ["ACTIVATIONS", "make_activation"]

# Those that autograd can undo from their output alone work in place: one pass over memory less.
ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "identity": nn.Identity,
    "relu": lambda: nn.ReLU(inplace=True),
    "leaky_relu": lambda: nn.LeakyReLU(0.01, inplace=True),
    "elu": lambda: nn.ELU(inplace=True),
    "selu": lambda: nn.SELU(inplace=True),
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "softplus": nn.Softplus,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
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
    return ACTIVATIONS[name]()
