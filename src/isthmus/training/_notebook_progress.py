"""Progress of a training in a notebook."""

from __future__ import annotations

import importlib
import sys
import time
from html import escape
from typing import Any

from ._callbacks import Callback, Plan, epoch_line

__all__ = ["NotebookProgress", "is_in_notebook"]

_LEAST_SECONDS = 0.1  # between two updates: a fast training would flood the browser


def is_in_notebook() -> bool:
    """Return whether this process is the kernel of a notebook.

    Returns
    -------
    bool
        False in IPython's terminal, which writes lines as any terminal does.
    """
    # A notebook's kernel has imported IPython; no other process should.
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return hasattr(shell, "kernel")


class NotebookProgress(Callback):
    """Callback that shows a progress bar and the losses below a notebook's cell.

    The bar is updated in place and stays, with the last epoch, when the training ends. Networks
    that are trained with the same callback share one bar.
    """

    def __init__(self) -> None:
        self._handle: Any = None
        self._record: dict[str, Any] | None = None
        self._shown_at = 0.0

    def on_train_begin(self, plan: Plan) -> None:
        """Show the bar, unless it is shown already."""
        self._plan, self._record = plan, None
        if self._handle is None:
            display = importlib.import_module("IPython.display").display
            self._handle = display(self, display_id=True)

    def on_epoch_end(self, record: dict[str, Any]) -> bool | None:
        """Update the bar."""
        self._record = record
        if time.perf_counter() - self._shown_at >= _LEAST_SECONDS:
            self._update()
        return None

    def on_train_end(self) -> None:
        """Show the last epoch."""
        self._update()

    def _update(self) -> None:
        self._handle.update(self)
        self._shown_at = time.perf_counter()

    def __repr__(self) -> str:
        if self._record is None:
            return "Training"
        plan = self._plan
        return epoch_line(self._record, plan.last_epoch, first_epoch=plan.counted_from)

    def _repr_html_(self) -> str:
        before = self._plan.counted_from - 1
        done = 0 if self._record is None else self._record["epoch"] - before
        last = self._plan.last_epoch - before
        bar = f'<progress value="{done}" max="{last}"></progress>'
        return f"<div>{bar} {escape(repr(self))}</div>"
