"""Ctrl-C in a training: the first ends it and keeps what was learned, the second ends all."""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType, TracebackType
from typing import Any, Self

from .._translation import Message, translate
from ..training import Callback, Plan
from ._progress import epoch_place
from ._terminal_text import say

__all__ = ["Interruption"]


class Interruption(Callback):
    """Callback that ends a training at Ctrl-C after the step; a context manager.

    Between the first training step and the end of the last stage, SIGINT is noted instead of
    raising ``KeyboardInterrupt``. A second one raises it, and so does one before or after.

    Parameters
    ----------
    language : {"en", "zh"}
        Language of the note on stderr.
    is_on : bool, default=True
        Whether a model whose training was stopped is of use; if not, the first one raises.
    """

    def __init__(self, language: str, *, is_on: bool = True) -> None:
        self._language = language
        # Signals are delivered to the main thread only.
        self._is_on = is_on and threading.current_thread() is threading.main_thread()
        self._before: Any = None
        self._is_asked = self._is_told = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.restore()

    def on_train_begin(self, plan: Plan) -> None:
        """Note SIGINT from now on."""
        self._plan = plan
        if self._is_on and self._before is None and not self._is_asked:
            self._before = signal.signal(signal.SIGINT, self._ask)

    def on_step_end(self, step: int) -> bool | None:
        """Return whether to stop."""
        return self._is_asked and self._told()

    def on_epoch_end(self, record: dict[str, Any]) -> bool | None:
        """Return whether to stop, and if so, leave a remark for the report."""
        if self._is_asked and self.remark is None:
            self.remark = Message(
                "Training was interrupted ({where}); the model is what was learned until then.",
                where=epoch_place(self._plan, record["epoch"]),
            )
        return self._is_asked and self._told()

    def restore(self) -> None:
        """Let SIGINT raise again, when nothing more is trained."""
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            self._before = None

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self._is_asked = True
        self.restore()  # the next one ends all

    def _told(self) -> bool:
        """Print the note, once; not in the handler, which may run inside another print."""
        if not self._is_told:
            self._is_told = True
            note = Message(
                "Stopping: what was learned so far is kept. Press Ctrl-C again to end at once."
            )
            say(translate(note, self._language), stream=sys.stderr)
            sys.stderr.flush()
        return True
