"""Values of black and white in figures of pictures."""

from __future__ import annotations

from typing import Any

__all__ = ["value_range"]


def value_range(estimator: Any) -> tuple[float, float] | None:
    """Return the values of black and white in training; None if they have no common scale.

    Parameters
    ----------
    estimator : estimator
        Fitted.

    Returns
    -------
    tuple of two floats or None
    """
    scaling = estimator.scaling_
    if scaling.kind not in ("unit", "symmetric"):
        return None
    middle, step = float(scaling.shift[0]), float(scaling.scale[0])
    return middle if scaling.kind == "unit" else middle - step, middle + step
