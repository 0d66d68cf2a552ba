"""Likelihoods of rows: log-densities of values, given the outputs of a decoder."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["LIKELIHOODS", "Likelihood"]


def _bernoulli(network: Any, outputs: Tensor, x: Tensor) -> Tensor:
    # Of logits: a probability of 0 or 1 in single precision would have an infinite logarithm.
    return x * outputs - functional.softplus(outputs)


def _gaussian(network: Any, outputs: Tensor, x: Tensor) -> Tensor:
    variance = network.variance
    if len(variance) > 1:
        variance = variance.view(x.shape[1:])
    squares = (network.link(outputs) - x).square()
    density: Tensor = -0.5 * (squares / variance + (2 * math.pi * variance).log())
    return density


# From a network, the outputs of its decoder, and rows to the log-likelihood of each number.
LIKELIHOODS: dict[str, Callable[[Any, Tensor, Tensor], Tensor]] = {
    "bernoulli": _bernoulli,
    "gaussian": _gaussian,
}


class Likelihood(nn.Module):
    """Log-likelihood of rows, given their codes: a sum over observed values.

    The values are independent given the code. Numbers follow one of ``LIKELIHOODS``, and the levels
    of a category are categorical. Missing cells do not count.

    Parameters
    ----------
    name : str
        One of ``LIKELIHOODS``, for numbers.
    sizes : sequence of int, default=()
        Number of encoded values of each column, for rows with missing cells or categories.
    heights : sequence of float, default=()
        Encoded value that stands for a level of a category; 0 for other columns.

    References
    ----------
    Rybkin, Daniilidis & Levine (2021), Simple and effective VAE training with calibrated decoders,
    ICML, for the variance of "gaussian": the mean squared error, which is its most likely value.
    """

    where: Tensor
    is_level: Tensor
    targets: Tensor
    numbers: Tensor
    is_number: Tensor
    heights: Tensor

    def __init__(self, name: str, sizes: Sequence[int] = (), heights: Sequence[float] = ()) -> None:
        super().__init__()
        self.name = name
        self.has_cells = bool(sizes)
        ends = torch.tensor([0, *sizes]).cumsum(0).tolist()
        columns = list(zip(ends[:-1], ends[1:], heights, strict=True))
        groups = [list(range(start, stop)) for start, stop, height in columns if height]
        numbers = [k for start, stop, height in columns if not height for k in range(start, stop)]
        widest = max(map(len, groups), default=0)
        # Categories are computed together, as one matrix padded to the largest of them.
        padded = [own + [0] * (widest - len(own)) for own in groups]
        is_level = [[True] * len(own) + [False] * (widest - len(own)) for own in groups]
        self._put("where", torch.tensor(padded, dtype=torch.long).reshape(len(groups), widest))
        self._put("is_level", torch.tensor(is_level, dtype=torch.bool).reshape(len(groups), widest))
        self._put("targets", self.where[self.is_level])
        self._put("is_number", torch.zeros(sum(sizes), dtype=torch.bool))
        self.is_number[numbers] = True
        self._put("numbers", torch.tensor(numbers, dtype=torch.long))
        spread = torch.tensor(heights, dtype=torch.float32).repeat_interleave(
            torch.tensor(sizes, dtype=torch.long)
        )
        self._put("heights", spread[self.targets])

    def _put(self, name: str, value: Tensor) -> None:
        self.register_buffer(name, value, persistent=False)

    def forward(self, network: Any, outputs: Tensor, x: Tensor) -> Tensor:
        """Return the log-likelihood of each row.

        Parameters
        ----------
        network : VariationalNetwork
            Has ``link`` and, for "gaussian", ``variance``.
        outputs : Tensor of shape (n, ...)
            Outputs of its decoder.
        x : Tensor of the same shape
            Encoded rows, NaN where missing.

        Returns
        -------
        Tensor of shape (n,)
            In nats, of the scaled row.
        """
        of_value = LIKELIHOODS[self.name]
        if not self.has_cells:
            return of_value(network, outputs, x).flatten(1).sum(dim=1)
        observed = ~x.isnan()
        x = x.masked_fill(~observed, 0.0)
        total = outputs.new_zeros(len(x))
        if len(self.numbers):
            of_numbers = (of_value(network, outputs, x) * observed).index_select(1, self.numbers)
            total = total + of_numbers.sum(dim=1)
        if len(self.where):
            logits = outputs[:, self.where].masked_fill(~self.is_level, -torch.inf)
            of_levels = logits.log_softmax(dim=2)[:, self.is_level]
            total = total + (of_levels * (x.index_select(1, self.targets) / self.heights)).sum(
                dim=1
            )
        return total

    @torch.no_grad()
    def squared_error(self, network: Any, outputs: Tensor, x: Tensor) -> Tensor:
        """Return the mean squared error of observed numbers, in the shape of ``variance``.

        It is the variance under which the rows are most likely. Without observed numbers, it is
        the present variance.

        Parameters
        ----------
        network, outputs, x
            As for ``forward``.

        Returns
        -------
        Tensor of shape (1,) or (n_values,)
            In squared scaled units; 1 for the values of categories.
        """
        squares = (network.link(outputs) - x).square().flatten(1)
        if not self.has_cells:
            is_shared = len(network.variance) == 1
            mean: Tensor = squares.mean()[None] if is_shared else squares.mean(dim=0)
            return mean
        observed = ~squares.isnan() & self.is_number
        total = torch.where(observed, squares, 0.0).sum(dim=0)
        count = observed.sum(dim=0)
        if len(network.variance) == 1:
            total, count = total.sum()[None], count.sum()[None]
        return torch.where(count > 0, total / count.clamp(min=1), network.variance)
