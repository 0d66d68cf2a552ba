"""Where intermediate tensors get their memory from."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["FRESH", "FreshMemory", "Memory"]


class Memory(Protocol):
    """Allocates tensors by name; an implementation may reuse the memory of a name."""

    def empty(self, name: Hashable, shape: Sequence[int], like: Tensor) -> Tensor:
        """Return an uninitialised tensor.

        Parameters
        ----------
        name : hashable
            What the tensor is for. A later call with the same name may return the same memory.
        shape : sequence of int
            Its shape; the first axis counts rows.
        like : Tensor
            Gives the dtype and the device.

        Returns
        -------
        Tensor of the given shape, contiguous
        """


class FreshMemory:
    """Allocates a new tensor in every call."""

    def empty(self, name: Hashable, shape: Sequence[int], like: Tensor) -> Tensor:
        """Return a new uninitialised tensor; see ``Memory.empty``."""
        return like.new_empty(tuple(shape))

    def __repr__(self) -> str:
        return "FRESH"


FRESH = FreshMemory()
