"""Fewer threads for training on a machine that is busy with other work.

The threads of a training step wait for each other at some forty barriers. If another process has
taken the processor of one of them, all wait for it, and training takes many times as long; with one
thread less it hardly slows down (benchmarks/contention.json).
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from .._translation import Message, translate
from ._terminal_text import say

__all__ = ["OtherWork", "free_threads", "sharing_the_machine", "using_threads"]

_SHORTEST = 0.3  # seconds of observation; the clock of /proc/stat ticks every 0.01 s
_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")  # with which users choose the threads


class OtherWork:
    """How many processors other processes use, from the creation of this object on.

    Linux only; elsewhere it is not known, and counts as none.
    """

    def __init__(self) -> None:
        self._began, self._own, self._all = time.perf_counter(), _own_seconds(), _busy_seconds()

    def processors(self) -> float:
        """Return the mean number of processors in use by others, among those for this process."""
        seconds, busy = time.perf_counter() - self._began, _busy_seconds()
        if busy is None or self._all is None or seconds < _SHORTEST:
            return 0.0
        return max(0.0, (busy - self._all - (_own_seconds() - self._own)) / seconds)


def free_threads(n_threads: int, n_processors: int, in_use: float) -> int:
    """Return how many threads find a processor of their own.

    Parameters
    ----------
    n_threads : int
        Threads on an idle machine.
    n_processors : int
        Processors for this process.
    in_use : float
        Those that others use, on average.

    Returns
    -------
    int
        From 1 to ``n_threads``; a processor counts as free if others use less than half of it.
    """
    return max(1, min(n_threads, int(n_processors - in_use + 0.5)))


@contextlib.contextmanager
def sharing_the_machine(watch: OtherWork, language: str) -> Iterator[Callable[[], None]]:
    """Set torch's threads within a block, to those that find a processor.

    Nothing is set if ``OMP_NUM_THREADS`` or ``MKL_NUM_THREADS`` is.

    Parameters
    ----------
    watch : OtherWork
        Created before rows are read, so that there is something to observe.
    language : {"en", "zh"}
        Language of the note on stderr.

    Yields
    ------
    callable
        To call right before training; after the block, the number of threads is as before.
    """
    import torch

    def share() -> None:
        if any(name in os.environ for name in _VARIABLES):
            return
        before = torch.get_num_threads()
        in_use, n_processors = watch.processors(), len(_processors())
        n_threads = free_threads(before, n_processors, in_use)
        if n_threads == before:
            return
        torch.set_num_threads(n_threads)
        note = Message.plural(
            "Note: other processes use {in_use:.1f} of {n_processors} processors, so training uses "
            "{n} thread. Set OMP_NUM_THREADS to choose another number.",
            "Note: other processes use {in_use:.1f} of {n_processors} processors, so training uses "
            "{n} threads. Set OMP_NUM_THREADS to choose another number.",
            n_threads,
            in_use=in_use,
            n_processors=n_processors,
        )
        say(translate(note, language), stream=sys.stderr)

    with using_threads(None):
        yield share


@contextlib.contextmanager
def using_threads(n_threads: int | None) -> Iterator[None]:
    """Set torch's threads within a block.

    Parameters
    ----------
    n_threads : int or None
        Number of threads; None keeps it. After the block, it is as before in any case.
    """
    import torch

    before = torch.get_num_threads()
    if n_threads is not None:
        torch.set_num_threads(n_threads)
    try:
        yield
    finally:
        if torch.get_num_threads() != before:
            torch.set_num_threads(before)


def _processors() -> set[int]:
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))


def _own_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _busy_seconds() -> float | None:
    """Return the processor seconds of all processes on the processors of this one; None if unknown.

    Source: proc_stat(5).
    """
    try:
        lines = Path("/proc/stat").read_text().splitlines()
        tick = os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, AttributeError):
        return None
    names = {f"cpu{k}" for k in _processors()}
    ticks = 0
    for line in lines:
        name, *figures = line.split()
        if name in names and len(figures) >= 7:
            user, nice, system, _idle, _iowait, irq, softirq = map(int, figures[:7])
            ticks += user + nice + system + irq + softirq
    return ticks / tick
