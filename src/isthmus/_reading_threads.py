"""Threads that read ahead in the time that computation leaves."""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

__all__ = ["reading_threads"]

_NICENESS = 10  # 19 is hardly faster, but stops on a machine that is busy with other work


def reading_threads(n: int = 1) -> ThreadPoolExecutor:
    """Return a pool of threads of low priority.

    The threads of a matrix product wait for each other: a reader that takes the place of one of
    them stops all. On two processors, training beside a reader of equal priority took three times
    as long as without it.

    Parameters
    ----------
    n : int, default=1
        Number of threads.

    Returns
    -------
    ThreadPoolExecutor
    """
    return ThreadPoolExecutor(n, "isthmus-read", initializer=_give_way)


def _give_way() -> None:
    """Lower the priority of this thread; elsewhere than on Linux, it would be the process's."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
