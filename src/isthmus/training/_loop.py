"""The one training loop."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from .._random import derived_seed, torch_generator
from ..errors import TrainingError
from ..rows import Rows, n_batches
from ._callbacks import Callback, Plan
from ._optimizers import Optimizer, new_optimizer
from ._schedules import scheduled_rate
from ._settings import Settings
from ._steps import Steps, n_rows_of
from ._train_state import TrainState
from ._trainable import Trainable

__all__ = ["best_epoch", "mean_losses", "train"]

Record = dict[str, Any]


def train(
    model: Trainable,
    rows: Rows,
    settings: Settings,
    *,
    seed: int,
    validation: Rows | None = None,
    callbacks: Sequence[Callback] = (),
    first_epoch: int = 1,
    optimizer: Optimizer | None = None,
    stage: str | None = None,
    generators: Sequence[torch.Generator] = (),
    state: TrainState | None = None,
    before_step: Callable[[Trainable], object] | None = None,
    make_steps: Callable[..., Steps] = Steps,
    rank: int = 0,
    world: int = 1,
) -> list[Record]:
    """Train a model on rows, epoch by epoch.

    The rows are shuffled anew in each epoch; the last, smaller batch is used too. If ``patience``
    is set and there are validation rows, training stops once that many epochs have brought no
    better validation loss, and the weights of the best epoch are restored.

    Parameters
    ----------
    model : Trainable
        Changed in place.
    rows : Rows
        What it learns from.
    settings : Settings
        How. ``epochs`` counts from the first epoch, also where training goes on from a state.
    seed : int
        Together with the purpose and the epoch it determines every draw.
    validation : Rows, default=None
        Rows whose loss is measured after each epoch.
    callbacks : sequence of Callback, default=()
        Called after steps and epochs; they may stop the training.
    first_epoch : int, default=1
        The number of the first epoch, where this is a part of a longer training.
    optimizer : Optimizer, default=None
        One of an earlier training of this model, to go on with its momenta; None makes a new one.
    stage : str, default=None
        The name of a part of a longer training; each record then has it as ``stage``.
    generators : sequence of torch.Generator, default=()
        Further generators that the model draws from; their states are saved with the training.
    state : TrainState, default=None
        Where to go on: the state of this model, which is advanced. ``first_epoch``, ``optimizer``,
        ``stage`` and ``generators`` are then those of the state. None begins anew.
    before_step : callable, default=None
        Called with the model between the gradients and the step of the optimizer, for example to
        add up the gradients of several processes.
    make_steps : callable, default=Steps
        Makes what makes the steps; called as ``Steps`` is.
    rank : int, default=0
        Which process this is, from 0.
    world : int, default=1
        How many processes share the rows of each batch.

    Returns
    -------
    list of dict
        One record an epoch: ``epoch`` (from 1), ``train_loss`` (mean over the rows of the epoch,
        as the weights moved), ``validation_loss`` (or None), ``learning_rate`` (at the last step),
        ``seconds`` (of training, without validation), and the parts of the losses by name, those
        of the validation loss as ``validation_<name>``.

    Raises
    ------
    TrainingError
        If the loss is no longer a finite number.
    """
    if state is None:
        optimizer = new_optimizer(model, settings) if optimizer is None else optimizer
        state = TrainState(
            model, optimizer, first_epoch=first_epoch, stage=stage, generators=generators
        )
    _call(state.optimizer, "attach")
    state.begin()
    last_epoch = state.first_epoch + settings.epochs - 1
    n_steps = n_batches(len(rows), settings.batch_size, world=world)
    steps = make_steps(
        model,
        rows,
        state.optimizer,
        settings,
        noise=state.noise,
        before_step=before_step,
        rank=rank,
        world=world,
    )
    patience = settings.patience if validation else None
    plan = Plan(len(rows), n_steps, state.epoch + 1, last_epoch, state.stage, state)
    for callback in callbacks:
        callback.on_train_begin(plan)
    try:
        while state.epoch < last_epoch and not (patience and state.is_over(patience)):
            record = _run_epoch(steps, state, settings, seed, n_steps, callbacks)
            model.train(False)
            if state.stage:
                record["stage"] = state.stage
            record |= _validated(model, validation, seed, record["epoch"])
            _check_finite(record, settings)
            state.end_epoch(record, waits=bool(patience))
            stops = [callback.on_epoch_end(record) for callback in callbacks]
            if any(stops):
                break
    finally:
        _free(model, state.optimizer)
        for callback in callbacks:
            callback.on_train_end()
    if patience:
        state.put_best()
    return state.history


def best_epoch(records: Sequence[Record], settings: Settings) -> int:
    """Return the epoch whose weights a training left: the best one, if it was restored.

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


