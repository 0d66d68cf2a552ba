"""Gradients of processes of one machine, averaged in memory that they share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..training import AllReduce, GradientMean, ProcessRanks
from ._shared_memory import SharedMemory, bytes_of, shared_memory

__all__ = ["SharedMemoryMean", "fastest_mean", "write_means"]


class SharedMemoryMean:
    """Mean of gradients that each process copies to memory of all, and computes for itself.

    Parameters
    ----------
    ranks : ProcessRanks
        Processes whose gradients are averaged.
    like : list of Tensor
        Of the shapes and type of the gradients.
    memory : SharedMemory
        For the gradients of each process.
    """

    def __init__(self, ranks: ProcessRanks, like: list[Tensor], memory: SharedMemory) -> None:
        self._meeting = memory.meeting
        self._every = [[memory.take(t) for t in like] for _ in range(ranks.world)]
        self._own = self._every[ranks.rank]

    def average(self, gradients: list[Tensor], told: Sequence[float]) -> Tensor:
        """Replace gradients by their means; see ``GradientMean.average``."""
        self._meeting.wait()  # until all have read the gradients of the last step
        torch._foreach_copy_(self._own, gradients)
        self._meeting.tell(told)
        self._meeting.reach()
        self._meeting.wait()
        every = self._meeting.told()
        write_means(gradients, self._every, every[:, 0])
        self._meeting.reach()
        return torch.from_numpy(every.sum(0))

    def end_step(self) -> None:
        """Do nothing: each process updates its own weights."""


def write_means(out: list[Tensor], every: list[list[Tensor]], weights: NDArray[np.float64]) -> None:
    """Write means over the rows of all processes, in one pass for two of them.

    Parameters
    ----------
    out : list of Tensor
        Where to write them; may be the first of ``every``.
    every : list of list of Tensor
        Means over the rows of each process.
    weights : ndarray of shape (world,)
        Weights of the processes; at least one is positive.
    """
    shares = (weights / weights.sum()).tolist()
    given = [(own, share) for own, share in zip(every, shares, strict=True) if share]
    (first, of_first), *others = given
    if len(others) == 1:
        ((second, share),) = others
        for total, ours, theirs in zip(out, first, second, strict=True):
            torch.lerp(ours, theirs, share, out=total)
        return
    for total, ours in zip(out, first, strict=True):
        torch.mul(ours, of_first, out=total)
    for own, share in others:
        torch._foreach_add_(out, own, alpha=share)


def fastest_mean(ranks: ProcessRanks, like: list[Tensor], n_expected: float) -> GradientMean:
    """Return a mean in shared memory if all processes can share some, else one by all-reduce.

    Parameters
    ----------
    ranks : ProcessRanks
        Processes, all of which must call this.
    like : list of Tensor
        Of the shapes, type and device of the gradients.
    n_expected : float
        Number of rows in most batches, over all processes.

    Returns
    -------
    GradientMean
    """
    on_cpu = like[0].device.type == "cpu"
    memory = shared_memory(ranks, ranks.world * bytes_of(like)) if on_cpu else None
    if memory is None:
        return AllReduce(ranks, like, n_expected)
    return SharedMemoryMean(ranks, like, memory)
