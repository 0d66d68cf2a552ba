"""Learning-rate schedules by name."""

from __future__ import annotations

import math
from collections.abc import Callable

__all__ = ["SCHEDULES", "scheduled_rate"]

# The share of the full learning rate, from the share of training that is done (0 to 1).
SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": lambda done: 1.0,
    "linear": lambda done: 1.0 - done,
    "cosine": lambda done: 0.5 * (1.0 + math.cos(math.pi * done)),
}


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
