"""Progress of a training on stderr: one line on a terminal, some lines elsewhere."""

from __future__ import annotations

import sys
import time
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from .._stage_names import stage_name
from .._translation import Message, translate
from ..training import Callback, EpochLines, Plan, epoch_line
from ._status_line import clock, short_number
from ._terminal_text import is_live, say, show_line, terminal_width, uses_colour

__all__ = ["epoch_place", "progress"]

_LINES = 10  # of a training without stages, off a terminal
_WIDE = 110  # columns of a terminal on which the name of a run fits before its progress


def progress(
    *, quiet: bool = False, lines: bool = False, of: str = "", language: str = "en"
) -> list[Callback]:
    """Return callbacks that show progress on stderr: a line on a terminal, otherwise lines.

    Parameters
    ----------
    quiet : bool, default=False
        Whether to show nothing.
    lines : bool, default=False
        Whether to also show a line per epoch, and an announcement before training.
    of : str, default=""
        Name of the training, if it is one of many: shown before the bar, which then does not stay;
        without a terminal its lines are only shown if requested.
    language : {"en", "zh"}, default="en"
        Language of the bar and the lines.

    Returns
    -------
    list of Callback
    """
    if quiet:
        return []
    if is_live():
        return [_Bar(lines=lines, of=of, language=language)]
    if lines:
        return [_Announcement(language), EpochLines(sys.stderr, language=language)]
    return [] if of else [_SomeLines(language)]


class Continuing(Callback):
    """A line on stderr with the epoch from which an interrupted training continues.

    Parameters
    ----------
    run : str
        Run folder.
    language : {"en", "zh"}
        Language of the line.
    """

    def __init__(self, run: str, language: str) -> None:
        self._run, self._language = run, language
        self._is_said = False

    def on_train_begin(self, plan: Plan) -> None:
        """Print the line, for the first stage that is trained."""
        if self._is_said:
            return
        self._is_said = True
        place = epoch_place(plan, plan.first_epoch)
        line = Message("Continuing {run} with {place}.", run=self._run, place=place)
        say(translate(line, self._language), stream=sys.stderr)
        sys.stderr.flush()


class _Announcement(Callback):
    def __init__(self, language: str) -> None:
        self._language = language

    def on_train_begin(self, plan: Plan) -> None:
        say(_announced(plan, self._language), stream=sys.stderr)
        sys.stderr.flush()


class _SomeLines(Callback):
    """About ten lines for a training, two for each stage if it has stages."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._unsaid: dict[str, Any] | None = None

    def on_train_begin(self, plan: Plan) -> None:
        self._plan = plan
        n_epochs = plan.last_epoch - plan.first_epoch + 1
        self._every = max(1, round(n_epochs / _LINES)) if plan.stage is None else n_epochs

    def on_epoch_end(self, record: dict[str, Any]) -> bool | None:
        n_done = record["epoch"] - self._plan.first_epoch + 1
        is_shown = n_done == 1 or n_done % self._every == 0
        self._unsaid = None if is_shown else record
        if is_shown:
            self._say(record)
        return None

    def on_train_end(self) -> None:
        if self._unsaid is not None:  # the last epoch, if training stopped early
            self._say(self._unsaid)
            self._unsaid = None

    def _say(self, record: dict[str, Any]) -> None:
        last, first = self._plan.last_epoch, self._plan.counted_from
        line = epoch_line(record, last, first_epoch=first, language=self._language)
        print(line, file=sys.stderr, flush=True)


def epoch_place(plan: Plan, epoch: int) -> Message:
    """Return an epoch of a training in words, with its stage, if there are stages."""
    before = plan.counted_from - 1
    where = Message("epoch {epoch}/{last}", epoch=epoch - before, last=plan.last_epoch - before)
    if plan.stage:
        where = Message("{stage}: {line}", stage=stage_name(plan.stage), line=where)
    return where


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
    return _capitalised(translate(line, language))


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


class _Bar(Callback):
    """One line, as Keras has it: epoch, bar, losses, speed and remaining time.

    The line of a training stays when it ends, with the time it took.
    """

    def __init__(self, *, lines: bool, of: str, language: str) -> None:
        self._lines, self._language = lines, language
        is_wide = (terminal_width(sys.stderr) or 0) >= _WIDE
        # On a narrow terminal, "[2/5]": the name of the run would push out epochs and time.
        self._of = (f"{of}: " if is_wide else f"{of.partition(' ')[0]} ") if of else ""

    def on_train_begin(self, plan: Plan) -> None:
        show_line()
        self._plan, self._began = plan, time.perf_counter()
        n_epochs = plan.last_epoch - plan.first_epoch + 1
        self._total, self._done = n_epochs * plan.n_steps_per_epoch, 0
        self._step, self._epoch = 0, plan.first_epoch
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[facts]}", markup=False),
            console=Console(stderr=True, no_color=not uses_colour(sys.stderr), highlight=False),
            transient=bool(self._of),
            expand=True,
        )
        self._losses = ""
        self._task = self._bar.add_task(self._described(), total=self._total, facts="")
        self._bar.start()
        if self._lines:
            self._print(_announced(plan, self._language))

    def on_step_end(self, step: int) -> bool | None:
        if not self._step:
            self._epoch = self._plan.first_epoch + self._done // self._plan.n_steps_per_epoch
        self._step = step
        self._bar.update(
            self._task,
            completed=self._done + step,
            facts=self._facts(),
            description=self._described(),
        )
        return None

    def on_epoch_end(self, record: dict[str, Any]) -> bool | None:
        self._done += self._plan.n_steps_per_epoch
        self._step, self._epoch = 0, record["epoch"]
        self._losses = self._told_losses(record)
        self._bar.update(
            self._task,
            completed=self._done,
            facts=self._facts(),
            description=self._described(),
        )
        if self._lines:
            last, first = self._plan.last_epoch, self._plan.counted_from
            self._print(epoch_line(record, last, first_epoch=first, language=self._language))
        return None

    def on_train_end(self) -> None:
        # Full, also where training stopped early: no rest of it is to come.
        self._bar.update(self._task, total=1, completed=1, facts=self._facts(is_over=True))
        self._bar.stop()

    def _described(self) -> str:
        told = translate(epoch_place(self._plan, self._epoch), self._language)
        return self._of + told if self._of else _capitalised(told)

    def _told_losses(self, record: dict[str, Any]) -> str:
        losses = [Message("train {loss:.4g}", loss=record["train_loss"])]
        if record["validation_loss"] is not None:
            losses.append(Message("validation {loss:.4g}", loss=record["validation_loss"]))
        return "  ".join(translate(loss, self._language) for loss in losses)

    def _facts(self, *, is_over: bool = False) -> str:
        """Return losses, rows per second, and the remaining or the whole time."""
        seconds, n_steps = time.perf_counter() - self._began, self._done + self._step
        share = self._plan.n_rows / self._plan.n_steps_per_epoch
        pieces: list[str] = [self._losses]
        if n_steps and seconds:
            pieces.append(Message("{n} rows/s", n=short_number(n_steps * share / seconds)))
            left = seconds * (self._total - n_steps) / n_steps
            pieces.append(clock(seconds) if is_over else Message("{time} left", time=clock(left)))
        return "  ".join(translate(piece, self._language) for piece in pieces if piece)

    def _print(self, line: str) -> None:
        self._bar.console.print(line, markup=False, highlight=False, soft_wrap=True)
