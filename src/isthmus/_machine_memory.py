"""Memory of this machine."""

from __future__ import annotations

import functools
import os
import sys

__all__ = ["machine_memory"]


@functools.cache
def machine_memory() -> int:
    """Return the bytes of memory of this machine, or a very large number if that is unknown.

    Returns
    -------
    int
    """
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return sys.maxsize
