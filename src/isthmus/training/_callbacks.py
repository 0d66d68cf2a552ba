"""Training callbacks."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TextIO

from .._stage_names import stage_name
from .._translation import Message, translate
from ._train_state import TrainState

__all__ = ["Callback", "EpochLines", "Plan", "as_callbacks", "epoch_line"]


@dataclass(frozen=True)
class Plan:
    """What a training is about to do.

    Attributes
    ----------
    n_rows : int
        Rows in the training part.
    n_steps_per_epoch : int
        Optimizer steps in an epoch.
    first_epoch, last_epoch : int
        Counted from 1, both included.
    stage : str or None
        Its name, where it is a part of a longer training.
    state : TrainState or None
        The state of the training, which is advanced while it runs; its ``state_dict`` can be saved
        after a step or an epoch.
    """

    n_rows: int
    n_steps_per_epoch: int
    first_epoch: int
    last_epoch: int
    stage: str | None = None
    state: TrainState | None = field(default=None, compare=False, repr=False)


class Callback:
    """Hooks of the training loop; each does nothing unless it is overridden.

    Records are to be read, not changed. A hook that raises ends the training.
    """

    def on_train_begin(self, plan: Plan) -> None:
        """Run once before the first step."""

    def on_step_end(self, step: int) -> None:
        """Run after each step; ``step`` counts from 1 within the epoch."""

    def on_epoch_end(self, record: dict[str, Any]) -> bool | None:
        """Run after each epoch with its record of the history; True stops the training."""

    def on_train_end(self) -> None:
        """Run once at the end, also when the training was interrupted."""


class _Function(Callback):
    def __init__(self, function: Callable[[dict[str, Any]], bool | None]) -> None:
        self._function = function

    def on_epoch_end(self, record: dict[str, Any]) -> bool | None:
        return self._function(record)


class EpochLines(Callback):
    """Write one plain line an epoch.

    Parameters
    ----------
    stream : text file
        Where the lines go.
    language : {"en", "zh"}, default="en"
        Language of the lines.
    """

    def __init__(self, stream: TextIO, *, language: str = "en") -> None:
        self._stream, self._language = stream, language
        self._last = 0

    def on_train_begin(self, plan: Plan) -> None:
        """Note how many epochs there will be."""
        self._last = plan.last_epoch

    def on_epoch_end(self, record: dict[str, Any]) -> bool | None:
        """Write the line."""
        print(
            epoch_line(record, self._last, language=self._language), file=self._stream, flush=True
        )
        return None


def epoch_line(record: dict[str, Any], last_epoch: int, *, language: str = "en") -> str:
    """Return an epoch's line in the form of the first tutorial.

    Parameters
    ----------
    record : dict
        One record of the history.
    last_epoch : int
        The epoch at which training will end.
    language : {"en", "zh"}, default="en"
        Language of the line.

    Returns
    -------
    str
        For example ``Epoch [3/50], Train Loss: 0.0987, Validation Loss: 0.0932``, after the name
        of the stage, if there is one.
    """
    facts = {"epoch": record["epoch"], "last": last_epoch, "train": record["train_loss"]}
    if record["validation_loss"] is None:
        line = Message("Epoch [{epoch}/{last}], Train Loss: {train:.4f}", **facts)
    else:
        line = Message(
            "Epoch [{epoch}/{last}], Train Loss: {train:.4f}, Validation Loss: {validation:.4f}",
            validation=record["validation_loss"],
            **facts,
        )
    if "stage" in record:
        line = Message("{stage}: {line}", stage=stage_name(record["stage"]), line=line)
    shown = translate(line, language)
    return shown[:1].upper() + shown[1:]


def as_callbacks(callbacks: Iterable[Any] | None, *, verbose: bool = False) -> list[Callback]:
    """Turn plain functions of an epoch's record into callbacks.

    Parameters
    ----------
    callbacks : iterable or None
        Callbacks, left as they are, and functions.
    verbose : bool, default=False
        Add one that writes a line an epoch to stderr.

    Returns
    -------
    list of Callback
    """
    every = [
        callback if isinstance(callback, Callback) else _Function(callback)
        for callback in callbacks or ()
    ]
    return [*every, EpochLines(sys.stderr)] if verbose else every
