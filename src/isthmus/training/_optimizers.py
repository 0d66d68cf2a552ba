"""Optimizers by name, and their default settings."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW

from ._muon import Muon
from ._settings import Settings
from ._trainable import Trainable

__all__ = [
    "OPTIMIZERS",
    "MakeOptimizer",
    "Optimizer",
    "defaults_of",
    "make_optimizer",
    "new_optimizer",
    "set_rate",
]


class Optimizer(Protocol):
    """What the loop requires of an optimizer; those of torch have it.

    Two methods are optional: ``attach``, called when a training begins, for an optimizer that moves
    the parameters into memory of its own; and ``detach``, called when it ends, which gives them
    memory of their own again. Where ``takes_tensor_rates`` is True, the rate may be a tensor on the
    device of the parameters, and a step reads no number on the host: it can be recorded.

    Attributes
    ----------
    param_groups : list of dict
        Each with the learning rate ``lr``.
    """

    param_groups: list[dict[str, Any]]

    def zero_grad(self) -> None:
        """Clear all gradients."""

    def step(self) -> Any:
        """Update all parameters by their gradients."""

    def state_dict(self) -> dict[str, Any]:
        """Return the state in the format of ``torch.optim``: ``state`` and ``param_groups``."""

    def load_state_dict(self, state_dict: Any) -> None:
        """Take over a state of that format.

        Parameters
        ----------
        state_dict : dict
            With ``state`` and ``param_groups``.
        """


MakeOptimizer = Callable[..., Optimizer]


def _adam(
    kind: Callable[..., Any],
    parameters: list[nn.Parameter],
    lr: float,
    momentum: float,
    **kwargs: Any,
) -> Optimizer:
    made: Optimizer = kind(parameters, lr=lr, betas=(momentum, 0.999), **kwargs)
    return made


def _sgd(parameters: list[nn.Parameter], lr: float, momentum: float, **kwargs: Any) -> Optimizer:
    return SGD(parameters, lr=lr, momentum=momentum, nesterov=momentum > 0, **kwargs)


OPTIMIZERS: dict[str, MakeOptimizer] = {
    "adam": functools.partial(_adam, Adam),
    "adamw": functools.partial(_adam, AdamW),
    "muon": Muon,
    "sgd": _sgd,
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
    """Return the default ``learning_rate``, ``schedule``, ``warmup`` and ``momentum``.

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
    among: Mapping[str, MakeOptimizer] | None = None,
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
    among : mapping of str to callable, default=None
        The optimizers by name; each is called with the parameters, ``lr``, ``momentum`` and
        ``weight_decay``. None stands for ``OPTIMIZERS``.

    Returns
    -------
    Optimizer
    """
    return (OPTIMIZERS if among is None else among)[name](
        list(parameters), lr=learning_rate, momentum=momentum, weight_decay=weight_decay
    )


def new_optimizer(
    model: Trainable, settings: Settings, among: Mapping[str, MakeOptimizer] | None = None
) -> Optimizer:
    """Return an optimizer of the parameters of a model.

    Parameters
    ----------
    model : Trainable
        What is to be trained.
    settings : Settings
        Which optimizer, with which rate, momentum and decay.
    among : mapping of str to callable, default=None
        The optimizers by name; see ``make_optimizer``.

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
        among=among,
    )


def set_rate(optimizer: Optimizer, learning_rate: float | Tensor) -> None:
    """Give every parameter group the same learning rate.

    Parameters
    ----------
    optimizer : Optimizer
        Changed in place.
    learning_rate : float or Tensor of shape ()
        The rate.
    """
    for group in optimizer.param_groups:
        group["lr"] = learning_rate
