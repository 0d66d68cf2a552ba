"""Protocols of rows and of their encoders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

__all__ = ["Encoder", "RandomAccessRows", "Rows"]


class Encoder(Protocol):
    """Encodes raw rows for a network.

    Three members are optional. ``encoded_shape``, a tuple of int, is the shape of one encoded row;
    without it, encoded rows have the shape of raw ones. ``single()`` returns a shift and a factor
    in single precision, for rows of bytes whose encoding is ``(x - shift) * factor``; they are then
    kept as bytes and encoded where they are used. ``is_slow``, a bool, asks for rows that are read
    repeatedly to be encoded only once, in a temporary file if they are many.
    """

    def encode(self, block: NDArray[Any]) -> NDArray[np.float32]:
        """Encode a block of raw rows.

        Parameters
        ----------
        block : ndarray of shape (n, ...)
            Raw rows, dense.

        Returns
        -------
        ndarray of shape (n, ...), float32
            A new array.
        """


class Rows(Protocol):
    """Rows for a network, encoded as they are read; a batch is whatever the objective takes.

    Attributes
    ----------
    device : torch.device
        Device of batches and blocks.
    """

    device: torch.device

    def __len__(self) -> int: ...

    def select(self, indices: NDArray[np.intp]) -> Self:
        """Return some of the rows, without a copy.

        Parameters
        ----------
        indices : ndarray of shape (n,), int
            Indices of the rows, in the desired order.

        Returns
        -------
        Rows
        """

    def batches(
        self, epoch: int, seed: int, batch_size: int, *, rank: int = 0, world: int = 1
    ) -> Iterator[Any]:
        """Yield the rows of one epoch in random order, batch by batch.

        Parameters
        ----------
        epoch, seed : int
            Determine the order.
        batch_size : int
            Rows per batch, over all ranks together; the last batch may be smaller.
        rank, world : int
            Index of this process and number of processes; each gets its share of every batch.

        Yields
        ------
        Tensor or tuple of Tensor
            The next batch may overwrite it.
        """

    def blocks(self, *, padded: bool = False) -> Iterator[tuple[slice, Any]]:
        """Yield all rows in order, ``block_size`` at a time.

        Parameters
        ----------
        padded : bool, default=False
            Whether to pad the last block with rows of zeros.

        Yields
        ------
        tuple of slice and Tensor
            Slice of the rows, and the rows, possibly followed by padding. The next block may
            overwrite them.
        """


class RandomAccessRows(Rows, Protocol):
    """Rows with random access.

    Attributes
    ----------
    are_kept : bool
        Whether all rows are on the device.
    """

    @property
    def are_kept(self) -> bool:
        """Whether all rows are on the device."""

    def take(self, indices: Tensor) -> Any:
        """Return the rows at given indices.

        Parameters
        ----------
        indices : Tensor of shape (n,), int64
            Indices from 0.

        Returns
        -------
        Tensor or tuple of Tensor
            A batch; the next one may overwrite it.
        """
