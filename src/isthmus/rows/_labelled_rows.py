"""Rows with their classes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ._batches import batch_indices
from ._rows import RandomAccessRows

__all__ = ["LabelledRows"]

_Pair = tuple[Tensor, Tensor]


class LabelledRows:
    """Rows with their classes: batches and blocks are pairs; see ``isthmus.rows.Rows``.

    Parameters
    ----------
    rows : RandomAccessRows
        The rows.
    classes : ndarray of shape (n_samples,), int64
        Class of each row, from 0.
    """

    def __init__(self, rows: RandomAccessRows, classes: NDArray[np.int64]) -> None:
        self.rows, self.device = rows, rows.device
        self._classes = torch.from_numpy(classes).to(rows.device)

    @property
    def are_kept(self) -> bool:
        """Whether all rows are on the device."""
        return self.rows.are_kept

    def __len__(self) -> int:
        return len(self.rows)

    def select(self, indices: NDArray[np.intp]) -> Self:
        """Return some of the rows with their classes; see ``Rows.select``."""
        classes = self._classes.cpu().numpy()[indices]
        return type(self)(self.rows.select(indices), classes)

    def take(self, indices: Tensor) -> _Pair:
        """Return the rows at given indices and their classes; see ``RandomAccessRows.take``."""
        return self.rows.take(indices), self._classes[indices.to(self.device)]

    def batches(
        self, epoch: int, seed: int, batch_size: int, *, rank: int = 0, world: int = 1
    ) -> Iterator[_Pair]:
        """Yield the rows of one epoch in random order, with their classes; see ``Rows.batches``."""
        parts = batch_indices(len(self), epoch, seed, batch_size, rank=rank, world=world)
        for indices in parts:
            yield self.take(indices)

    def blocks(self, *, padded: bool = False) -> Iterator[tuple[slice, _Pair]]:
        """Yield all rows in order, with their classes; see ``Rows.blocks``.

        Padding rows have class 0.
        """
        for where, block in self.rows.blocks(padded=padded):
            classes = self._classes[where]
            missing = len(block) - len(classes)
            if missing:
                classes = torch.cat([classes, classes.new_zeros(missing)])
            yield where, (block, classes)
