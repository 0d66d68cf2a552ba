"""Sums of tensors over the processes of a training."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor

if TYPE_CHECKING:
    from ._ranks import ProcessRanks

__all__ = ["AllReduce", "MakeSum", "TensorSum", "views_of"]


class TensorSum(Protocol):
    """Sum over the processes of a list of tensors, which each of them has, step after step."""

    @property
    def own(self) -> list[Tensor]:
        """Tensors of this process, to be written before ``add``; others after it."""

    def add(self, out: list[Tensor]) -> None:
        """Write the sums over all processes, the same bytes in all of them.

        Parameters
        ----------
        out : list of Tensor
            Of the shapes of ``own``.
        """


class AllReduce:
    """Sum by an all-reduce of ``torch.distributed``, of one vector.

    Parameters
    ----------
    ranks : ProcessRanks
        Processes whose tensors are added.
    like : list of Tensor
        Of the shapes, type and device of the tensors.
    """

    def __init__(self, ranks: ProcessRanks, like: list[Tensor]) -> None:
        self._ranks = ranks
        self._vector = like[0].new_empty(sum(t.numel() for t in like))
        self.own = views_of(self._vector, like)

    def add(self, out: list[Tensor]) -> None:
        """Write the sums over all processes."""
        self._ranks.sum(self._vector)
        torch._foreach_copy_(out, self.own)


def views_of(vector: Tensor, like: list[Tensor]) -> list[Tensor]:
    """Return views of a vector, one behind the other.

    Parameters
    ----------
    vector : Tensor of shape (n,)
        At least as long as all of them.
    like : list of Tensor
        Of the shapes of the views.

    Returns
    -------
    list of Tensor
    """
    sizes = [t.numel() for t in like]
    parts = vector[: sum(sizes)].split(sizes)
    return [part.view(t.shape) for part, t in zip(parts, like, strict=True)]


MakeSum = Callable[["ProcessRanks", list[Tensor]], TensorSum]
