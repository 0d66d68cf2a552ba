"""Which rows train, and which are held out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._random import numpy_generator

__all__ = ["split_rows"]


def split_rows(
    n_samples: int, fraction: float, *, seed: int, purpose: str
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Choose rows at random to be held out.

    Parameters
    ----------
    n_samples : int
        How many rows there are.
    fraction : float
        Share to hold out, in [0, 1); rounded down to whole rows.
    seed : int
        The draw depends on it and on ``purpose`` alone.
    purpose : str
        What the split is for, for example "validation".

    Returns
    -------
    tuple of two ndarrays
        Indices that stay and indices held out, each sorted.
    """
    n_held_out = int(n_samples * fraction + 1e-9)
    order = numpy_generator(seed, purpose).permutation(n_samples)
    return np.sort(order[n_held_out:]), np.sort(order[:n_held_out])
