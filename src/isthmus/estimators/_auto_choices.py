"""Resolution of "auto" parameters."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from scipy import sparse

from .._chunks import ChunkedRows
from .._row_blocks import row_blocks
from ..errors import UsageError
from ..preprocessing import Scaling

__all__ = [
    "auto_batch_size",
    "auto_epochs",
    "auto_latent_dim",
    "auto_supervised_epochs",
    "is_mostly_zero",
    "resolve_device",
    "square_picture",
]


def auto_batch_size(n_rows: int) -> int:
    """Return about a tenth of the rows, rounded to a power of two from 32 to 512."""
    return int(2 ** min(9, max(5, math.floor(math.log2(max(1, n_rows / 10))))))


def auto_epochs(n_steps_per_epoch: int) -> int:
    """Return the number of epochs that gives about 1,200 steps, from 10 to 100."""
    return min(100, max(10, math.ceil(1200 / n_steps_per_epoch)))


def auto_supervised_epochs(n_steps_per_epoch: int) -> int:
    """Return the number of epochs that gives about 2,400 steps, from 10 to 400."""
    return min(400, max(10, math.ceil(2400 / n_steps_per_epoch)))


def auto_latent_dim(n_features: int) -> int:
    """Return the default code size of an ``Autoencoder``.

    Parameters
    ----------
    n_features : int
        Number of features.

    Returns
    -------
    int
        A quarter of the features, rounded up, at most 32.
    """
    return min(32, math.ceil(n_features / 4))


def square_picture(n_features: int) -> tuple[int, ...] | None:
    """Return the shape of a square picture, grey or in colour, with that many values, or None."""
    for channels in (1, 3):
        side = math.isqrt(n_features // channels)
        if side * side * channels == n_features:
            return (side, side) if channels == 1 else (side, side, channels)
    return None


def is_mostly_zero(X: Any, scaling: Scaling) -> bool:
    """Return whether less than a tenth of the scaled values differ from 0."""
    if scaling.scaled(np.zeros((1, X.shape[1]))).any():
        return False
    if sparse.issparse(X):
        n_nonzero = X.nnz
    elif isinstance(X, ChunkedRows):
        n_nonzero = X.statistics.n_nonzero.sum()
    else:
        n_nonzero = sum(np.count_nonzero(block) for block in row_blocks(X))
    return bool(n_nonzero < 0.1 * X.shape[0] * X.shape[1])


def resolve_device(name: str) -> torch.device:
    """Return a torch device by name.

    Parameters
    ----------
    name : str
        As in torch, or "auto": a CUDA device if there is one.

    Returns
    -------
    torch.device

    Raises
    ------
    UsageError
        If torch cannot use it on this machine.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, TypeError, NotImplementedError):
        raise UsageError(
            "`device` must be 'auto' or a device that torch can use on this machine, such as "
            f"'cpu'. Got {name!r}."
        ) from None
    return device
