"""A progress bar on stderr: losses and time left."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from ..runs import SweepWatcher
from ..training import Callback, EpochLines, Plan, epoch_line
from ._text import say

__all__ = ["SweepProgress", "progress"]


def progress(*, quiet: bool = False, lines: bool = False, of: str = "") -> list[Callback]:
    """Return what shows progress on stderr: a bar on a terminal, elsewhere a line an epoch.

    Parameters
    ----------
    quiet : bool, default=False
        Show nothing.
    lines : bool, default=False
        Show the lines beside the bar too, and first what is about to happen.
    of : str, default=""
        What trains, where it is one of many: stands before the bar, and off a terminal its lines
        are shown only if they were asked for.

    Returns
    -------
    list of Callback
    """
    if quiet:
        return []
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        return [_Bar(lines=lines, of=of)]
    if lines:
        return [_Announcement(), EpochLines(sys.stderr)]
    return [] if of else [EpochLines(sys.stderr)]


class SweepProgress(SweepWatcher):
    """Tell on stderr of each training of a sweep: a bar while it runs, then a line.

    Parameters
    ----------
    quiet : bool, default=False
        Show nothing.
    lines : bool, default=False
        Show each training's epochs too.
    """

    folder: Path | None = None

    def __init__(self, *, quiet: bool = False, lines: bool = False) -> None:
        self._quiet, self._lines = quiet, lines
        self.n_done, self.n_trainings = 0, 0

    def on_sweep_begin(self, folder: Path, n_done: int, n_trainings: int) -> None:
        """Tell what is there already."""
        self.folder, self.n_done, self.n_trainings = folder, n_done, n_trainings
        if n_done:
            self._say(f"{n_done} of {n_trainings} trainings are there already.")

    def callbacks(self, name: str) -> Sequence[Callback]:
        """Return a bar."""
        at = f"[{self.n_done + 1}/{self.n_trainings}] {name}"
        if self._lines:
            self._say(f"Training {at}")
        return progress(quiet=self._quiet, lines=self._lines, of=at)

    def on_training_end(self, name: str, row: Mapping[str, Any]) -> None:
        """Write a line."""
        self.n_done += 1
        told = f"failed. {row['failure']}" if "failure" in row else _told(row)
        self._say(f"Training [{self.n_done}/{self.n_trainings}] {name}: {told}")

    def _say(self, line: str) -> None:
        if not self._quiet:
            say(line, stream=sys.stderr)
            sys.stderr.flush()


def _told(row: Mapping[str, Any]) -> str:
    errors = {"error": row["train_error"], "held-out error": row["held_out_error"]}
    shown = [f"{name} {error:.4g}" for name, error in errors.items() if error is not None]
    return f"{shown[-1]}, {row['epochs']} epochs, {row['training_seconds']:.1f} s"


class _Announcement(Callback):
    def on_train_begin(self, plan: Plan) -> None:
        print(_announced(plan), file=sys.stderr, flush=True)


def _announced(plan: Plan) -> str:
    stage = f"{plan.stage.capitalize()}: t" if plan.stage else "T"
    return (
        f"{stage}raining on {plan.n_rows:,} rows, {plan.n_steps_per_epoch:,} steps an epoch, "
        f"{plan.last_epoch - plan.first_epoch + 1:,} epochs at most"
    )


class _Bar(Callback):
    def __init__(self, *, lines: bool, of: str) -> None:
        self._lines, self._of = lines, f"{of}: " if of else ""
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
            self._print(_announced(plan))

    def on_step_end(self, step: int) -> None:
        self._bar.update(self._task, completed=self._done + step)

    def on_epoch_end(self, record: dict[str, Any]) -> bool | None:
        self._done += self._plan.n_steps_per_epoch
        losses = f"train {record['train_loss']:<8.4g}"
        if record["validation_loss"] is not None:
            losses += f"validation {record['validation_loss']:<8.4g}"
        following = min(record["epoch"] + 1, self._plan.last_epoch)
        self._bar.update(
            self._task,
            completed=self._done,
            losses=losses,
            description=self._described(following),
        )
        if self._lines:
            self._print(epoch_line(record, self._plan.last_epoch))
        return None

    def _described(self, epoch: int) -> str:
        where = f"epoch {epoch}/{self._plan.last_epoch}"
        return self._of + (f"{self._plan.stage}: {where}" if self._plan.stage else where)

    def _print(self, line: str) -> None:
        self._bar.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def on_train_end(self) -> None:
        self._bar.stop()
