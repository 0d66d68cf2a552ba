"""End of a training after some time."""

from __future__ import annotations

import time
from typing import Any

from .._translation import Message
from ..errors import UsageError
from ._callbacks import Callback, Plan

__all__ = ["TimeLimit"]


class TimeLimit(Callback):
    """Callback that ends a training after some time, and keeps the best weights until then.

    The time counts from the start of the first training of a fit, such as that of the first layer
    of a stack. Trainings after the limit have one step each. A training with a ``Checkpointer`` can
    be continued later, if that is also the limit's ``checkpoints``.

    Parameters
    ----------
    seconds : float
        Positive. The training ends after the first step at which so much time has passed.
    checkpoints : Checkpointer, default=None
        Closed when the time is over, so that its last checkpoint is that of this moment.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from isthmus import Autoencoder
    >>> from isthmus.training import TimeLimit
    >>> model = Autoencoder(8, epochs=10_000, early_stopping=False, callbacks=[TimeLimit(0.2)])
    >>> len(model.fit(load_digits().data).history_) < 10_000
    True
    """

    def __init__(self, seconds: float, *, checkpoints: Any = None) -> None:
        if not seconds > 0:
            raise UsageError(f"`seconds` of TimeLimit must be positive. Got {seconds}.")
        self.checkpoints = checkpoints
        self._seconds = seconds
        self._began: float | None = None
        self._last_epoch = 0
        self._is_over = False

    def on_restore(self, plan: Plan) -> bool | None:
        """Start the clock at the first training."""
        if self._began is None:
            self._began = time.monotonic()
        return None

    def on_train_begin(self, plan: Plan) -> None:
        """Take the last epoch."""
        self._last_epoch = plan.last_epoch

    def on_step_end(self, step: int) -> bool | None:
        """Return whether the time is over."""
        return self._ends()

    def on_epoch_end(self, record: dict[str, Any]) -> bool | None:
        """Return whether the time is over, and if so, leave a remark for the report."""
        ends = self._ends()
        if ends and self.remark is None and record["epoch"] < self._last_epoch:
            self.remark = Message(
                "The time limit ended the training in epoch {epoch} of {last}; the model is the "
                "best until then.",
                epoch=record["epoch"],
                last=self._last_epoch,
            )
        return ends

    def _ends(self) -> bool:
        if not self._is_over and self._began is not None:
            self._is_over = time.monotonic() - self._began >= self._seconds
            if self._is_over and self.checkpoints is not None:
                self.checkpoints.close()
        return self._is_over
