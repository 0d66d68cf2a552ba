"""Trainings whose run another process writes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ..artifacts import CHECKPOINTS
from ..sources import Dataset
from ..training import Callback, Checkpointer
from ._prepared import prepared
from .kinds import kind_of

__all__ = ["join_training"]


def join_training(
    config: dict[str, Any],
    *,
    dataset: Dataset | None = None,
    callbacks: Iterable[Callback] = (),
    on_rows: Callable[[], object] | None = None,
    out: Path | None = None,
    checkpoint_seconds: float | None = 60.0,
    checkpoint_epochs: int | None = None,
) -> None:
    """Take part in the training of ``run_training`` in another process, and write nothing.

    Parameters
    ----------
    config : dict
        As for ``run_training``, the same in all processes.
    dataset : Dataset, default=None
        The source, if it is already read.
    callbacks : iterable of Callback, default=()
        Callbacks of the training.
    on_rows : callable, default=None
        Called before training starts, to join the process group.
    out : Path, default=None
        Run folder, if it is known here; errors name it.
    checkpoint_seconds, checkpoint_epochs : float or None, int or None
        As for ``run_training``, which writes the checkpoints.

    Raises
    ------
    IsthmusError
        If anything fails, also in another process.
    """
    ready = prepared(config, dataset=dataset, to_fit=True)
    if on_rows is not None:
        on_rows()
    folder = os.devnull if out is None else out / CHECKPOINTS
    checkpoints = Checkpointer(folder, seconds=checkpoint_seconds, epochs=checkpoint_epochs)
    callbacks = tuple(callbacks)
    for callback in callbacks:
        callback.checkpoints = checkpoints
    fit_for_run(ready.estimator, ready.parts, [checkpoints, *callbacks])


def fit_for_run(estimator: Any, parts: Any, callbacks: Iterable[Callback]) -> None:
    """Fit an estimator to the rows of a run.

    Parameters
    ----------
    estimator : estimator
        Changed in place.
    parts : Parts
        Rows of the source, split.
    callbacks : iterable of Callback
        Callbacks of the training.
    """
    # Watch the held-out rows after each epoch only if nothing is selected by them.
    chooses = getattr(estimator, "early_stopping", False)
    estimator.callbacks = list(callbacks)
    is_watched = bool(parts.X_held_out.shape[0]) and not chooses
    try:
        kind_of(estimator).fit(estimator, parts, is_watched=is_watched)
    finally:
        estimator.callbacks = None
