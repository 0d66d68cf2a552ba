"""Means of gradients over the processes of a training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor

if TYPE_CHECKING:
    from ._ranks import ProcessRanks

__all__ = ["N_TOLD", "AllReduce", "GradientMean", "MakeMean"]

N_TOLD = 4  # numbers that processes tell each other with the gradients; the first is the weight


class GradientMean(Protocol):
    """Mean over the rows of all processes of the gradients that each has, step after step."""

    def average(self, gradients: list[Tensor], told: Sequence[float]) -> Tensor:
        """Replace gradients by their means, the same bytes in all processes.

        Where processes update parts of the weights that they share, only those of the own part.

        Parameters
        ----------
        gradients : list of Tensor
            Means over the rows of this process, changed in place.
        told : sequence of float
            ``N_TOLD`` numbers of this process, the first of which is its weight in the means.

        Returns
        -------
        Tensor of shape (N_TOLD,)
            The sums of ``told`` over the processes.
        """

    def end_step(self) -> None:
        """Wait until the weights of the model are those after the step of the optimizer."""


class AllReduce:
    """Mean by an all-reduce of ``torch.distributed``, of one vector.

    Parameters
    ----------
    ranks : ProcessRanks
        Processes whose gradients are averaged.
    like : list of Tensor
        Of the shapes, type and device of the gradients.
    n_expected : float
        Number of rows in most batches, over all processes.
    """

    def __init__(self, ranks: ProcessRanks, like: list[Tensor], n_expected: float) -> None:
        self._ranks, self._n_expected = ranks, n_expected
        self._tail = like[0].new_empty(N_TOLD)
        whole = [*like, self._tail]
        self._vector = like[0].new_empty(sum(t.numel() for t in whole))
        *self._own, self._own_tail = _views_of(self._vector, whole)

    def average(self, gradients: list[Tensor], told: Sequence[float]) -> Tensor:
        """Replace gradients by their means; see ``GradientMean.average``."""
        # Divided by the rows of most batches already here: another pass over the gradients takes a
        # twentieth of a small step.
        share = told[0] / self._n_expected
        for gradient, part in zip(gradients, self._own, strict=True):
            torch.mul(gradient, share, out=part)
        self._own_tail.copy_(torch.tensor(told))
        self._ranks.sum(self._vector)
        torch._foreach_copy_([*gradients, self._tail], [*self._own, self._own_tail])
        n_rows = self._tail[0]
        if n_rows.is_cuda or n_rows != self._n_expected:  # reading it would make a GPU's host wait
            torch._foreach_mul_(gradients, self._n_expected / n_rows)
        return self._tail

    def end_step(self) -> None:
        """Do nothing: each process updates its own weights."""


def _views_of(vector: Tensor, like: list[Tensor]) -> list[Tensor]:
    """Return views of a vector with these shapes, one behind the other."""
    sizes = [t.numel() for t in like]
    parts = vector[: sum(sizes)].split(sizes)
    return [part.view(t.shape) for part, t in zip(parts, like, strict=True)]


MakeMean = Callable[["ProcessRanks", list[Tensor], float], GradientMean]
