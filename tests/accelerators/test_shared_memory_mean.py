"""Gradients averaged in shared memory; processes are threads here, joined by a barrier."""

from __future__ import annotations

import gc
import os
import platform
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch.testing import assert_close

from isthmus.accelerators._shared_memory_mean import SharedMemoryMean, fastest_mean
from isthmus.errors import LostProcessError
from isthmus.training import AllReduce, ProcessRanks

SIZE = 1000
ONE_ROW = [1.0, 0.0, 0.0, 0.0]

if sys.platform != "linux":
    pytest.skip("memory without a name is Linux's", allow_module_level=True)


class ThreadRanks(ProcessRanks):
    def __init__(self, rank, tensors, barrier):
        super().__init__(rank, len(tensors))
        self._tensors, self._barrier = tensors, barrier

    device = "cpu"
    patience = 10.0

    def _exchange(self, tensor, result):
        self._tensors[self.rank] = tensor.clone()
        self._barrier.wait(10)
        tensor.copy_(result(self._tensors))
        self._barrier.wait(10)

    def sum(self, tensor):
        self._exchange(tensor, lambda every: torch.stack(every).sum(0))

    def spread(self, tensor):
        self._exchange(tensor, lambda every: every[0])


def together(world, work):
    """Return what ``work(ranks)`` returns in each of several threads."""
    tensors, barrier = [None] * world, threading.Barrier(world)
    with ThreadPoolExecutor(world) as pool:
        return list(pool.map(lambda rank: work(ThreadRanks(rank, tensors, barrier)), range(world)))


def vector(rank, step, dtype=torch.float32):
    generator = torch.Generator().manual_seed(100 * step + rank)
    return torch.randn(SIZE, generator=generator, dtype=dtype)


def rows_of(rank, step):
    """Numbers of rows, of which a process may have none."""
    return [3, 5, 0, 4, 1][(rank + step) % 5]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("world", [2, 3, 5])
def test_means_are_those_over_the_rows_of_all_processes_in_each_step(world, dtype):
    def work(ranks):
        like = [torch.empty(shape, dtype=dtype) for shape in ((3, 5), (SIZE - 15,))]
        mean, means = fastest_mean(ranks, like, 1.0), []
        assert isinstance(mean, SharedMemoryMean)
        for step in range(20):
            values = vector(ranks.rank, step, dtype)
            placed = bool(step % 2)
            own = mean.places() if placed else like
            for tensor, part in zip(own, (values[:15].view(3, 5), values[15:]), strict=True):
                tensor.copy_(part)
            told = [float(rows_of(ranks.rank, step)), 1.0, float(ranks.rank == 1), 0.0]
            total = mean.average(like, told, placed=placed)
            assert total[1:].tolist() == [world, 1.0, 0.0]
            means.append(torch.cat([tensor.flatten() for tensor in like]))
        return means

    first, *others = together(world, work)
    tolerance = 1e-2 if dtype == torch.bfloat16 else 1e-6
    for step, found in enumerate(first):
        counts = [rows_of(rank, step) for rank in range(world)]
        values = [vector(rank, step, dtype).double() for rank in range(world)]
        expected = sum(n * v for n, v in zip(counts, values, strict=True)) / sum(counts)
        assert_close(found.double(), expected, rtol=tolerance, atol=tolerance)
        assert all(torch.equal(found, means[step]) for means in others)


def test_gradients_are_not_overwritten_before_all_have_read_them():
    """A process that is late finds what the others had written."""

    def work(ranks):
        gradients = [torch.empty(SIZE)]
        mean, means = fastest_mean(ranks, gradients, 1.0), []
        for step in range(50):
            if ranks.rank == step % 2:
                time.sleep(0.002)
            mean.places()[0].fill_(float(10 * step + ranks.rank))
            mean.average(gradients, [1.0, 0.0, 0.0, 0.0], placed=True)
            means.append(gradients[0].unique().tolist())
        return means

    assert together(2, work) == [[[10 * step + 0.5] for step in range(50)]] * 2


def open_files():
    gc.collect()  # errors of other tests
    return [os.path.realpath(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd")]


def test_memory_is_freed_with_the_means():
    def work(ranks):
        out = [torch.ones(SIZE)]
        fastest_mean(ranks, out, 2.0).average(out, ONE_ROW, placed=False)
        return float(out[0].sum())

    assert together(2, work) == [SIZE] * 2
    assert not [name for name in open_files() if "isthmus" in name]
    with open("/proc/self/maps") as maps:
        assert "memfd:isthmus" not in maps.read()


def without_such_memory(patch):
    patch.delattr(os, "memfd_create")


def without_enough_memory(patch):
    def full(*_):
        raise OSError(28, "No space left on device")

    patch.setattr(os, "posix_fallocate", full)


def on_two_machines(patch):
    """Rank 1 finds no such process, or another file of another process."""
    readlink = os.readlink
    names = iter(["/memfd:isthmus-other (deleted)"])
    patch.setattr(os, "readlink", lambda path: next(names, None) or readlink(path))


@pytest.mark.parametrize(
    "lacks", [without_such_memory, without_enough_memory, on_two_machines], ids=lambda f: f.__name__
)
def test_all_reduce_averages_if_a_process_cannot_share_memory(lacks, monkeypatch):
    lacks(monkeypatch)

    def work(ranks):
        out = [vector(ranks.rank, 0)]
        mean = fastest_mean(ranks, out, 2.0)
        assert mean.places() is None
        mean.average(out, ONE_ROW, placed=False)
        return type(mean), out[0]

    for kind, found in together(2, work):
        assert kind is AllReduce
        assert_close(found, (vector(0, 0) + vector(1, 0)) / 2)
    monkeypatch.undo()
    assert not [name for name in open_files() if "isthmus" in name]


@pytest.mark.parametrize(
    ("patience", "is_there", "reason"),
    [(0.2, True, "has not made its step for 0.2 seconds"), (60.0, False, "has ended")],
)
def test_a_process_that_does_not_come_ends_the_others(patience, is_there, reason):
    process = os.getpid()
    if not is_there:
        with subprocess.Popen([sys.executable, "-c", ""]) as ended:
            process = ended.pid

    def work(ranks):
        ranks.patience = patience
        mean = fastest_mean(ranks, [torch.empty(SIZE)], 2.0)
        if ranks.rank:
            mean._processes[1] = process
            return
        with pytest.raises(LostProcessError, match=rf"Another one {reason}: see its messages"):
            mean.average([torch.empty(SIZE)], ONE_ROW, placed=False)

    together(2, work)


def test_other_processors_use_all_reduce(monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    kinds = together(2, lambda ranks: type(fastest_mean(ranks, [torch.empty(SIZE)], 2.0)))
    assert kinds == [AllReduce] * 2


def test_many_processes_use_all_reduce():
    kinds = together(9, lambda ranks: type(fastest_mean(ranks, [torch.empty(SIZE)], 2.0)))
    assert kinds == [AllReduce] * 9
