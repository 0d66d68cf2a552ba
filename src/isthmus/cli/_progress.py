"""Progress on stderr: a bar with losses and remaining time."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from .._stage_names import stage_name
from .._translation import Message, translate
from ..sweeps import SweepWatcher
from ..training import Callback, EpochLines, Plan, epoch_line
from ._terminal_text import say

__all__ = ["SweepProgress", "progress"]


def progress(
    *, quiet: bool = False, lines: bool = False, of: str = "", language: str = "en"
) -> list[Callback]:
    """Return callbacks that show progress on stderr: a bar on a terminal, otherwise lines.

    Parameters
    ----------
    quiet : bool, default=False
        Whether to show nothing.
    lines : bool, default=False
        Whether to also show a line per epoch, and an announcement before training.
    of : str, default=""
        Name of the training, if it is one of many: shown before the bar; without a terminal its
        lines are only shown if requested.
    language : {"en", "zh"}, default="en"
        Language of the bar and the lines.

    Returns
    -------
    list of Callback
    """
    if quiet:
        return []
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        return [_Bar(lines=lines, of=of, language=language)]
    if lines:
        return [_Announcement(language), EpochLines(sys.stderr, language=language)]
    return [] if of else [EpochLines(sys.stderr, language=language)]


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
        self.n_done, self.n_trainings = 0, 0

    def on_sweep_begin(self, folder: Path, n_done: int, n_trainings: int) -> None:
        """Show the number of completed trainings."""
        self.folder, self.n_done, self.n_trainings = folder, n_done, n_trainings
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
        at = f"[{self.n_done}/{self.n_trainings}] {name}"
        self._say(Message("Training {at}: {end}", at=at, end=_end_of(row)))

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


class _Announcement(Callback):
    def __init__(self, language: str) -> None:
        self._language = language

    def on_train_begin(self, plan: Plan) -> None:
        say(_announced(plan, self._language), stream=sys.stderr)
        sys.stderr.flush()


def _announced(plan: Plan, language: str) -> str:
    n_epochs = plan.last_epoch - plan.first_epoch + 1
    line = Message(
        "Training on {rows}, {steps} per epoch, at most {epochs}",
        rows=Message.plural("{n:,} row", "{n:,} rows", plan.n_rows),
        steps=Message.plural("{n:,} step", "{n:,} steps", plan.n_steps_per_epoch),
        epochs=Message.plural("{n:,} epoch", "{n:,} epochs", n_epochs),
    )
    if plan.stage:
        line = Message("{stage}: {line}", stage=stage_name(plan.stage), line=line)
    shown = translate(line, language)
    return shown[:1].upper() + shown[1:]


class _Bar(Callback):
    def __init__(self, *, lines: bool, of: str, language: str) -> None:
        self._lines, self._of, self._language = lines, f"{of}: " if of else "", language
        self._done = 0
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[losses]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )

    def on_train_begin(self, plan: Plan) -> None:
        self._plan = plan
        n_epochs = plan.last_epoch - plan.first_epoch + 1
        self._done = 0
        for task in self._bar.task_ids:  # that of the stage before
            self._bar.remove_task(task)
        self._task = self._bar.add_task(
            self._described(plan.first_epoch),
            total=n_epochs * plan.n_steps_per_epoch,
            losses="",
        )
        self._bar.start()
        if self._lines:
            self._print(_announced(plan, self._language))

    def on_step_end(self, step: int) -> None:
        self._bar.update(self._task, completed=self._done + step)

    def on_epoch_end(self, record: dict[str, Any]) -> bool | None:
        self._done += self._plan.n_steps_per_epoch
        losses = [Message("train {loss:<8.4g}", loss=record["train_loss"])]
        if record["validation_loss"] is not None:
            losses.append(Message("validation {loss:<8.4g}", loss=record["validation_loss"]))
        following = min(record["epoch"] + 1, self._plan.last_epoch)
        self._bar.update(
            self._task,
            completed=self._done,
            losses="".join(translate(loss, self._language) for loss in losses),
            description=self._described(following),
        )
        if self._lines:
            last, first = self._plan.last_epoch, self._plan.counted_from
            self._print(epoch_line(record, last, first_epoch=first, language=self._language))
        return None

    def _described(self, epoch: int) -> str:
        before = self._plan.counted_from - 1
        last = self._plan.last_epoch - before
        where = Message("epoch {epoch}/{last}", epoch=epoch - before, last=last)
        if self._plan.stage:
            where = Message("{stage}: {line}", stage=stage_name(self._plan.stage), line=where)
        return self._of + translate(where, self._language)

    def _print(self, line: str) -> None:
        self._bar.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def on_train_end(self) -> None:
        self._bar.stop()
