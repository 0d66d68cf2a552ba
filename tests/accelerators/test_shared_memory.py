"""Memory that processes share, and the points that all of them reach."""

from __future__ import annotations

import gc
import os
import platform
import subprocess
import sys
import time

import pytest
import torch

from isthmus.accelerators._shared_memory import bytes_of, shared_memory
from isthmus.errors import LostProcessError

from .conftest import together

if sys.platform != "linux":
    pytest.skip("memory without a name is Linux's", allow_module_level=True)

LIKE = [
    torch.empty(3, 5),
    torch.empty(0, 4),
    torch.empty(7, dtype=torch.float64),
    torch.empty((), dtype=torch.bfloat16),
    torch.empty(1000),
]


def memory_of(ranks):
    return shared_memory(ranks, bytes_of(LIKE))


def test_tensors_are_those_of_all_processes():
    def work(ranks):
        memory = memory_of(ranks)
        taken = [memory.take(like) for like in LIKE]
        assert not any(tensor.any() for tensor in taken)
        assert [(t.shape, t.dtype) for t in taken] == [(t.shape, t.dtype) for t in LIKE]
        memory.meeting.reach()
        memory.meeting.wait()
        if ranks.rank == 1:
            for k, tensor in enumerate(taken):
                tensor.fill_(k + 1)
        memory.meeting.reach()
        memory.meeting.wait()
        return [tensor.unique().tolist() for tensor in taken]

    assert together(3, work) == [[[1], [], [3], [4], [5]]] * 3


def test_no_process_passes_a_point_before_all_have_reached_it():
    def work(ranks):
        memory, seen = memory_of(ranks), []
        place = memory.take(LIKE[0])
        for step in range(50):
            if step % 3 == ranks.rank:  # is late, and the only one to write
                time.sleep(0.002)
                place.fill_(step)
            memory.meeting.tell([ranks.rank, step, 0, 0])
            memory.meeting.reach()
            memory.meeting.wait()
            assert memory.meeting.told().tolist() == [[k, step, 0, 0] for k in range(3)]
            seen.append(place[0, 0].item())
            memory.meeting.reach()
            memory.meeting.wait()
        return seen

    assert together(3, work) == [list(range(50))] * 3


def open_files():
    gc.collect()  # errors of other tests
    return [os.path.realpath(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd")]


def test_it_is_freed_with_its_tensors():
    def work(ranks):
        return float(memory_of(ranks).take(LIKE[0]).sum())

    assert together(2, work) == [0.0] * 2
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


def on_other_processors(patch):
    patch.setattr(platform, "machine", lambda: "aarch64")


LACKS = [without_such_memory, without_enough_memory, on_two_machines, on_other_processors]


@pytest.mark.parametrize("lacks", LACKS, ids=lambda f: f.__name__)
def test_all_go_without_it_if_one_cannot_share_it(lacks, monkeypatch):
    lacks(monkeypatch)
    assert together(2, memory_of) == [None] * 2
    monkeypatch.undo()
    assert not [name for name in open_files() if "isthmus" in name]


def test_many_processes_go_without_it():
    assert together(9, memory_of) == [None] * 9


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
        meeting = memory_of(ranks).meeting
        if ranks.rank:
            meeting._processes[1] = process
            return
        meeting.reach()
        with pytest.raises(LostProcessError, match=rf"Another one {reason}: see its messages"):
            meeting.wait()

    together(2, work)
