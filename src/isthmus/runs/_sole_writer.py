"""Lock against two processes that write to one run or sweep."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from .._folder_locks import locked
from ..errors import OutputExistsError

__all__ = ["sole_writer"]


@contextmanager
def sole_writer(folder: str | os.PathLike[str]) -> Iterator[None]:
    """Make this process the only one that writes to a folder during the block.

    Parameters
    ----------
    folder : path
        Existing folder of a run or of a sweep.

    Raises
    ------
    OutputExistsError
        If another process, or another thread, is writing to it.
    """
    with locked(folder) as is_mine:
        if is_mine is False:
            raise OutputExistsError(
                f"Another process is writing to {folder}. Wait until it has ended, or choose "
                "another name."
            )
        yield
