"""Memory that the processes of one machine share, and points that all of them reach."""

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

from ..training import N_TOLD, ProcessRanks, lost_process, spread_document

__all__ = ["Meeting", "SharedMemory", "bytes_of", "shared_memory"]

_MOST_PROCESSES = 8  # each reads what all have written
_LINE = 64  # bytes that a processor reads at once
_HEAD = 2 * _LINE  # of each process: point that it has reached, and process; what it tells
# Others see what a processor stores in the order in which it does; on ARM, they need not.
_ORDERED = {"x86_64", "amd64"}
_BUSY_SECONDS = 0.02  # of waiting without a pause, during which a processor does not fall asleep
_PAUSE = 5e-4  # seconds
_LOOK_AFTER = 1.0  # seconds of waiting, after which the other processes are looked at


class SharedMemory:
    """Memory of all processes, which take the same tensors from it in the same order.

    Parameters
    ----------
    memory : mmap.mmap
        All 0. It is freed with the last of its tensors.
    ranks : ProcessRanks
        The processes.

    Attributes
    ----------
    meeting : Meeting
        Points that all processes reach.
    """

    def __init__(self, memory: mmap.mmap, ranks: ProcessRanks) -> None:
        self._memory, self._n_taken = memory, ranks.world * _HEAD
        heads = torch.frombuffer(memory, dtype=torch.int64, count=self._n_taken // 8)
        self.meeting = Meeting(heads.view(ranks.world, -1), ranks)

    def take(self, like: Tensor) -> Tensor:
        """Return the next tensor.

        Parameters
        ----------
        like : Tensor
            Of its shape and type.

        Returns
        -------
        Tensor
            Contiguous, with zeros. It has no line of the memory in common with others.
        """
        place, n = self._n_taken, like.numel()
        self._n_taken += bytes_of([like])
        if not n:
            return torch.zeros_like(like)
        taken = torch.frombuffer(self._memory, dtype=like.dtype, offset=place, count=n)
        return taken.view(like.shape)


class Meeting:
    """Points that a process passes when all others have reached them.

    Gloo puts a process to sleep until a message arrives, also within a machine. Here, each process
    writes the number of the point that it has reached, and waits for those of the others without
    sleeping.

    Parameters
    ----------
    heads : Tensor of shape (world, _HEAD / 8)
        Of type int64, in shared memory.
    ranks : ProcessRanks
        The processes.
    """

    def __init__(self, heads: Tensor, ranks: ProcessRanks) -> None:
        # Lines that a process writes at different times are apart.
        self._reached, self._processes = heads[:, 0].numpy(), heads[:, 1].numpy()
        self._told = heads.view(torch.float64)[:, _LINE // 8 :][:, :N_TOLD].numpy()
        self._rank, self._patience, self._n = ranks.rank, ranks.patience, 0
        self._processes[self._rank] = os.getpid()

    def tell(self, told: Sequence[float]) -> None:
        """Write numbers for the others, which they read after the next point.

        Parameters
        ----------
        told : sequence of float
            ``N_TOLD`` numbers.
        """
        self._told[self._rank] = told

    def told(self) -> NDArray[np.float64]:
        """Return the numbers of all processes.

        Returns
        -------
        ndarray of shape (world, N_TOLD)
            A copy.
        """
        return self._told.copy()

    def reach(self) -> None:
        """Let the others pass the next point; what was written before is there for them."""
        self._n += 1
        self._reached[self._rank] = self._n

    def wait(self) -> None:
        """Wait until all have reached the last point of this process.

        Raises
        ------
        LostProcessError
            If another process has ended, or does not come in time.
        """
        begun = looked = time.monotonic()
        while self._reached.min() < self._n:
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


def shared_memory(ranks: ProcessRanks, size: int) -> SharedMemory | None:
    """Return memory if all processes can share some, else None in all of them.

    They can on Linux with x86 processors, if all of them run on one machine. The memory has no
    name, so that it is freed with the last process, however that ends.

    Parameters
    ----------
    ranks : ProcessRanks
        Processes, all of which must call this.
    size : int
        Number of bytes of the tensors that will be taken, by ``bytes_of``.

    Returns
    -------
    SharedMemory or None
    """
    if ranks.world > _MOST_PROCESSES or platform.machine().lower() not in _ORDERED:
        return None
    size += ranks.world * _HEAD
    made, offer = _offered(size) if ranks.rank == 0 else (None, {})
    memory = _accepted(spread_document(ranks, offer), size)
    has = torch.tensor([float(memory is not None)])
    ranks.sum(has)
    if made is not None:
        os.close(made)  # the others have opened it, or can not
    if memory is None or int(has) < ranks.world:
        return None
    return SharedMemory(memory, ranks)


def bytes_of(tensors: Sequence[Tensor]) -> int:
    """Return the number of bytes that tensors take.

    Parameters
    ----------
    tensors : sequence of Tensor
        As given to ``SharedMemory.take``.

    Returns
    -------
    int
    """
    return sum(-(-t.nbytes // _LINE) * _LINE for t in tensors)


def _has_ended(process: int) -> bool:
    """Return whether a process of this machine has ended; 0 is one that has not begun."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return process != 0
    return state in "ZX"


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
