"""Optimizers by name, with their default settings."""

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
    """Interface of optimizers, which those of torch have.

    Two methods are optional: ``attach``, called at the start of training, for an optimizer that
    moves the parameters into its own memory; and ``detach``, called at the end, which gives them
    their own memory again. If ``takes_tensor_rates`` is True, the learning rate may be a tensor on
    the device of the parameters, and a step reads no value on the host, so it can be recorded.

    Attributes
    ----------
    param_groups : list of dict
        Each with its learning rate as ``lr``.
    """

    param_groups: list[dict[str, Any]]

    def zero_grad(self) -> None:
        """Clear all gradients."""

    def step(self) -> Any:
        """Update all parameters."""

    def state_dict(self) -> dict[str, Any]:
        """Return the state in the format of ``torch.optim``: ``state`` and ``param_groups``."""

    def load_state_dict(self, state_dict: Any) -> None:
        """Load a state of that format.

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


# Adam's rate is the published one. Muon's rate is the size of a step relative to the weights,
# so one value suits many shapes, but only if the schedule decays to zero.
_PLAIN = {"schedule": "constant", "warmup": 0.0, "momentum": 0.9}
_DEFAULTS: dict[str, dict[str, Any]] = {
    "adam": {"learning_rate": 1e-3, **_PLAIN},
    "adamw": {"learning_rate": 1e-3, **_PLAIN},
    "muon": {"learning_rate": 0.02, "schedule": "cosine", "warmup": 0.1, "momentum": 0.95},
    "sgd": {"learning_rate": 0.05, **_PLAIN},
}
# Few steps leave no time for a warm-up or a long memory (benchmarks/few_steps.json).
_FEW_STEPS = 500
_FOR_FEW_STEPS = {"learning_rate": 0.03, "schedule": "linear", "warmup": 0.0, "momentum": 0.9}


def defaults_of(name: str, n_steps: int | None = None) -> dict[str, Any]:
    """Return the default ``learning_rate``, ``schedule``, ``warmup`` and ``momentum``.

    Parameters
    ----------
    name : str
        One of ``OPTIMIZERS``.
    n_steps : int or None, default=None
        Number of training steps; None means many. "muon" has other defaults below 500 steps.

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
        Parameters to update.
    learning_rate : float
        Peak learning rate, before any schedule.
    weight_decay : float
        L2 penalty ("adam", "sgd") or decoupled decay ("adamw", "muon").
    momentum : float, default=0.9
        Nesterov momentum ("muon", "sgd"), or Adam's first beta.
    among : mapping of str to callable, default=None
        Optimizers by name; each is called with the parameters, ``lr``, ``momentum`` and
        ``weight_decay``. None uses ``OPTIMIZERS``.

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
    """Return a new optimizer for the parameters of a model.

    Parameters
    ----------
    model : Trainable
        Model to train.
    settings : Settings
        Optimizer with its learning rate, momentum and weight decay.
    among : mapping of str to callable, default=None
        Optimizers by name; see ``make_optimizer``.

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
    """Set the learning rate of every parameter group.

    Parameters
    ----------
    optimizer : Optimizer
        Changed in place.
    learning_rate : float or Tensor of shape ()
        Learning rate.
    """
    for group in optimizer.param_groups:
        group["lr"] = learning_rate
