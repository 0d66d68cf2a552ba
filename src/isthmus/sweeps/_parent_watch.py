"""Workers of a sweep that end with the process that started them."""

from __future__ import annotations

import functools
import os
import signal
import threading
import time

__all__ = ["end_with_parent"]

_SECONDS = 0.5


@functools.cache
def end_with_parent(parent: int) -> None:
    """End this process soon after its parent, also if that is killed.

    A thread looks for the parent twice a second. Linux's parent-death signal would be sent when
    the *thread* that started this process ends, which need not be the main thread. Runs are
    written so that a process may end at any moment. Ctrl-C in a terminal reaches all processes of
    its group: this one ignores it, and ends with its parent or by it.

    Parameters
    ----------
    parent : int
        Id of the process that started this one. Nothing is done in that process itself.
    """
    if os.getpid() != parent:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        threading.Thread(target=_watch, args=(parent,), daemon=True, name="parent watch").start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_SECONDS)
    os._exit(1)
