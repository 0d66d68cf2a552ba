"""Training uses fewer threads beside other work."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from isthmus.cli import _busy_machine
from isthmus.cli._busy_machine import OtherWork, free_threads

pytestmark = pytest.mark.usefixtures("blank_figures")


@pytest.mark.parametrize(
    ("n_threads", "n_processors", "in_use", "expected"),
    [
        (2, 2, 0.0, 2),
        (2, 2, 0.4, 2),
        (2, 2, 0.67, 1),
        (2, 2, 2.0, 1),
        (8, 16, 6.0, 8),
        (16, 16, 1.0, 15),
        (1, 4, 0.0, 1),
    ],
)
def test_threads_that_find_a_processor(n_threads, n_processors, in_use, expected):
    assert free_threads(n_threads, n_processors, in_use) == expected


def test_what_this_process_does_is_not_other_work(monkeypatch):
    clock, own, busy = itertools.count(0, 10), itertools.count(0, 8), itertools.count(100, 15)
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    monkeypatch.setattr(_busy_machine, "_own_seconds", lambda: next(own))
    monkeypatch.setattr(_busy_machine, "_busy_seconds", lambda: next(busy))
    assert OtherWork().processors() == pytest.approx(0.7)


def test_a_moment_is_too_short_to_tell():
    assert OtherWork().processors() == 0.0


def test_where_it_is_not_known_it_is_none(monkeypatch):
    monkeypatch.setattr(_busy_machine, "_busy_seconds", lambda: None)
    monkeypatch.setattr(_busy_machine, "_SHORTEST", 0.0)
    assert OtherWork().processors() == 0.0


@pytest.mark.skipif(not Path("/proc/stat").is_file(), reason="needs /proc/stat")
def test_a_busy_loop_is_seen():
    loop = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        watch = OtherWork()
        time.sleep(1.0)
        assert watch.processors() > 0.5
    finally:
        loop.kill()
        loop.wait()


@pytest.fixture(name="busy")
def make_busy(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    monkeypatch.setattr(_busy_machine, "_processors", lambda: {0, 1})
    monkeypatch.setattr(OtherWork, "processors", lambda self: 1.0)
    yield
    torch.set_num_threads(before)


def test_training_says_that_it_uses_fewer_threads(busy, train):
    outcome = train("digits", "--epochs", "1", "--device", "cpu")
    assert outcome.code == 0
    assert (
        "Note: other processes use 1.0 of 2 processors, so training uses 1 thread. Set "
        "OMP_NUM_THREADS to choose another number." in outcome.err
    )
    assert '"threads": 1' in Path("runs/digits-1/environment.json").read_text()
    assert torch.get_num_threads() == 2


def test_threads_that_the_user_chose_stay(busy, train, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    outcome = train("digits", "--epochs", "1", "--device", "cpu")
    assert "other processes" not in outcome.err
    assert '"threads": 2' in Path("runs/digits-1/environment.json").read_text()
