"""Exchange of two paths in one step."""

from __future__ import annotations

import ctypes
import functools
import os
from collections.abc import Callable
from pathlib import Path

__all__ = ["exchange"]

_HERE = -100  # AT_FDCWD: relative paths start at the working directory
_EXCHANGE = 2  # RENAME_EXCHANGE


def exchange(one: Path, other: Path) -> bool:
    """Exchange two existing paths atomically, where the system can (Linux's ``renameat2``).

    Parameters
    ----------
    one, other : pathlib.Path
        Existing files or folders of one file system.

    Returns
    -------
    bool
        Whether they are exchanged; if not, nothing has changed.
    """
    rename = _renameat2()
    if rename is None:
        return False
    return rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0


@functools.cache
def _renameat2() -> Callable[..., int] | None:
    try:
        function = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):  # another system, or an old C library
        return None
    path = (ctypes.c_int, ctypes.c_char_p)  # a folder where relative paths start, and the path
    function.argtypes = (*path, *path, ctypes.c_uint)
    function.restype = ctypes.c_int
    return function
