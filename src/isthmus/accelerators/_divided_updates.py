"""Steps of an optimizer divided among processes, in memory that they share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from ..training import ProcessRanks
from ._shared_memory import SharedMemory, bytes_of, shared_memory
from ._shared_memory_mean import write_means

__all__ = ["DividedUpdates", "Divisible", "divided_updates"]


class Divisible(Protocol):
    """Parameters with the state of their optimizer, of which a process may update a part."""

    def tensors(self) -> list[Tensor]:
        """Return the values of the parameters and the state, in any order."""

    def gradients(self) -> list[Tensor]:
        """Return tensors of the shapes of the gradients."""

    def move(self, tensors: list[Tensor], gradients: list[Tensor]) -> None:
        """Use other memory from now on, until the parameters are attached again.

        Parameters
        ----------
        tensors : list of Tensor
            Of the shapes and values of ``tensors()``.
        gradients : list of Tensor
            Of the shapes of ``gradients()``; parameters get these, or views of them.
        """

    def divide(self, rank: int, loads: list[float]) -> None:
        """Update only the part of one of several processes from now on.

        Parameters
        ----------
        rank : int
            The process; the parts of all together are everything.
        loads : list of float
            Work that each process has in a step so far, to which that of its part here is added.
        """

    def collect(self) -> None:
        """Copy gradients that other code has put elsewhere to those given to ``move``."""

    def parts(self, gradients: list[Tensor]) -> list[Tensor]:
        """Return the views of gradients that belong to the part of this process."""


class DividedUpdates:
    """Steps in which each process averages the gradients of its part, and updates that.

    Weights, gradients and the state of the optimizer are in shared memory, where the backward
    passes of all processes read the same weights and write gradients of their own. A process then
    averages the gradients of a part of the weights, and makes the optimizer's step for that part.

    Parameters
    ----------
    ranks : ProcessRanks
        The processes, which have the same weights and states.
    units : sequence of Divisible
        All parameters; they move to the shared memory.
    memory : SharedMemory
        For the tensors of all units, and their gradients for each process.

    Notes
    -----
    This is the first stage of Rajbhandari et al. (2020), ZeRO: Memory optimizations toward training
    trillion parameter models, arXiv:1910.02054, with shared memory in place of messages.
    """

    def __init__(
        self, ranks: ProcessRanks, units: Sequence[Divisible], memory: SharedMemory
    ) -> None:
        self._units, self._meeting = units, memory.meeting
        # Own gradients come first: means replace them.
        order = [ranks.rank, *(r for r in range(ranks.world) if r != ranks.rank)]
        self._order, self._parts = order, [list[Tensor]() for _ in order]
        loads = [0.0] * ranks.world
        for unit in units:
            tensors = [memory.take(t) for t in unit.tensors()]
            if ranks.rank == 0:
                for shared, own in zip(tensors, unit.tensors(), strict=True):
                    if own.any():  # else it stays memory that no process has used
                        shared.copy_(own)
            every = [[memory.take(t) for t in unit.gradients()] for _ in order]
            unit.move(tensors, every[ranks.rank])
            unit.divide(ranks.rank, loads)
            for rank, parts in zip(order, self._parts, strict=True):
                parts += unit.parts(every[rank])
        self.end_step()  # the weights are there for all

    def average(self, gradients: list[Tensor], told: Sequence[float]) -> Tensor:
        """Replace the gradients of this process's part by means; see ``GradientMean.average``."""
        for unit in self._units:
            unit.collect()
        self._meeting.tell(told)
        self._meeting.reach()
        self._meeting.wait()
        every = self._meeting.told()
        write_means(self._parts[0], self._parts, every[self._order, 0])
        return torch.from_numpy(every.sum(0))

    def end_step(self) -> None:
        """Wait until all processes have updated their parts."""
        self._meeting.reach()
        self._meeting.wait()


def divided_updates(ranks: ProcessRanks, units: Sequence[Divisible]) -> DividedUpdates | None:
    """Return divided updates if all processes can share memory, else None in all of them.

    Parameters
    ----------
    ranks : ProcessRanks
        The processes, all of which must call this.
    units : sequence of Divisible
        All parameters, which move to the shared memory.

    Returns
    -------
    DividedUpdates or None
    """
    every = [tensor for unit in units for tensor in unit.tensors()]
    if any(tensor.device.type != "cpu" for tensor in every):
        return None
    gradients = [gradient for unit in units for gradient in unit.gradients()]
    memory = shared_memory(ranks, bytes_of(every) + ranks.world * bytes_of(gradients))
    return None if memory is None else DividedUpdates(ranks, units, memory)
