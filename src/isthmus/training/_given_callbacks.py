"""Callbacks from what an estimator was given."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

from ._callbacks import Callback, EpochLines
from ._notebook_progress import NotebookProgress, is_in_notebook

__all__ = ["as_callbacks"]


class _Function(Callback):
    def __init__(self, function: Callable[[dict[str, Any]], bool | None]) -> None:
        self._function = function

    def on_epoch_end(self, record: dict[str, Any]) -> bool | None:
        return self._function(record)


def as_callbacks(callbacks: Iterable[Any] | None, *, verbose: bool = False) -> list[Callback]:
    """Convert functions of an epoch's record to callbacks.

    Parameters
    ----------
    callbacks : iterable or None
        Callbacks, kept as they are, and functions.
    verbose : bool, default=False
        Whether to add a callback that shows each epoch: a progress bar in a notebook, elsewhere a
        line on stderr.

    Returns
    -------
    list of Callback
    """
    every = [
        callback if isinstance(callback, Callback) else _Function(callback)
        for callback in callbacks or ()
    ]
    if not verbose:
        return every
    return [*every, NotebookProgress() if is_in_notebook() else EpochLines(sys.stderr)]
