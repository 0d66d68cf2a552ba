"""Gradients of processes of one machine, averaged in memory that they share."""

from __future__ import annotations

import contextlib
import mmap
import os
import platform
import secrets
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..training import (
    N_TOLD,
    AllReduce,
    GradientMean,
    ProcessRanks,
    lost_process,
    spread_document,
    views_of,
)

__all__ = ["SharedMemoryMean", "fastest_mean"]

_MOST_PROCESSES = 8  # each reads the vectors of all
_LINE = 64  # bytes that a processor reads at once
_HEAD = 3 * _LINE  # of each process: step written, and process; what it tells; step read
# Others see what a processor stores in the order in which it does; on ARM, they need not.
_ORDERED = {"x86_64", "amd64"}
_BUSY_SECONDS = 0.02  # of waiting without a pause, during which a processor does not fall asleep
_PAUSE = 5e-4  # seconds
_LOOK_AFTER = 1.0  # seconds of waiting, after which the other processes are looked at


class SharedMemoryMean:
    """Mean of gradients that all processes write into memory that they share.

    Gloo sends vectors through sockets, also within a machine, and puts a process to sleep until
    they arrive. Here, the backward pass of each process writes its gradients into the memory, and
    the process then the number of the step; it waits for the numbers of the others without
    sleeping, and averages all gradients in the same order. A pass may overwrite gradients when all
    processes have told that they have read them, which they have long done by then.

    Parameters
    ----------
    ranks : ProcessRanks
        Processes whose gradients are averaged.
    like : list of Tensor
        Of the shapes and type of the gradients.
    memory : mmap.mmap
        Of ``_size(ranks, like)`` bytes, all 0, shared by the processes.
    """

    def __init__(self, ranks: ProcessRanks, like: list[Tensor], memory: mmap.mmap) -> None:
        n_bytes = ranks.world * _HEAD
        heads = torch.frombuffer(memory, dtype=torch.int64, count=n_bytes // 8)
        heads = heads.view(ranks.world, _HEAD // 8)
        told = heads.view(torch.float64)[:, _LINE // 8 :]
        # Lines that a process writes at different times are apart.
        self._written, self._processes = heads[:, 0].numpy(), heads[:, 1].numpy()
        self._told = told[:, :N_TOLD]
        self._read = heads[:, 2 * _LINE // 8].numpy()
        every = torch.frombuffer(memory, dtype=like[0].dtype, offset=n_bytes)
        self._gradients = [views_of(vector, like) for vector in every.view(ranks.world, -1)]
        self._rank, self._patience, self._n_steps = ranks.rank, ranks.patience, 0
        self._processes[ranks.rank] = os.getpid()

    def places(self) -> list[Tensor]:
        """Return the gradients of this process in the memory, when nobody reads them."""
        self._wait(self._read)
        return self._gradients[self._rank]

    def average(self, gradients: list[Tensor], told: Sequence[float], *, placed: bool) -> Tensor:
        """Replace gradients by their means; see ``GradientMean.average``."""
        if not placed:
            torch._foreach_copy_(self.places(), gradients)
        self._told[self._rank] = torch.tensor(told, dtype=torch.float64)
        self._n_steps += 1
        self._written[self._rank] = self._n_steps
        self._wait(self._written)
        totals = self._told.sum(0)
        shares = (self._told[:, 0] / totals[0]).tolist()
        _average(gradients, self._gradients, shares)
        self._read[self._rank] = self._n_steps
        return totals

    def _wait(self, steps: NDArray[np.int64]) -> None:
        """Wait until all processes have told the number of this step."""
        begun = looked = time.monotonic()
        while steps.min() < self._n_steps:
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


def _average(out: list[Tensor], every: list[list[Tensor]], shares: list[float]) -> None:
    """Write means, in one pass for two processes with rows."""
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

    They can on Linux with x86 processors, if all of them run on one machine. The memory has no
    name, so that it is freed with the last process, however that ends.

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
    is_ordered = platform.machine().lower() in _ORDERED
    if like[0].device.type != "cpu" or ranks.world > _MOST_PROCESSES or not is_ordered:
        return AllReduce(ranks, like, n_expected)
    memory = _shared_memory(ranks, _size(ranks, like))
    if memory is None:
        return AllReduce(ranks, like, n_expected)
    return SharedMemoryMean(ranks, like, memory)


def _size(ranks: ProcessRanks, like: list[Tensor]) -> int:
    """Return the bytes that hold the heads and the vectors of all processes."""
    return ranks.world * (_HEAD + _stride(like))


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
