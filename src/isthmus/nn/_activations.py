"""Activations by name."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from ..errors import UsageError, did_you_mean

__all__ = ["ACTIVATIONS", "HIDDEN_ACTIVATIONS", "make_activation"]


class _Clip(nn.Module):
    """Clip to [0, 1], with the gradient of the identity.

    The squared error then has the gradient of its matching loss, which is convex: an output beyond
    a bound is pulled back unless the target is at that bound (Auer et al., 1996).
    """

    def forward(self, x: Tensor) -> Tensor:
        """Clip values; see the class."""
        value = x.detach()
        return (x - value) + value.clamp(0.0, 1.0)


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
    "clip": _Clip,
}

# A softmax makes the units of a layer shares of one total, and a clip ignores what is beyond its
# bounds: for codes and outputs.
HIDDEN_ACTIVATIONS = tuple(name for name in ACTIVATIONS if name not in ("softmax", "clip"))


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
