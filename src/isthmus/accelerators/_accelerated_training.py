"""Training loop with the accelerators that are on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..rows import Rows
from ..training import (
    OPTIMIZERS,
    AllReduce,
    MakeOptimizer,
    Optimizer,
    ProcessRanks,
    Ranks,
    Settings,
    Steps,
    Trainable,
    TrainState,
)
from ..training import new_optimizer as _new_optimizer
from ..training import train as _train
from ._accelerated import accelerated
from ._divided_updates import divided_updates
from ._flat_adam import FlatAdam, FlatAdamW
from ._gram_muon import GramMuon
from ._recorded_steps import RecordedSteps
from ._shared_memory_mean import fastest_mean
from ._switches import is_on

__all__ = ["new_optimizer", "optimizers", "train"]


def train(
    model: Trainable,
    rows: Rows,
    settings: Settings,
    *,
    optimizer: Optimizer | None = None,
    state: TrainState | None = None,
    ranks: Ranks | None = None,
    **options: Any,
) -> list[dict[str, Any]]:
    """Train a model like ``isthmus.training.train``, but faster.

    Parameters
    ----------
    model : Trainable
        Model to train, changed in place.
    rows : Rows
        Training rows.
    settings : Settings
        Training settings.
    optimizer : Optimizer, default=None
        Optimizer of an earlier training of this model, whose momenta are kept.
    state : TrainState, default=None
        State to resume from.
    ranks : Ranks, default=None
        Processes that share the rows of each batch; None is this one alone.
    **options
        As for ``isthmus.training.train``.

    Returns
    -------
    list of dict
        One record per epoch.

    Raises
    ------
    TrainingError
        If the loss is not finite.
    """
    faster = accelerated(model)
    if optimizer is None and state is None:
        optimizer = new_optimizer(model, settings)
    ranks = ranks or Ranks()
    try:
        return _train(
            faster,
            rows,
            settings,
            optimizer=optimizer,
            state=state,
            ranks=ranks,
            make_steps=_steps,
            **options,
        )
    finally:
        ranks.average_with(AllReduce)  # frees shared memory


def _steps(
    model: Trainable,
    rows: Rows,
    optimizer: Optimizer,
    settings: Settings,
    *,
    ranks: Ranks,
    before_step: Callable[[Trainable], object] | None,
    **options: Any,
) -> Steps:
    """Return steps of a training whose ranks have the same weights and optimizer state by now."""
    if is_on("shared-memory") and isinstance(ranks, ProcessRanks):
        units = getattr(optimizer, "units", None)
        # What is called before a step may read all gradients.
        divided = divided_updates(ranks, units()) if units and before_step is None else None
        ranks.average_with(fastest_mean if divided is None else lambda *_: divided)
    kind = RecordedSteps if is_on("cuda-graphs") else Steps
    return kind(model, rows, optimizer, settings, ranks=ranks, before_step=before_step, **options)


def new_optimizer(model: Trainable, settings: Settings) -> Optimizer:
    """Return an optimizer for the parameters of a model, accelerated if that is on.

    Parameters
    ----------
    model : Trainable
        Its parameters may become views of one vector.
    settings : Settings
        Optimizer with its learning rate, momentum and weight decay.

    Returns
    -------
    Optimizer
    """
    return _new_optimizer(model, settings, optimizers())


def optimizers() -> Mapping[str, MakeOptimizer]:
    """Return the optimizers by name, accelerated if that is on.

    Returns
    -------
    mapping of str to callable
        Each is called with the parameters, ``lr``, ``momentum`` and ``weight_decay``.
    """
    found: dict[str, MakeOptimizer] = dict(OPTIMIZERS)
    if is_on("flat-adam"):
        found |= {"adam": FlatAdam, "adamw": FlatAdamW}
    if is_on("gram-muon"):
        found |= {"muon": GramMuon}
    return found
