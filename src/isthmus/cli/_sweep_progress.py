"""Progress of a sweep on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .._translation import Message, translate
from ..sweeps import SweepWatcher
from ..training import Callback
from ._progress import progress
from ._status_line import clock
from ._terminal_text import say

__all__ = ["SweepProgress"]

_LEAST_LEFT = 60.0  # seconds, for the remaining time of a sweep to be worth a line


class SweepProgress(SweepWatcher):
    """Progress of a sweep on stderr: a bar for each training, then a line.

    Parameters
    ----------
    quiet : bool, default=False
        Whether to show nothing.
    lines : bool, default=False
        Whether to also show each training's epochs.
    language : {"en", "zh"}, default="en"
        Language of the output.
    """

    folder: Path | None = None

    def __init__(self, *, quiet: bool = False, lines: bool = False, language: str = "en") -> None:
        self._quiet, self._lines, self._language = quiet, lines, language
        self.n_done, self.n_trainings, self.n_failed = 0, 0, 0
        self._began, self._n_new = time.perf_counter(), 0

    def on_sweep_begin(self, folder: Path, n_done: int, n_trainings: int) -> None:
        """Show the number of completed trainings."""
        self.folder, self.n_done, self.n_trainings = folder, n_done, n_trainings
        self._began, self._n_new = time.perf_counter(), 0
        if n_done:
            self._say(
                Message("Already done: {n} of {total} trainings.", n=n_done, total=n_trainings)
            )

    def callbacks(self, name: str) -> Sequence[Callback]:
        """Return a progress bar."""
        at = f"[{self.n_done + 1}/{self.n_trainings}] {name}"
        if self._lines:
            self._say(Message("Training {at}", at=at))
        return progress(quiet=self._quiet, lines=self._lines, of=at, language=self._language)

    def on_training_end(self, name: str, row: Mapping[str, Any]) -> None:
        """Write a line."""
        self.n_done += 1
        self.n_failed += "failure" in row
        at = f"[{self.n_done}/{self.n_trainings}] {name}"
        self._say(Message("Training {at}: {end}", at=at, end=_end_of(row)))
        self._n_new += 1
        left = (time.perf_counter() - self._began) / self._n_new * (self.n_trainings - self.n_done)
        if left >= _LEAST_LEFT:
            self._say(
                Message(
                    "{n} of {total} trainings are done; about {time} left.",
                    n=self.n_done,
                    total=self.n_trainings,
                    time=clock(left),
                )
            )

    def _say(self, line: Message) -> None:
        if not self._quiet:
            say(translate(line, self._language), stream=sys.stderr)
            sys.stderr.flush()


def _end_of(row: Mapping[str, Any]) -> Message:
    if "failure" in row:
        return Message("failed: {failure}", failure=row["failure"])
    has_held_out = row["held_out_error"] is not None
    return Message.plural(
        "{which} {error:.4g}, {n} epoch, {seconds:.1f} s",
        "{which} {error:.4g}, {n} epochs, {seconds:.1f} s",
        row["epochs"],
        which=Message("held-out error") if has_held_out else Message("error"),
        error=row["held_out_error"] if has_held_out else row["train_error"],
        seconds=row["training_seconds"],
    )
