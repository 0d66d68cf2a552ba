"""Random generators derived from (seed, purpose, epoch), the only randomness in Isthmus.

Every draw can be derived again from these three values, so resuming needs no saved generator
state, and no draw depends on earlier draws for another purpose.
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
    """Return an integer seed for scikit-learn's ``random_state``.

    Parameters
    ----------
    random_state : None, int, numpy.random.RandomState or numpy.random.Generator
        None draws a seed from the operating system, not from NumPy's global state. A RandomState
        or Generator is advanced by one draw.

    Returns
    -------
    int
        In ``[0, 2**32)`` unless a larger int was given.

    Raises
    ------
    UsageError
        For any other type or a negative int.
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
    """Return the seed for a purpose and an epoch, statistically independent of all others."""
    key = [seed, zlib.crc32(purpose.encode()), epoch]
    return int(np.random.SeedSequence(key).generate_state(1, np.uint64)[0] >> np.uint64(1))


def numpy_generator(seed: int, purpose: str, epoch: int = 0) -> np.random.Generator:
    """Return a NumPy generator for a purpose and an epoch."""
    return np.random.default_rng(derived_seed(seed, purpose, epoch))


def torch_generator(
    seed: int, purpose: str, epoch: int = 0, device: torch.device | str = "cpu"
) -> torch.Generator:
    """Return a torch generator for a purpose and an epoch, on the device that draws."""
    import torch

    return torch.Generator(device).manual_seed(derived_seed(seed, purpose, epoch))
