"""A progress bar on stderr: losses and time left."""

from __future__ import annotations

import os
import sys
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from ..training import Callback, EpochLines, Plan, epoch_line

__all__ = ["progress"]


def progress(*, quiet: bool = False, lines: bool = False) -> list[Callback]:
    """Return what shows progress on stderr: a bar on a terminal, elsewhere a line an epoch.

    Parameters
    ----------
    quiet : bool, default=False
        Show nothing.
    lines : bool, default=False
        Show the lines beside the bar too, and first what is about to happen.

    Returns
    -------
    list of Callback
    """
    if quiet:
        return []
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        return [_Bar(lines=lines)]
    return [_Announcement(), EpochLines(sys.stderr)] if lines else [EpochLines(sys.stderr)]


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
    def __init__(self, *, lines: bool) -> None:
        self._lines = lines
        self._done = 0
        self._bar = Progress(
            TextColumn("{task.description}"),
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
        return f"{self._plan.stage}: {where}" if self._plan.stage else where

    def _print(self, line: str) -> None:
        self._bar.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def on_train_end(self) -> None:
        self._bar.stop()
