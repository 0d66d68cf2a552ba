"""Training callbacks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TextIO

from .._stage_names import stage_name
from .._translation import Message, translate
from ._settings import Settings
from ._train_state import TrainState

__all__ = ["Callback", "EpochLines", "Plan", "epoch_line"]


@dataclass(frozen=True)
class Plan:
    """Plan of a training, passed to callbacks at its start.

    Attributes
    ----------
    n_rows : int
        Number of training rows.
    n_steps_per_epoch : int
        Number of optimizer steps per epoch.
    first_epoch, last_epoch : int
        Counted from 1, inclusive.
    stage : str or None
        Name of the stage, if the training has several.
    state : TrainState or None
        State of the training, updated while it runs; its ``state_dict`` can be saved after a step
        or an epoch.
    settings : Settings or None
        Settings of the training.
    seed : int or None
        Seed of the training.
    n_validation_rows : int
        Number of validation rows.
    """

    n_rows: int
    n_steps_per_epoch: int
    first_epoch: int
    last_epoch: int
    stage: str | None = None
    state: TrainState | None = field(default=None, compare=False, repr=False)
    settings: Settings | None = field(default=None, compare=False, repr=False)
    seed: int | None = field(default=None, compare=False, repr=False)
    n_validation_rows: int = field(default=0, compare=False, repr=False)

    @property
    def counted_from(self) -> int:
        """Epoch that progress shows as the first: that of the stage, or 1 without stages."""
        if self.stage is None:
            return 1
        return self.first_epoch if self.state is None else self.state.first_epoch


class Callback:
    """Base class of training callbacks; every hook does nothing by default.

    Records are read-only. An exception in a hook ends the training.

    Attributes
    ----------
    remark : str or None
        What a run's report should say of the training, such as that it was interrupted.
    checkpoints : Checkpointer or None
        Checkpoints of the run, if there are any. A callback that ends a training early which can
        be continued later calls their ``close`` first.
    """

    remark: str | None = None
    checkpoints: Any = None

    def on_restore(self, plan: Plan) -> bool | None:
        """Called before the training begins; may load a saved state into ``plan.state``.

        Return True if the training had ended in that state: it is then skipped, and no other hook
        is called. All callbacks get this call, in their order.
        """

    def on_train_begin(self, plan: Plan) -> None:
        """Called once before the first step."""

    def on_step_end(self, step: int) -> bool | None:
        """Called after each step; ``step`` counts from 1 within the epoch.

        Return True to end the epoch here, and training with it. The record of the epoch has the
        losses of its steps until then.
        """

    def on_epoch_end(self, record: dict[str, Any]) -> bool | None:
        """Called after each epoch with its history record; return True to stop training."""

    def on_train_end(self) -> None:
        """Called once at the end, also if training was interrupted."""


class EpochLines(Callback):
    """Callback that writes one line per epoch.

    Parameters
    ----------
    stream : text file
        Stream to write to.
    language : {"en", "zh"}, default="en"
        Language of the lines.
    """

    def __init__(self, stream: TextIO, *, language: str = "en") -> None:
        self._stream, self._language = stream, language
        self._last, self._first = 0, 1

    def on_train_begin(self, plan: Plan) -> None:
        """Store the number of epochs."""
        self._last, self._first = plan.last_epoch, plan.counted_from

    def on_epoch_end(self, record: dict[str, Any]) -> bool | None:
        """Write the line of an epoch."""
        line = epoch_line(record, self._last, first_epoch=self._first, language=self._language)
        print(line, file=self._stream, flush=True)
        return None


def epoch_line(
    record: dict[str, Any], last_epoch: int, *, first_epoch: int = 1, language: str = "en"
) -> str:
    """Return the progress line of an epoch.

    Parameters
    ----------
    record : dict
        Record of the history.
    last_epoch : int
        Last epoch of the training.
    first_epoch : int, default=1
        Epoch that the line calls 1: each stage of a training is counted from its own first epoch.
    language : {"en", "zh"}, default="en"
        Language of the line.

    Returns
    -------
    str
        For example ``Epoch [3/50], Train Loss: 0.0987, Validation Loss: 0.0932``, after the name
        of the stage, if there is one.
    """
    before = first_epoch - 1
    facts = {
        "epoch": record["epoch"] - before,
        "last": last_epoch - before,
        "train": record["train_loss"],
    }
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
