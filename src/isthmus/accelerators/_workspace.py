"""The one owner of memory that is reused."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence

import torch
from torch import Tensor

from .._memory import FRESH, Memory
from ._switches import is_on

__all__ = ["Workspace", "new_workspace"]


class Workspace:
    """Memory by name, reused from one call to the next; see ``isthmus._memory.Memory``.

    Memory that is allocated in each step may be returned to the system after it and mapped again,
    page by page, in the next: for 256 rows of 784 numbers that takes longer than a pass over them.
    Each training and each encoding has a workspace of its own.
    """

    def __init__(self) -> None:
        self._memory: dict[Hashable, Tensor] = {}

    def empty(self, name: Hashable, shape: Sequence[int], like: Tensor) -> Tensor:
        """Return an uninitialised tensor; the next call with the name returns the same memory.

        Parameters
        ----------
        name : hashable
            What the tensor is for.
        shape : sequence of int
            Its shape. Memory for the most rows so far is kept.
        like : Tensor
            Gives the dtype and the device.

        Returns
        -------
        Tensor of the given shape, contiguous
        """
        kept, shape = self._memory.get(name), tuple(shape)
        if (
            kept is None
            or len(kept) < shape[0]
            or kept.shape[1:] != shape[1:]
            or kept.dtype != like.dtype
            or kept.device != like.device
        ):
            # A tensor that is made in inference mode could not be written to outside of it.
            with torch.inference_mode(False):
                kept = torch.empty(shape, dtype=like.dtype, device=like.device)
            self._memory[name] = kept
        return kept if len(kept) == shape[0] else kept[: shape[0]]

    @property
    def nbytes(self) -> int:
        """The bytes of memory that are kept."""
        return sum(t.element_size() * math.prod(t.shape) for t in self._memory.values())


def new_workspace() -> Memory:
    """Return memory for one training or encoding.

    Returns
    -------
    Memory
        A ``Workspace``, or memory that is allocated in each call if "workspace" is switched off.
    """
    return Workspace() if is_on("workspace") else FRESH
