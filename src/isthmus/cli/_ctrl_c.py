"""Ctrl-C anywhere in a command: one exit code, whatever the interrupted code made of it."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self

__all__ = ["INTERRUPTED", "CtrlC"]

INTERRUPTED = 128 + signal.SIGINT  # exit code, as shells have it


class CtrlC:
    """Context manager that raises ``KeyboardInterrupt`` at SIGINT, and remembers it.

    Libraries turn a ``KeyboardInterrupt`` into other exceptions, for example when it comes while
    an extension module is imported. A handler that is not Python's own is kept, such as that of a
    shell's background job, which ignores SIGINT.

    Attributes
    ----------
    was_pressed : bool
        Whether SIGINT came.
    """

    def __init__(self) -> None:
        self.was_pressed = False
        self._before: Any = None

    def __enter__(self) -> Self:
        is_main = threading.current_thread() is threading.main_thread()
        if is_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def cause(self, error: BaseException) -> BaseException:
        """Return ``KeyboardInterrupt`` for an error after SIGINT, else the error."""
        if not self.was_pressed or isinstance(error, KeyboardInterrupt):
            return error
        return KeyboardInterrupt()

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.was_pressed = True
        raise KeyboardInterrupt
