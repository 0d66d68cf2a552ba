"""Allocation of intermediate tensors."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["FRESH", "FreshMemory", "Memory"]


class Memory(Protocol):
    """Allocator of tensors by name, which may reuse memory per name."""

    def empty(self, name: Hashable, shape: Sequence[int], like: Tensor) -> Tensor:
        """Return an uninitialised tensor.

        Parameters
        ----------
        name : hashable
            Purpose of the tensor. A later call with the same name may return the same memory.
        shape : sequence of int
            Shape; the first axis is rows.
        like : Tensor
            Gives the dtype and the device.

        Returns
        -------
        Tensor of the given shape, contiguous
        """


class FreshMemory:
    """Allocator that returns a new tensor on every call."""

    def empty(self, name: Hashable, shape: Sequence[int], like: Tensor) -> Tensor:
        """Return a new uninitialised tensor; see ``Memory.empty``."""
        return like.new_empty(tuple(shape))

    def __repr__(self) -> str:
        return "FRESH"


FRESH = FreshMemory()
