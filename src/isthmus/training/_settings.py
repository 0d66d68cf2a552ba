"""Training settings."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Settings"]


@dataclass(frozen=True)
class Settings:
    """Training settings: the estimator parameters of the same names, with "auto" resolved.

    Attributes
    ----------
    epochs, batch_size : int
        Maximum number of passes over the rows; rows per step.
    optimizer : str
        One of ``OPTIMIZERS``.
    learning_rate : float
        Peak learning rate.
    schedule : str
        One of ``SCHEDULES``.
    warmup, weight_decay : float
        Fraction of the steps with increasing learning rate; weight decay.
    patience : int or None
        Epochs to wait for a lower validation loss; None never stops early.
    momentum : float
        Decay rate of the running mean of the gradients.
    keeps_start : bool
        Whether the initial weights count as an epoch for early stopping, so that a training which
        never lowers the validation loss keeps them.
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
    keeps_start: bool = False
