"""Activations by name."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from ..errors import UsageError, did_you_mean

__all__ = ["ACTIVATIONS", "HIDDEN_ACTIVATIONS", "make_activation"]

# https://pytorch.org/docs/stable/nn.html, "Non-linear Activations".
ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "identity": nn.Identity,
    "relu": nn.ReLU,
    "leaky_relu": lambda: nn.LeakyReLU(0.01),
    "elu": nn.ELU,
    "selu": nn.SELU,
    "gelu": nn.GELU,
    "softmax": lambda: nn.Softmax(dim=1),
    "silu": nn.SiLU,
    "softplus": nn.Softplus,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
}

# A softmax makes the units of a layer shares of one total: for codes and outputs.
HIDDEN_ACTIVATIONS = tuple(name for name in ACTIVATIONS if name != "softmax")


def make_activation(name: str) -> nn.Module:
    """Return a new activation module.

    Parameters
    ----------
    name : str
        One of ``ACTIVATIONS``.

    Returns
    -------
    torch.nn.Module
        Its output has the shape of its input.

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
