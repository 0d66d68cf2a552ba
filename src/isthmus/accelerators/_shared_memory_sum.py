"""Gradients of processes of one machine, added up in memory that they share."""

from __future__ import annotations

import contextlib
import mmap
import os
import platform
import secrets
import time
from pathlib import Path

import torch
from torch import Tensor

from ..training import AllReduce, ProcessRanks, TensorSum, lost_process, spread_document, views_of

__all__ = ["SharedMemorySum", "fastest_sum"]

_MOST_PROCESSES = 8  # each reads the vectors of all
_LINE = 64  # bytes that a processor reads at once
# Others see what a processor stores in the order in which it does; on ARM, they need not.
_ORDERED = {"x86_64", "amd64"}
_BUSY_SECONDS = 0.02  # of waiting without a pause, during which a processor does not fall asleep
_PAUSE = 5e-4  # seconds
_LOOK_AFTER = 1.0  # seconds of waiting, after which the other processes are looked at


class SharedMemorySum:
    """Sum of vectors that all processes write into memory that they share.

    Gloo sends vectors through sockets, also within a machine, and puts a process to sleep until
    they arrive. Here, each process writes its vector and then the number of the step; it waits for
    the numbers of the others without sleeping, and adds up all vectors in the same order.

    There are two places for the vector of each process, used in turn: when a process has seen all
    numbers of a step, all have read the vectors of the step before, whose places are next.

    Parameters
    ----------
    ranks : ProcessRanks
        Processes whose vectors are added.
    like : list of Tensor
        Of the shapes and type of the tensors.
    memory : mmap.mmap
        Of ``_size(ranks, like)`` bytes, all 0, shared by the processes.
    """

    def __init__(self, ranks: ProcessRanks, like: list[Tensor], memory: mmap.mmap) -> None:
        head = ranks.world * _LINE
        lines = torch.frombuffer(memory, dtype=torch.int64, count=head // 8).view(ranks.world, -1)
        self._steps, self._processes = lines[:, 0].numpy(), lines[:, 1].numpy()
        every = torch.frombuffer(memory, dtype=like[0].dtype, offset=head)
        self._turns = [
            [views_of(vector, like) for vector in turn] for turn in every.view(2, ranks.world, -1)
        ]
        self._rank, self._patience = ranks.rank, ranks.patience
        self._processes[ranks.rank] = os.getpid()

    @property
    def own(self) -> list[Tensor]:
        """Tensors of this process, to be written before ``add``; others after it."""
        return self._turns[0][self._rank]

    def add(self, out: list[Tensor]) -> None:
        """Write the sums over all processes."""
        self._wait()
        first, second, *others = self._turns[0]
        for total, ours, theirs in zip(out, first, second, strict=True):
            torch.add(ours, theirs, out=total)
        for vector in others:
            torch._foreach_add_(out, vector)
        self._turns.reverse()

    def _wait(self) -> None:
        """Wait until all processes have written their vectors."""
        self._steps[self._rank] += 1
        step = self._steps[self._rank]
        begun = looked = time.monotonic()
        while self._steps.min() < step:
            now = time.monotonic()
            if now - begun < _BUSY_SECONDS:
                os.sched_yield()
                continue
            time.sleep(_PAUSE)
            if now - begun > self._patience:
                raise lost_process(f"has not made its step for {self._patience:g} seconds")
            if now - looked > _LOOK_AFTER:
                looked = now
                if any(map(_has_ended, self._processes.tolist())):
                    raise lost_process("has ended")


def fastest_sum(ranks: ProcessRanks, like: list[Tensor]) -> TensorSum:
    """Return a sum in shared memory if all processes can share some, else one by all-reduce.

    They can on Linux with x86 processors, if all of them run on one machine. The memory has no
    name, so that it is freed with the last process, however that ends.

    Parameters
    ----------
    ranks : ProcessRanks
        Processes, all of which must call this.
    like : list of Tensor
        Of the shapes, type and device of the tensors.

    Returns
    -------
    TensorSum
    """
    is_ordered = platform.machine().lower() in _ORDERED
    if like[0].device.type != "cpu" or ranks.world > _MOST_PROCESSES or not is_ordered:
        return AllReduce(ranks, like)
    memory = _shared_memory(ranks, _size(ranks, like))
    return AllReduce(ranks, like) if memory is None else SharedMemorySum(ranks, like, memory)


def _size(ranks: ProcessRanks, like: list[Tensor]) -> int:
    """Return the bytes that hold a line and two vectors of each process."""
    return ranks.world * (_LINE + 2 * _stride(like))


def _stride(like: list[Tensor]) -> int:
    """Return the bytes between two vectors, which have no line in common."""
    return -(-sum(t.nbytes for t in like) // _LINE) * _LINE


def _has_ended(process: int) -> bool:
    """Return whether a process of this machine has ended; 0 is one that has not begun."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return process != 0
    return state in "ZX"


def _shared_memory(ranks: ProcessRanks, size: int) -> mmap.mmap | None:
    """Return memory of rank 0 in all processes, or None in all of them."""
    made, offer = _offered(size) if ranks.rank == 0 else (None, {})
    memory = _accepted(spread_document(ranks, offer), size)
    has = torch.tensor([float(memory is not None)])
    ranks.sum(has)
    if made is not None:
        os.close(made)  # the others have opened it, or can not
    return memory if int(has) == ranks.world else None


def _offered(size: int) -> tuple[int | None, dict[str, str]]:
    """Return the descriptor of new memory, and how other processes find it."""
    name = f"isthmus-{secrets.token_hex(8)}"
    try:
        descriptor = os.memfd_create(name)
    except (AttributeError, OSError):  # not Linux
        return None, {}
    try:
        os.posix_fallocate(descriptor, 0, size)  # else writing to it could end the process
    except OSError:
        os.close(descriptor)
        return None, {}
    return descriptor, {"name": name, "path": f"/proc/{os.getpid()}/fd/{descriptor}"}


def _accepted(offer: dict[str, str], size: int) -> mmap.mmap | None:
    """Return the memory that rank 0 offers, or None if it is not to be found on this machine."""
    if not offer:
        return None
    path = Path(offer["path"])
    with contextlib.suppress(OSError, ValueError):
        if offer["name"] not in os.readlink(path):  # another process, on another machine
            return None
        with path.open("r+b", buffering=0) as file:
            return mmap.mmap(file.fileno(), size)
    return None
