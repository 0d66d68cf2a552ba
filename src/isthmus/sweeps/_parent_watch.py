"""Workers of a sweep that end with the process that started them."""

from __future__ import annotations

import functools
import os
import threading
import time

__all__ = ["end_with_parent"]

_SECONDS = 0.5


@functools.cache
def end_with_parent(parent: int) -> None:
    """End this process soon after its parent, also if that is killed.

    A thread looks for the parent twice a second. Linux's parent-death signal would be sent when
    the *thread* that started this process ends, which need not be the main thread. Runs are
    written so that a process may end at any moment.

    Parameters
    ----------
    parent : int
        Id of the process that started this one. Nothing is done in another process, such as that
        process itself.
    """
    if os.getppid() == parent:
        threading.Thread(target=_watch, args=(parent,), daemon=True, name="parent watch").start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_SECONDS)
    os._exit(1)
