"""Base class of dense and sparse rows: order, batches and blocks."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .._random import numpy_generator
from ._batches import batch_indices
from ._block_size import block_size
from ._rows import Encoder

__all__ = ["EncodedRows"]


class EncodedRows(ABC):
    """Rows of an array, encoded as they are read; see ``isthmus.rows.Rows``.

    Parameters
    ----------
    X : ndarray or CSR array of shape (n_samples, ...)
        Raw rows, any real dtype; never modified.
    encoder : Encoder
        Encoder of every row that is read.
    device : torch.device or str, default="cpu"
        Device of batches and blocks.
    indices : ndarray of shape (n,), int, default=None
        Indices of the rows of ``X``, in this order; None for all.
    """

    def __init__(
        self,
        X: Any,
        encoder: Encoder,
        *,
        device: torch.device | str = "cpu",
        indices: NDArray[np.intp] | None = None,
    ) -> None:
        self._X, self._encoder = X, encoder
        self.device = torch.device(device)
        self._indices = indices
        self.shape: tuple[int, ...] = getattr(encoder, "encoded_shape", None) or X.shape[1:]
        self.n_features = math.prod(self.shape)

    @property
    def are_kept(self) -> bool:
        """Whether all rows are on the device."""
        return False

    def __len__(self) -> int:
        return int(self._X.shape[0]) if self._indices is None else len(self._indices)

    @abstractmethod
    def select(self, indices: NDArray[np.intp]) -> Self:
        """Return some of the rows, without a copy; see ``Rows.select``."""

    @abstractmethod
    def take(self, indices: Tensor) -> Tensor:
        """Return the rows at given indices, (n, ...), float32; see ``RandomAccessRows.take``."""

    @abstractmethod
    def _block(self, where: slice) -> Tensor:
        """Return consecutive rows."""

    def batches(
        self, epoch: int, seed: int, batch_size: int, *, rank: int = 0, world: int = 1
    ) -> Iterator[Tensor]:
        """Yield the rows of one epoch in random order; see ``Rows.batches``."""
        parts = batch_indices(len(self), epoch, seed, batch_size, rank=rank, world=world)
        for indices in parts:
            yield self.take(indices)

    def blocks(self, *, padded: bool = False) -> Iterator[tuple[slice, Tensor]]:
        """Yield all rows in order, ``block_size`` at a time; see ``Rows.blocks``."""
        step = block_size(self.n_features)
        for start in range(0, len(self), step):
            where = slice(start, min(start + step, len(self)))
            rows = self._block(where)
            missing = step - len(rows)
            if padded and missing:
                rows = torch.cat([rows, rows.new_zeros(missing, *self.shape)])
            yield where, rows

    def sample(self, most: int, *, seed: int, purpose: str) -> Tensor:
        """Return a random sample of the rows, in order.

        Parameters
        ----------
        most : int
            Largest number of rows.
        seed, purpose : int, str
            Of the draw.

        Returns
        -------
        Tensor of shape (n, ...), float32
        """
        n = max(1, min(len(self), most))
        chosen = numpy_generator(seed, purpose).choice(len(self), n, replace=False)
        return self.take(torch.from_numpy(np.sort(chosen)).to(self.device))

    def raw(self, where: slice) -> Any:
        """Return consecutive raw rows; of rows that are streamed, those of the last block.

        Parameters
        ----------
        where : slice
            As yielded by ``blocks``.

        Returns
        -------
        ndarray or CSR array of shape (n, ...)
        """
        return self._raw(where)

    def _chosen(self, indices: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return the indices in ``X`` of selected rows of this selection."""
        return indices if self._indices is None else self._indices[indices]

    def _raw(self, where: slice | NDArray[np.intp]) -> Any:
        return self._X[where if self._indices is None else self._indices[where]]

    def _to_device(self, rows: NDArray[Any]) -> Tensor:
        return torch.from_numpy(rows).to(self.device)
