"""How to train."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Settings"]


@dataclass(frozen=True)
class Settings:
    """How to train: the parameters of an estimator of the same names, "auto" resolved.

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
        Decay constant of the running mean of the gradients.
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
