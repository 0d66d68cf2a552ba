"""Threads that read rows, beside computation or before it."""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

__all__ = ["n_processors", "reading_threads"]

_NICENESS = 10  # 19 is hardly faster, but stops on a machine that is busy with other work


def reading_threads(n: int = 1, *, gives_way: bool = True) -> ThreadPoolExecutor:
    """Return a pool of threads, by default of low priority.

    The threads of a matrix product wait for each other: a reader that takes the place of one of
    them stops all. On two processors, training beside a reader of equal priority took three times
    as long as without it.

    Parameters
    ----------
    n : int, default=1
        Number of threads.
    gives_way : bool, default=True
        Whether computation in other threads comes first.

    Returns
    -------
    ThreadPoolExecutor
    """
    return ThreadPoolExecutor(n, "isthmus-read", initializer=_give_way if gives_way else None)


def n_processors() -> int:
    """Return the number of processors that this process may use.

    Returns
    -------
    int
    """
    if hasattr(os, "sched_getaffinity"):  # on Linux
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _give_way() -> None:
    """Lower the priority of this thread; elsewhere than on Linux, it would be the process's."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