def mean_losses(model: Trainable, rows: Rows, generator: torch.Generator) -> dict[str, float]:
    """Return the validation loss of a model and its parts, averaged over all rows.

    Parameters
    ----------
    model : Trainable
        Not changed.
    rows : Rows
        At least one.
    generator : torch.Generator
        For the draws of the loss, on the device of the rows.

    Returns
    -------
    dict of str to float
        The total as ``loss``, and the parts by name.
    """
    totals: dict[str, Tensor] = {}
    with torch.inference_mode():
        for where, block in rows.blocks():
            loss, parts = model.validation_loss(block, generator)
            for name, value in {"loss": loss, **parts}.items():
                # Added up on the device: reading each block's value would wait for it each time.
                of_block = value.double() * (where.stop - where.start)
                totals[name] = totals[name] + of_block if name in totals else of_block
    return {name: float(total) / len(rows) for name, total in totals.items()}


def _validated(model: Trainable, rows: Rows | None, seed: int, epoch: int) -> Record:
    if not rows:
        return {"validation_loss": None}
    generator = torch_generator(seed, "validation", epoch, rows.device)
    return {f"validation_{k}": v for k, v in mean_losses(model, rows, generator).items()}


def _run_epoch(
    steps: Steps,
    state: TrainState,
    settings: Settings,
    seed: int,
    n_steps: int,
    callbacks: Sequence[Callback],
) -> Record:
    """Make the steps of the next epoch, or the rest of them where it was begun."""
    begin = time.perf_counter()
    epoch, n_done = state.epoch + 1, state.step
    if not n_done:
        purpose = f"noise of rank {steps.rank}" if steps.rank else "noise"
        state.noise.manual_seed(derived_seed(seed, purpose, epoch))
    rate, sizes = settings.learning_rate, []
    steps.model.train()
    with steps.epoch(epoch, seed) as batches:
        for k, batch in enumerate(batches):
            sizes.append(n_rows_of(batch))
            rate = scheduled_rate(
                settings.schedule,
                (epoch - state.first_epoch) * n_steps + k,
                settings.epochs * n_steps,
                learning_rate=settings.learning_rate,
                warmup=settings.warmup,
            )
            if k < n_done:
                continue
            _note(state.losses, steps.make(batch, rate), k, n_steps)
            state.step = k + 1
            for callback in callbacks:
                callback.on_step_end(k + 1)
        # Read once an epoch: reading the loss of each step would wait for the device each time.
        weights = torch.tensor(sizes, dtype=torch.float64)
        means = {
            name: float(of_steps.double().cpu() @ weights) / sum(sizes)
            for name, of_steps in state.losses.items()
        }
    seconds = time.perf_counter() - begin
    return {"epoch": epoch, **means, "learning_rate": rate, "seconds": seconds}


def _note(losses: dict[str, Tensor], of_step: dict[str, Tensor], k: int, n_steps: int) -> None:
    # In one tensor for each name: a small tensor kept from each step would fragment the memory
    # that steps allocate and free.
    for name, loss in of_step.items():
        if name not in losses:
            losses[name] = loss.new_empty(n_steps)
        losses[name][k] = loss


def _check_finite(record: Record, settings: Settings) -> None:
    for loss in (record["train_loss"], record["validation_loss"]):
        if loss is None or math.isfinite(loss):
            continue
        raise TrainingError(
            f"The loss is {loss} after epoch {record['epoch']}: training diverged. "
            f"Lower `learning_rate` (now {settings.learning_rate:g}), or look for wild values in "
            "the rows."
        )


def _free(model: Trainable, optimizer: Optimizer) -> None:
    """Free what only training needs: gradients, and the optimizer's hold on the parameters."""
    model.train(False)
    _call(optimizer, "detach")
    for parameter in model.parameters():
        parameter.grad = None


def _call(optimizer: Optimizer, name: str) -> None:
    method = getattr(optimizer, name, None)
    if method is not None:
        method()
