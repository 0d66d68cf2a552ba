"""Training loop."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from .._random import derived_seed, torch_generator
from ..errors import TrainingError, UsageError
from ..rows import Rows, n_batches
from ._callbacks import Callback, Plan
from ._optimizers import Optimizer, new_optimizer
from ._ranks import Ranks
from ._schedules import scheduled_rate
from ._settings import Settings
from ._steps import Steps, weight_of
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
    ranks: Ranks | None = None,
) -> list[Record]:
    """Train a model on rows, epoch by epoch.

    The rows are shuffled in each epoch; the last, smaller batch is used too. With ``patience`` and
    validation rows, training stops after that many epochs without a lower validation loss, and the
    weights of the best epoch are restored. With ``keeps_start``, these may be the initial ones.

    Parameters
    ----------
    model : Trainable
        Model to train, changed in place.
    rows : Rows
        Training rows.
    settings : Settings
        Training settings. ``epochs`` counts from the first epoch, also when resuming from a state.
    seed : int
        Determines every draw, together with its purpose and the epoch.
    validation : Rows, default=None
        Rows to compute the loss on after each epoch.
    callbacks : sequence of Callback, default=()
        Called after steps and epochs; may stop the training.
    first_epoch : int, default=1
        Number of the first epoch, if this is one stage of a longer training.
    optimizer : Optimizer, default=None
        Optimizer of an earlier training of this model, whose momenta are kept; None creates one.
    stage : str, default=None
        Name of a stage of a longer training; added to each record as ``stage``.
    generators : sequence of torch.Generator, default=()
        Further generators that the model draws from; their states are part of the state.
    state : TrainState, default=None
        State of this model to resume from; it is updated. ``first_epoch``, ``optimizer``,
        ``stage`` and ``generators`` are then those of the state. None starts a new training.
    before_step : callable, default=None
        Called with the model between backward pass and optimizer step, for example to clip the
        gradients.
    make_steps : callable, default=Steps
        Factory with the signature of ``Steps``.
    ranks : Ranks, default=None
        Processes that share the rows of each batch and the validation rows; None is this one
        alone. Losses in the records are those of all of them.

    Returns
    -------
    list of dict
        One record per epoch: ``epoch`` (from 1), ``train_loss`` (mean over the rows of the epoch,
        while the weights change), ``validation_loss`` (or None), ``learning_rate`` (at the last
        step), ``seconds`` (of training, without validation), and the named parts of the losses,
        those of the validation loss as ``validation_<name>``. With ``keeps_start``, the first
        record has the validation loss of the initial weights as ``validation_start``.

    Raises
    ------
    TrainingError
        If the loss is not finite.
    UsageError
        If batches have fewer rows than there are processes.
    """
    if state is None:
        optimizer = new_optimizer(model, settings) if optimizer is None else optimizer
        state = TrainState(
            model, optimizer, first_epoch=first_epoch, stage=stage, generators=generators
        )
    ranks = state.ranks = ranks or Ranks()
    if settings.batch_size < ranks.world:
        raise UsageError(
            f"`batch_size` must be at least {ranks.world}, the number of processes, each of which "
            f"has a share of every batch. Got {settings.batch_size}."
        )
    ranks.meet()
    last_epoch = state.first_epoch + settings.epochs - 1
    n_steps = n_batches(len(rows), settings.batch_size, world=ranks.world)
    n_held_out = 0 if validation is None else len(validation)

    def plan(state: TrainState) -> Plan:
        first = state.epoch + 1
        return Plan(
            len(rows), n_steps, first, last_epoch, state.stage, state, settings, seed, n_held_out
        )

    restored = [callback.on_restore(plan(state)) for callback in callbacks]  # each sees the state
    if any(restored):
        model.train(False)
        return state.history
    state.has_ended = False
    _call(state.optimizer, "attach")
    ranks.begin(model, settings.batch_size)
    state.begin()
    validation = ranks.share(validation)
    steps = make_steps(
        model,
        rows,
        state.optimizer,
        settings,
        noise=state.noise,
        before_step=before_step,
        ranks=ranks,
    )
    patience = settings.patience if validation else None
    for callback in callbacks:
        callback.on_train_begin(plan(state))
    try:
        if patience and settings.keeps_start and state.is_new:
            _keep_start(state, validation, seed, ranks)
        while state.epoch < last_epoch and not (patience and state.is_over(patience)):
            record, is_cut = _run_epoch(steps, state, settings, seed, n_steps, callbacks)
            model.train(False)
            ranks.average_buffers(model)
            if state.stage:
                record["stage"] = state.stage
            record |= _validated(model, validation, seed, record["epoch"], ranks)
            _check_finite(record, settings)
            if state.waits_from_start:
                record["validation_start"] = state.best_loss
            state.end_epoch(record, waits=bool(patience))
            stops = [callback.on_epoch_end(record) for callback in callbacks]
            if ranks.any(any(stops) or is_cut):
                break
        state.has_ended = True
    finally:
        _free(model, state.optimizer)
        for callback in callbacks:
            callback.on_train_end()
    if patience:
        state.put_best()
    return state.history


def best_epoch(records: Sequence[Record], settings: Settings) -> int:
    """Return the epoch of a trained model's weights: the best one, if it was restored.

    Parameters
    ----------
    records : sequence of dict
        Return value of ``train``.
    settings : Settings
        Training settings.

    Returns
    -------
    int
    """
    is_restored = settings.patience is not None and records[0]["validation_loss"] is not None
    best = min(records, key=lambda r: r["validation_loss"]) if is_restored else records[-1]
    return int(best["epoch"])


def mean_losses(model: Trainable, rows: Rows, generator: torch.Generator) -> dict[str, float]:
    """Return the validation loss and its named parts, averaged over all rows.

    Parameters
    ----------
    model : Trainable
        Not modified.
    rows : Rows
        At least one.
    generator : torch.Generator
        For the random draws of the loss, on the device of the rows.

    Returns
    -------
    dict of str to float
        The total as ``loss``, and the named parts.
    """
    means, _ = _weighted_losses(model, rows, generator)
    return means


def _weighted_losses(
    model: Trainable, rows: Rows, generator: torch.Generator
) -> tuple[dict[str, float], float]:
    """Return what ``mean_losses`` does, and the weight of all rows."""
    totals: dict[str, Tensor] = {}
    weights: float | Tensor = 0.0
    with torch.inference_mode():
        for _, block in rows.blocks():
            loss, parts = model.validation_loss(block, generator)
            weight = weight_of(model, block)
            weights = weights + weight
            for name, value in {"loss": loss, **parts}.items():
                # Summed on the device: reading the value of each block would synchronise each time.
                of_block = value.double() * weight
                totals[name] = totals[name] + of_block if name in totals else of_block
    return {name: float(total / weights) for name, total in totals.items()}, float(weights)


def _validated(model: Trainable, rows: Rows | None, seed: int, epoch: int, ranks: Ranks) -> Record:
    if not rows:
        return {"validation_loss": None}
    generator = torch_generator(seed, _of_rank("validation", ranks), epoch, rows.device)
    losses = ranks.means(*_weighted_losses(model, rows, generator))
    return {f"validation_{k}": v for k, v in losses.items()}


def _of_rank(purpose: str, ranks: Ranks) -> str:
    """Return the purpose of random draws: each process has draws of its own."""
    return f"{purpose} of rank {ranks.rank}" if ranks.rank else purpose


def _keep_start(state: TrainState, validation: Rows | None, seed: int, ranks: Ranks) -> None:
    """Let the initial weights be the first candidate for the best epoch."""
    state.model.train(False)
    loss = _validated(state.model, validation, seed, state.epoch, ranks)["validation_loss"]
    if math.isfinite(loss):
        state.keep(loss)


def _run_epoch(
    steps: Steps,
    state: TrainState,
    settings: Settings,
    seed: int,
    n_steps: int,
    callbacks: Sequence[Callback],
) -> tuple[Record, bool]:
    """Run the steps of the next epoch, or the remaining steps of an unfinished one.

    Returns its record, and whether a callback ended it before its last step.
    """
    begin = time.perf_counter()
    epoch, n_done = state.epoch + 1, state.step
    if not n_done:
        state.noise.manual_seed(derived_seed(seed, _of_rank("noise", steps.ranks), epoch))
    rate, sizes, is_cut = settings.learning_rate, [], False
    steps.model.train()
    with steps.epoch(epoch, seed) as batches:
        for k, batch in enumerate(batches):
            sizes.append(weight_of(steps.model, batch))
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
            asked = [callback.on_step_end(k + 1) for callback in callbacks]
            if steps.ranks.agreed(any(asked)):
                is_cut = True
                break
        # Read once per epoch: reading the loss of each step would synchronise each time.
        weights = torch.tensor([float(size) for size in sizes], dtype=torch.float64)
        total = float(weights.sum())
        means = {
            name: float(of_steps[: len(sizes)].double().cpu() @ weights) / (total or 1.0)
            for name, of_steps in state.losses.items()
        }
        means = steps.ranks.means(means, total)
    seconds = time.perf_counter() - begin
    record = {"epoch": epoch, **means, "learning_rate": rate, "seconds": seconds}
    return record, is_cut


def _note(losses: dict[str, Tensor], of_step: dict[str, Tensor], k: int, n_steps: int) -> None:
    # One tensor per name: a small tensor kept from each step would fragment the memory that
    # steps allocate and free.
    for name, loss in of_step.items():
        if name not in losses:
            losses[name] = loss.new_zeros(n_steps)
        losses[name][k] = loss


def _check_finite(record: Record, settings: Settings) -> None:
    for loss in (record["train_loss"], record["validation_loss"]):
        if loss is None or math.isfinite(loss):
            continue
        raise TrainingError(
            f"Training diverged: the loss is {loss} after epoch {record['epoch']}. "
            f"Lower `learning_rate` (now {settings.learning_rate:g}), or check the rows for "
            "extreme values."
        )


def _free(model: Trainable, optimizer: Optimizer) -> None:
    """Free gradients and optimizer buffers."""
    model.train(False)
    _call(optimizer, "detach")
    for parameter in model.parameters():
        parameter.grad = None


def _call(optimizer: Optimizer, name: str) -> None:
    method = getattr(optimizer, name, None)
    if method is not None:
        method()
