"""Learning-rate schedules by name."""

from __future__ import annotations

import math
from collections.abc import Callable

__all__ = ["SCHEDULES", "scheduled_rate"]

# Fraction of the peak learning rate, as a function of training progress (0 to 1).
SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": lambda done: 1.0,
    "linear": lambda done: 1.0 - done,
    "cosine": lambda done: 0.5 * (1.0 + math.cos(math.pi * done)),
}


def scheduled_rate(
    schedule: str, step: int, n_steps: int, *, learning_rate: float, warmup: float
) -> float:
    """Return the learning rate of a step: linear warm-up, then the schedule.

    Parameters
    ----------
    schedule : str
        One of ``SCHEDULES``.
    step : int
        Index of the step, from 0, over all epochs.
    n_steps : int
        Total number of steps.
    learning_rate : float
        Peak learning rate.
    warmup : float
        Fraction of the steps with increasing learning rate, in [0, 1).

    Returns
    -------
    float
    """
    n_warmup = math.ceil(warmup * n_steps)
    if step < n_warmup:
        return learning_rate * (step + 1) / n_warmup
    return learning_rate * SCHEDULES[schedule]((step - n_warmup) / max(1, n_steps - n_warmup))
