"""Signals in a training: Ctrl-C ends it and keeps what was learned, SIGTERM stops it at once."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from types import FrameType, TracebackType
from typing import Any, Self

from .._translation import Message, translate
from ..errors import StoppedError
from ..training import Callback, Plan
from ._progress import epoch_place
from ._terminal_text import say

__all__ = ["Interruption"]


class Interruption(Callback):
    """Callback that ends a training at a signal, after the step; a context manager.

    Between the first training step and the end of the last stage, a first SIGINT (Ctrl-C) ends the
    training, and the run becomes complete with what was learned. A second one raises
    ``KeyboardInterrupt``, and so does one before or after. SIGTERM, by which schedulers announce
    the end of a job, raises ``StoppedError``. Both write a checkpoint first. After the training, a
    line says how to continue.

    Parameters
    ----------
    language : {"en", "zh"}
        Language of the note on stderr.
    is_on : bool, default=True
        Whether a model whose training was stopped is of use; if not, SIGINT raises
        ``StoppedError``, too.
    """

    def __init__(self, language: str, *, is_on: bool = True) -> None:
        self._language, self._is_on = language, is_on
        # Signals are delivered to the main thread only.
        self._hears = threading.current_thread() is threading.main_thread()
        self._before: dict[int, Any] = {}
        self._asked = 0  # number of the signal
        self._is_told = self._is_trained = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._restore()
        if self._is_trained and isinstance(error, KeyboardInterrupt):
            error.args = (translate(self._measuring_stopped("Ctrl-C"), self._language),)

    def on_train_begin(self, plan: Plan) -> None:
        """Note the signals from now on."""
        self._plan = plan
        self._is_trained = False
        if self._hears and not self._asked:
            self._restore()
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._ask)

    def on_step_end(self, step: int) -> bool | None:
        """Return whether to stop."""
        return self._ends()

    def on_epoch_end(self, record: dict[str, Any]) -> bool | None:
        """Return whether to stop, and if so, leave a remark for the report."""
        ends = self._ends()
        if ends and self.remark is None:
            self.remark = Message(
                "Training was interrupted ({where}); the model is what was learned until then.",
                where=epoch_place(self._plan, record["epoch"]),
            )
        return ends

    def trained(self) -> None:
        """Let signals have their usual effect, with a line, when nothing more is trained."""
        self._restore()
        self._is_trained = self.checkpoints is not None
        if self._is_trained and self._hears:
            self._before[signal.SIGTERM] = signal.signal(signal.SIGTERM, self._end)

    def _restore(self) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)
        self._before = {}

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self._asked = number
        self._restore()  # the next one ends all

    def _end(self, number: int, frame: FrameType | None) -> None:
        """End the process as SIGTERM does; the handler may run inside anything, also of stderr."""
        line = translate(self._measuring_stopped("SIGTERM"), self._language)
        with contextlib.suppress(OSError):
            os.write(2, f"isthmus: {line}\n".encode())
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    def _ends(self) -> bool:
        """Stop as asked, after the step: not in the handler, which may run inside anything."""
        if not self._asked:
            return False
        if self.checkpoints is not None:
            self.checkpoints.close()
        waits = self.checkpoints is not None and not self.checkpoints.is_closed  # for other ranks
        if not waits and (self._asked != signal.SIGINT or not self._is_on):
            raise StoppedError(self._stopped(), self._asked)
        if not self._is_told and self._asked == signal.SIGINT:
            self._is_told = True
            note = Message(
                "Stopping: what was learned so far is kept. Press Ctrl-C again to end at once."
            )
            say(translate(note, self._language), stream=sys.stderr)
            sys.stderr.flush()
        return True

    def _measuring_stopped(self, signal_name: str) -> Message:
        assert self.checkpoints is not None
        return Message(
            "Measuring was stopped by {signal}; the trained model is kept. Continue with "
            "`isthmus train --resume {run}`.",
            signal=signal_name,
            run=str(self.checkpoints.folder.parent),
        )

    def _stopped(self) -> str:
        name = signal.Signals(self._asked).name
        if self.checkpoints is None or str(self.checkpoints.folder) == os.devnull:
            return f"The training was stopped by {name}."
        run = self.checkpoints.folder.parent
        world = 1 if self._plan.state is None else self._plan.state.ranks.world
        how = "" if world == 1 else f" in {world} processes"
        return (
            f"The training was stopped by {name}, and its state is kept. Continue it{how} with "
            f"`isthmus train --resume {run}`."
        )
