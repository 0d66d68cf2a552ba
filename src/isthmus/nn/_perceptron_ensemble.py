"""Perceptrons of one shape, computed together."""

from __future__ import annotations

import itertools
import math

import torch
from torch import Tensor, nn
from torch.nn.functional import silu

__all__ = ["PerceptronEnsemble"]


class PerceptronEnsemble(nn.Module):
    """Residual perceptrons of one shape, computed by batched matrix products.

    Many small products cost more time to start than to compute; batched, several networks take
    hardly longer than one. Hidden layers after the first add to their input (SiLU, dropout). The
    last layer starts at zero, so that a new ensemble returns 0.

    Parameters
    ----------
    n_networks, n_inputs, n_outputs : int
        Number of networks, and the widths of their first and last layer.
    width, n_layers : int
        Width and number of the hidden layers.
    dropout : float, default=0.0
        Fraction of hidden values to set to 0 in training.
    generator : torch.Generator, default=None
        Draws the initial weights; None leaves them uninitialised.
    """

    def __init__(
        self,
        n_networks: int,
        n_inputs: int,
        n_outputs: int,
        width: int,
        n_layers: int,
        *,
        dropout: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.n_networks, self.dropout = n_networks, dropout
        sizes = [n_inputs, *[width] * n_layers, n_outputs]
        pairs = list(itertools.pairwise(sizes))
        self.weights = nn.ParameterList(torch.empty(n_networks, *pair) for pair in pairs)
        self.biases = nn.ParameterList(torch.zeros(n_networks, 1, pair[1]) for pair in pairs)
        if generator is not None:
            for k, weight in enumerate(self.weights[:-1]):
                std = math.sqrt((2 if k else 1) / weight.shape[1])
                nn.init.normal_(weight, std=std, generator=generator)
            nn.init.zeros_(self.weights[-1])

    def forward(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Compute all networks.

        Parameters
        ----------
        x : Tensor of shape (n_networks, n, n_inputs)
            Inputs of each network.
        generator : torch.Generator, default=None
            Draws the dropout in training; None applies no dropout.

        Returns
        -------
        Tensor of shape (n_networks, n, n_outputs)
        """
        first, *inner, last = zip(self.biases, self.weights, strict=True)
        hidden = self._dropped(silu(torch.baddbmm(first[0], x, first[1])), generator)
        for bias, weight in inner:
            step = silu(torch.baddbmm(bias, hidden, weight))
            hidden = hidden + self._dropped(step, generator)
        return torch.baddbmm(last[0], hidden, last[1])

    def _dropped(self, z: Tensor, generator: torch.Generator | None) -> Tensor:
        if not self.training or not self.dropout or generator is None:
            return z
        drawn = torch.empty_like(z, requires_grad=False).uniform_(generator=generator)
        return z * (drawn >= self.dropout) / (1 - self.dropout)
