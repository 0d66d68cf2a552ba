"""The one training loop."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .._random import torch_generator
from ..errors import TrainingError
from ..rows import LabelledRows, Rows
from ._callbacks import Callback, Plan
from ._optimizers import Optimizer, make_optimizer, scheduled_rate
from ._steps import Steps, Trainable

__all__ = ["Settings", "best_epoch", "mean_loss", "new_optimizer", "train"]

Record = dict[str, Any]


@dataclass(frozen=True)
class Settings:
    """How to train: an estimator's parameters of the same names, "auto" resolved.

    Attributes
    ----------
    epochs, batch_size : int
        Passes over the rows, at most; rows a step.
    optimizer : str
        One of ``OPTIMIZERS``.
    learning_rate : float
        The full rate.
    schedule : str
        One of ``SCHEDULES``.
    warmup, weight_decay : float
        Share of the steps in which the rate grows; the penalty.
    patience : int or None
        Epochs to wait for a better validation loss; None never stops early.
    momentum : float
        What a step keeps of those before it.
    """

    epochs: int
    batch_size: int
    optimizer: str
    learning_rate: float
    schedule: str
    warmup: float
    weight_decay: float
    patience: int | None = None
    momentum: float = 0.9


def train(
    model: Trainable,
    rows: Rows | LabelledRows,
    settings: Settings,
    *,
    seed: int,
    validation: Rows | LabelledRows | None = None,
    callbacks: Sequence[Callback] = (),
    first_epoch: int = 1,
    optimizer: Optimizer | None = None,
    stage: str | None = None,
) -> list[Record]:
    """Train a model on rows, epoch by epoch.

    The rows are shuffled anew in each epoch; the last, smaller batch is used too. If ``patience``
    is set and there are validation rows, training stops once that many epochs have brought no
    better validation loss, and the best epoch's weights are put back.

    Parameters
    ----------
    model : Trainable
        Changed in place.
    rows : Rows
        What it learns from.
    settings : Settings
        How.
    seed : int
        Together with the purpose and the epoch it determines every draw.
    validation : Rows, default=None
        Rows whose loss is measured after each epoch.
    callbacks : sequence of Callback, default=()
        They look on, and may stop the training.
    first_epoch : int, default=1
        The number of the first epoch, where training goes on.
    optimizer : Optimizer, default=None
        One of an earlier training of this model, to go on with its momenta; None makes a new one.
    stage : str, default=None
        The name of a part of a longer training; each record then has it as ``stage``.

    Returns
    -------
    list of dict
        One record an epoch: ``epoch`` (from 1), ``train_loss`` (mean over the epoch's rows, as
        the weights moved), ``validation_loss`` (or None), ``learning_rate`` (at the epoch's last
        step), ``seconds`` (of training, without validation) and the named parts of the loss.

    Raises
    ------
    TrainingError
        If the loss is no longer a finite number.
    """
    if optimizer is None:
        optimizer = new_optimizer(model, settings)
    elif hasattr(optimizer, "attach"):
        optimizer.attach()
    last_epoch = first_epoch + settings.epochs - 1
    n_steps = math.ceil(len(rows) / settings.batch_size)
    steps = Steps(model, rows, optimizer, batch_size=settings.batch_size, epochs=settings.epochs)
    best = _Best(model, settings.patience) if settings.patience and validation else None
    history: list[Record] = []
    for callback in callbacks:
        callback.on_train_begin(Plan(len(rows), n_steps, first_epoch, last_epoch, stage))
    try:
        for epoch in range(first_epoch, last_epoch + 1):
            done = (epoch - first_epoch) * n_steps
            record = _run_epoch(steps, len(rows), settings, seed, epoch, done, callbacks)
            model.train(False)
            if stage:
                record["stage"] = stage
            record["validation_loss"] = mean_loss(model, validation) if validation else None
            history.append(record)
            _check_finite(record, settings)
            stops = [callback.on_epoch_end(record) for callback in callbacks]
            is_over = best.is_over(record) if best else False
            if any(stops) or is_over:
                break
    finally:
        _settle(model)
        for callback in callbacks:
            callback.on_train_end()
    if best:
        best.restore()
    return history


def best_epoch(records: Sequence[Record], settings: Settings) -> int:
    """Return the epoch whose weights a training left: its best one, if that was put back.

    Parameters
    ----------
    records : sequence of dict
        What ``train`` returned.
    settings : Settings
        How it trained.

    Returns
    -------
    int
    """
    is_restored = settings.patience is not None and records[0]["validation_loss"] is not None
    best = min(records, key=lambda r: r["validation_loss"]) if is_restored else records[-1]
    return int(best["epoch"])


def new_optimizer(model: Trainable, settings: Settings) -> Optimizer:
    """Return an optimizer of a model's parameters.

    Parameters
    ----------
    model : Trainable
        Its parameters may become views of one vector.
    settings : Settings
        Which, with which rate and decay.

    Returns
    -------
    Optimizer
    """
    return make_optimizer(
        settings.optimizer,
        model.parameters(),
        learning_rate=settings.learning_rate,
        momentum=settings.momentum,
        weight_decay=settings.weight_decay,
    )


def _settle(model: Trainable) -> None:
    """Let go of what only training needed: gradients, and the optimizer's common memory."""
    model.train(False)
    for parameter in model.parameters():
        parameter.grad = None
        parameter.data = parameter.detach().clone()


