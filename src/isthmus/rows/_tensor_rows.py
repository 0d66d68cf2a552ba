"""Rows of several tensors in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ._batches import batch_indices
from ._block_size import block_size

__all__ = ["TensorRows"]


class TensorRows:
    """Rows of several tensors: batches and blocks are tuples; see ``isthmus.rows.Rows``.

    Parameters
    ----------
    *tensors : Tensor of shape (n_samples, ...)
        On one device, with as many rows each.
    """

    def __init__(self, *tensors: Tensor) -> None:
        self._tensors, self.device = tensors, tensors[0].device

    @property
    def are_kept(self) -> bool:
        """Whether all rows are on the device."""
        return True

    def __len__(self) -> int:
        return len(self._tensors[0])

    def select(self, indices: NDArray[np.intp]) -> Self:
        """Return some of the rows, as a copy; see ``Rows.select``."""
        return type(self)(*self.take(torch.from_numpy(indices)))

    def take(self, indices: Tensor) -> tuple[Tensor, ...]:
        """Return the rows at given indices; see ``RandomAccessRows.take``."""
        own = indices.to(self.device)
        return tuple(tensor.index_select(0, own) for tensor in self._tensors)

    def batches(
        self, epoch: int, seed: int, batch_size: int, *, rank: int = 0, world: int = 1
    ) -> Iterator[tuple[Tensor, ...]]:
        """Yield the rows of one epoch in random order; see ``Rows.batches``."""
        parts = batch_indices(len(self), epoch, seed, batch_size, rank=rank, world=world)
        for indices in parts:
            yield self.take(indices)

    def blocks(self, *, padded: bool = False) -> Iterator[tuple[slice, tuple[Tensor, ...]]]:
        """Yield all rows in order, block by block; see ``Rows.blocks``."""
        step = block_size(self._tensors[0][0].numel())
        for start in range(0, len(self), step):
            where = slice(start, min(start + step, len(self)))
            parts = tuple(tensor[where] for tensor in self._tensors)
            n_lacking = step - len(parts[0])
            if padded and n_lacking:
                parts = tuple(
                    torch.cat([part, part.new_zeros(n_lacking, *part.shape[1:])]) for part in parts
                )
            yield where, parts
