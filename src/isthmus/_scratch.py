"""Memory that is used again from one training step to the next."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["Scratch"]


class Scratch:
    """A matrix that keeps its memory between uses.

    What is allocated anew in each step may be given back to the system after it and mapped again,
    page by page, in the next: for 256 rows of 784 numbers that takes longer than a pass over
    them.
    """

    def __init__(self) -> None:
        self._memory = torch.empty(0, 0)

    def matrix(self, n_rows: int, width: int, like: Tensor) -> Tensor:
        """Return an uninitialised matrix; the next call may return the same memory.

        Parameters
        ----------
        n_rows, width : int
            Its shape; memory for the most rows so far is kept.
        like : Tensor
            Gives its type and device.

        Returns
        -------
        Tensor of shape (n_rows, width)
        """
        memory = self._memory
        if (
            memory.shape[0] < n_rows
            or memory.shape[1] != width
            or memory.dtype != like.dtype
            or memory.device != like.device
        ):
            memory = self._memory = like.new_empty(n_rows, width)
        return memory if memory.shape[0] == n_rows else memory[:n_rows]