def mean_loss(model: Trainable, rows: Rows | LabelledRows) -> float:
    """Return a model's validation loss, averaged over all rows.

    Parameters
    ----------
    model : Trainable
        Not changed.
    rows : Rows
        At least one.

    Returns
    -------
    float
    """
    total: Tensor | float = 0.0
    with torch.inference_mode():
        for where, block in rows.blocks():
            # Added up on the device: to read each block's would wait for it each time.
            total = total + model.validation_loss(block).double() * (where.stop - where.start)
    return float(total) / len(rows)


def _run_epoch(
    steps: Steps,
    n_rows: int,
    settings: Settings,
    seed: int,
    epoch: int,
    steps_done: int,
    callbacks: Sequence[Callback],
) -> Record:
    begin = time.perf_counter()
    order = torch.randperm(n_rows, generator=torch_generator(seed, "shuffle", epoch))
    rate = settings.learning_rate
    # In one place: a small tensor kept from each step would cut the memory that steps take and
    # give back into pieces, which the process then holds.
    losses: dict[str, Tensor] = {}
    with steps.epoch(order, seed, epoch) as batches:
        n_steps = settings.epochs * len(batches)
        for k, indices in enumerate(batches):
            rate = scheduled_rate(
                settings.schedule,
                steps_done + k,
                n_steps,
                learning_rate=settings.learning_rate,
                warmup=settings.warmup,
            )
            for name, loss in steps.make(indices, rate).items():
                if name not in losses:
                    losses[name] = loss.new_empty(len(batches))
                losses[name][k] = loss
            for callback in callbacks:
                callback.on_step_end(k + 1)
        # One look at the figures an epoch: reading each step's would wait for the device each time.
        weights = torch.tensor([len(indices) for indices in batches], dtype=torch.float64)
        means = {
            name: float(of_steps.double().cpu() @ weights) / n_rows
            for name, of_steps in losses.items()
        }
    seconds = time.perf_counter() - begin
    return {"epoch": epoch, **means, "learning_rate": rate, "seconds": seconds}


def _check_finite(record: Record, settings: Settings) -> None:
    for loss in (record["train_loss"], record["validation_loss"]):
        if loss is None or math.isfinite(loss):
            continue
        raise TrainingError(
            f"The loss is {loss} after epoch {record['epoch']}: training diverged. "
            f"Lower `learning_rate` (now {settings.learning_rate:g}), or look for wild values in "
            "the rows."
        )


class _Best:
    """The best epoch so far, with its weights."""

    def __init__(self, model: Trainable, patience: int) -> None:
        self._model, self._patience = model, patience
        self._loss, self._epoch = math.inf, 0
        self._weights: list[Tensor] = []

    def is_over(self, record: Record) -> bool:
        if record["validation_loss"] < self._loss:
            self._loss, self._epoch = record["validation_loss"], record["epoch"]
            self._weights = copy.deepcopy([p.detach() for p in self._model.parameters()])
        return bool(record["epoch"] - self._epoch >= self._patience)

    def restore(self) -> None:
        with torch.no_grad():
            for parameter, weight in zip(self._model.parameters(), self._weights, strict=True):
                parameter.copy_(weight)
