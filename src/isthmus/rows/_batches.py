"""Assignment of rows to the batches of an epoch."""

from __future__ import annotations

import torch
from torch import Tensor

from .._random import torch_generator
from ..errors import DataError

__all__ = ["batch_indices", "batch_sizes", "n_batches"]


def n_batches(n_rows: int, batch_size: int, *, world: int = 1) -> int:
    """Return the number of batches in an epoch, which is the same for all ranks.

    Parameters
    ----------
    n_rows : int
        Total number of rows.
    batch_size : int
        Rows per batch, over all ranks together.
    world : int, default=1
        Number of processes that share the rows.

    Returns
    -------
    int

    Raises
    ------
    DataError
        If there are fewer rows than processes.
    """
    return len(batch_sizes(n_rows, batch_size, world))


def batch_indices(
    n_rows: int, epoch: int, seed: int, batch_size: int, *, rank: int = 0, world: int = 1
) -> list[Tensor]:
    """Return the indices of the rows of each batch, in random order.

    Parameters
    ----------
    n_rows : int
        Total number of rows.
    epoch, seed : int
        Determine the order.
    batch_size : int
        Rows per batch, over all ranks together. The last batch may be smaller; if it has fewer
        rows than there are ranks, they are added to the batch before.
    rank : int, default=0
        Index of this process, from 0; it gets every ``world``-th row of a batch.
    world : int, default=1
        Number of processes that share the rows.

    Returns
    -------
    list of Tensor of shape (n,), int64
        On the CPU; each has at least one row.

    Raises
    ------
    DataError
        If there are fewer rows than processes.
    """
    sizes = batch_sizes(n_rows, batch_size, world)
    order = torch.randperm(n_rows, generator=torch_generator(seed, "shuffle", epoch))
    return [batch[rank::world] for batch in order.split(sizes)]


def batch_sizes(n_rows: int, batch_size: int, world: int) -> list[int]:
    """Return the number of rows of each batch of an epoch, over all ranks together.

    Parameters
    ----------
    n_rows, batch_size, world : int
        As for ``batch_indices``.

    Returns
    -------
    list of int

    Raises
    ------
    DataError
        If there are fewer rows than processes.
    """
    if n_rows < world:
        raise DataError(
            f"Training with {world} processes requires at least {world} rows. Got {n_rows}."
        )
    full, rest = divmod(n_rows, max(batch_size, world))
    sizes = [max(batch_size, world)] * full
    if rest >= world or not sizes:
        return [*sizes, rest] if rest else sizes
    sizes[-1] += rest
    return sizes
