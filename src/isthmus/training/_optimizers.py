"""Optimizers and learning-rate schedules by name."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from torch import Tensor, nn
from torch.optim import SGD

from ._adam import Adam
from ._muon import Muon

__all__ = ["OPTIMIZERS", "SCHEDULES", "Optimizer", "defaults_of", "make_optimizer"]


class Optimizer(Protocol):
    """What the loop asks of an optimizer; torch's own answer to it too.

    One that keeps the parameters' values elsewhere also has ``attach``, which takes their present
    values over. One whose ``takes_tensor_rates`` is True can be given a rate as a tensor on the
    parameters' device, and then looks at no number there: its steps can be recorded.
    """

    param_groups: list[dict[str, Any]]

    def zero_grad(self) -> None:
        """Clear all gradients."""

    def step(self) -> Any:
        """Update all parameters by their gradients, at each group's rate ``lr``."""


def _sgd(parameters: list[nn.Parameter], lr: float, momentum: float, **kwargs: Any) -> Optimizer:
    return SGD(parameters, lr=lr, momentum=momentum, nesterov=momentum > 0, **kwargs)


OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "adam": Adam,
    "adamw": functools.partial(Adam, decoupled=True),
    "muon": Muon,
    "sgd": _sgd,
}

# The share of the full learning rate, from the share of training that is done (0 to 1).
SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": lambda done: 1.0,
    "linear": lambda done: 1.0 - done,
    "cosine": lambda done: 0.5 * (1.0 + math.cos(math.pi * done)),
}


# Adam's is the rate that it was published with. Muon's rate is a step's size relative to the
# weights' own, so that one figure suits many shapes, but only if it falls to nothing at the end.
_PLAIN = {"schedule": "constant", "warmup": 0.0, "momentum": 0.9}
_DEFAULTS: dict[str, dict[str, Any]] = {
    "adam": {"learning_rate": 1e-3, **_PLAIN},
    "adamw": {"learning_rate": 1e-3, **_PLAIN},
    "muon": {"learning_rate": 0.02, "schedule": "cosine", "warmup": 0.1, "momentum": 0.95},
    "sgd": {"learning_rate": 0.05, **_PLAIN},
}
# With few steps there is no time for a warm-up or a long memory (benchmarks/few_steps.json).
_FEW_STEPS = 500
_FOR_FEW_STEPS = {"learning_rate": 0.03, "schedule": "linear", "warmup": 0.0, "momentum": 0.9}


def defaults_of(name: str, n_steps: int | None = None) -> dict[str, Any]:
    """Return an optimizer's own ``learning_rate``, ``schedule``, ``warmup`` and ``momentum``.

    Parameters
    ----------
    name : str
        One of ``OPTIMIZERS``.
    n_steps : int or None, default=None
        Steps of the training; None stands for many. "muon" has others for fewer than 500.

    Returns
    -------
    dict
    """
    if name == "muon" and n_steps is not None and n_steps < _FEW_STEPS:
        return dict(_FOR_FEW_STEPS)
    return dict(_DEFAULTS[name])


def make_optimizer(
    name: str,
    parameters: Iterable[nn.Parameter],
    *,
    learning_rate: float,
    weight_decay: float,
    momentum: float = 0.9,
) -> Optimizer:
    """Build an optimizer.

    Parameters
    ----------
    name : str
        One of ``OPTIMIZERS``.
    parameters : iterable of torch.nn.Parameter
        What it updates.
    learning_rate : float
        The full rate, before any schedule.
    weight_decay : float
        L2 penalty ("adam", "sgd") or decoupled decay ("adamw", "muon").
    momentum : float, default=0.9
        In Nesterov's form ("muon", "sgd"), or Adam's first constant.

    Returns
    -------
    Optimizer
    """
    return OPTIMIZERS[name](
        list(parameters), lr=learning_rate, momentum=momentum, weight_decay=weight_decay
    )


def scheduled_rate(
    schedule: str, step: int, n_steps: int, *, learning_rate: float, warmup: float
) -> float:
    """Return the learning rate of one step: a linear warm-up, then the schedule.

    Parameters
    ----------
    schedule : str
        One of ``SCHEDULES``.
    step : int
        Counted from 0 over the whole of training.
    n_steps : int
        Steps in the whole of training.
    learning_rate : float
        The full rate.
    warmup : float
        Share of the steps in which the rate grows to its full size, in [0, 1).

    Returns
    -------
    float
    """
    n_warmup = math.ceil(warmup * n_steps)
    if step < n_warmup:
        return learning_rate * (step + 1) / n_warmup
    return learning_rate * SCHEDULES[schedule]((step - n_warmup) / max(1, n_steps - n_warmup))


def set_rate(optimizer: Optimizer, learning_rate: float | Tensor) -> None:
    """Give every parameter group the same learning rate."""
    for group in optimizer.param_groups:
        group["lr"] = learning_rate
