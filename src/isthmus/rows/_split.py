"""Random split into training and held-out rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._random import numpy_generator

__all__ = ["split_rows"]


def split_rows(
    n_samples: int, fraction: float, *, seed: int, purpose: str
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Choose rows at random to hold out.

    Parameters
    ----------
    n_samples : int
        Number of rows.
    fraction : float
        Fraction to hold out, in [0, 1); rounded down to whole rows.
    seed : int
        Seed; the draw only depends on it and on ``purpose``.
    purpose : str
        Purpose of the split, for example "validation".

    Returns
    -------
    tuple of two ndarrays
        Indices to keep and indices to hold out, each sorted.
    """
    n_held_out = int(n_samples * fraction + 1e-9)
    order = numpy_generator(seed, purpose).permutation(n_samples)
    return np.sort(order[n_held_out:]), np.sort(order[:n_held_out])
