"""Dropout around the layers of a perceptron."""

from __future__ import annotations

from torch import nn

from ._affine import Affine
from ._mlp import MLP

__all__ = ["with_dropout"]


def with_dropout(network: MLP, *, on_input: float, on_hidden: float) -> nn.Module:
    """Return a perceptron with dropout on its input and on the input of every further layer.

    Parameters
    ----------
    network : MLP
        Its layers are shared, not copied.
    on_input, on_hidden : float
        Probability with which a value is set to 0 in training, from 0 to below 1. The draws are
        those of torch's global generator.

    Returns
    -------
    torch.nn.Module
        The network itself if both are 0.

    References
    ----------
    Srivastava et al. (2014), Dropout: A simple way to prevent neural networks from overfitting,
    JMLR 15.
    """
    if not on_input and not on_hidden:
        return network
    layers: list[nn.Module] = [MLP.of([], [], fills_missing=True)] if network.fills_missing else []
    first = network[0]
    for layer in network:
        if isinstance(layer, Affine) and (rate := on_input if layer is first else on_hidden):
            layers.append(nn.Dropout(rate))
        layers.append(layer)
    return nn.Sequential(*layers)
