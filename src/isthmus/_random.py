"""Generators derived from (seed, purpose, epoch): the only source of random numbers in Isthmus.

Since every draw can be derived again from three facts, resuming needs no saved generator, and no
draw depends on how many were made before it for another purpose.
"""

from __future__ import annotations

import secrets
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import UsageError

if TYPE_CHECKING:
    import torch

__all__ = ["derived_seed", "numpy_generator", "resolve_seed", "torch_generator"]


def resolve_seed(random_state: Any) -> int:
    """Turn scikit-learn's ``random_state`` into one seed.

    Parameters
    ----------
    random_state : None, int, numpy.random.RandomState or numpy.random.Generator
        None draws from the operating system, not from NumPy's global state; a RandomState or a
        Generator gives one draw, and is advanced by it.

    Returns
    -------
    int
        In ``[0, 2**32)`` unless a larger int was given.

    Raises
    ------
    UsageError
        For anything else, and for a negative int.
    """
    if random_state is None:
        return secrets.randbits(32)
    if isinstance(random_state, int | np.integer) and not isinstance(random_state, bool):
        if random_state < 0:
            raise UsageError(f"`random_state` must not be negative. Got {random_state}.")
        return int(random_state)
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(0, 2**32, dtype=np.uint32))
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(0, 2**32))
    raise UsageError(
        "`random_state` must be None, an int, a numpy.random.RandomState or a "
        f"numpy.random.Generator. Got {random_state!r}."
    )


def derived_seed(seed: int, purpose: str, epoch: int = 0) -> int:
    """Return the seed of one purpose in one epoch, statistically independent of all others."""
    key = [seed, zlib.crc32(purpose.encode()), epoch]
    return int(np.random.SeedSequence(key).generate_state(1, np.uint64)[0] >> np.uint64(1))


def numpy_generator(seed: int, purpose: str, epoch: int = 0) -> np.random.Generator:
    """Return NumPy's generator for one purpose in one epoch."""
    return np.random.default_rng(derived_seed(seed, purpose, epoch))


def torch_generator(
    seed: int, purpose: str, epoch: int = 0, device: torch.device | str = "cpu"
) -> torch.Generator:
    """Return torch's generator for one purpose in one epoch, on the device that will draw."""
    import torch

    return torch.Generator(device).manual_seed(derived_seed(seed, purpose, epoch))
