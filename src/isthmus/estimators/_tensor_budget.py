"""Limits of the memory that a network may take: that of its saved weights, and the machine's."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from numpy.typing import NDArray
from torch.overrides import TorchFunctionMode

from .._damage import DamageError
from .._machine_memory import machine_memory
from ..errors import UsageError

__all__ = ["MachineBudget", "TensorBudget"]

# Networks draw their first weights, and keep some buffers, beside the stored tensors.
_COPIES = 8
_FREE_VALUES = 1 << 22
_FREE_TENSORS = 10_000
_BYTES = 4  # of a weight
_OF_A_SIZE = frozenset(
    (torch.empty, torch.zeros, torch.ones, torch.full, torch.rand, torch.randn, torch.eye)
)


class _CountedTensors(TorchFunctionMode):
    """Within the block, the values of tensors are counted before they take memory."""

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Count the values that a call creates, and make it."""
        given = dict(kwargs or {})
        if func in _OF_A_SIZE:
            self._take(_n_values(args, given.get("size")))
        return func(*args, **given)

    def _take(self, n_values: int) -> None:
        """Take note of a new tensor; an error leaves it out."""
        raise NotImplementedError


class MachineBudget(_CountedTensors):
    """Within the block, networks can be created that this machine can train, but none far larger.

    Parameters
    ----------
    owner : str
        Name of the estimator.

    Raises
    ------
    UsageError
        Within the block, if weights take more than half of the machine's memory: gradients and
        momenta, which are as large, would not fit.
    """

    def __init__(self, owner: str) -> None:
        super().__init__()
        self._owner, self._n_values = owner, 0

    def _take(self, n_values: int) -> None:
        self._n_values += n_values
        n_bytes, memory = _BYTES * self._n_values, machine_memory()
        if n_bytes > memory // 2:
            raise UsageError(
                f"The weights of {self._owner} must fit into half of the memory of this machine, "
                f"{memory / 2e9:.1f} GB, to leave the rest for training. Got at least "
                f"{self._n_values:,} weights ({n_bytes / 1e9:,.1f} GB): choose fewer or narrower "
                "layers, or rows with fewer columns."
            )


class TensorBudget(_CountedTensors):
    """Within the block, networks can be created that the given tensors fit, but none far larger.

    The sizes of a saved model's layers are in its document, its weights in another file. A document
    with a wrong number could ask for any amount of memory before the two are compared.

    Parameters
    ----------
    tensors : mapping of str to ndarray
        Tensors of the model.

    Raises
    ------
    ValueError
        Within the block, if tensors are created that have far more values.
    """

    def __init__(self, tensors: Mapping[str, NDArray[Any]]) -> None:
        super().__init__()
        n_values = sum(tensor.size for tensor in tensors.values())
        self._n_values = _COPIES * n_values + _FREE_VALUES
        self._n_tensors = _COPIES * len(tensors) + _FREE_TENSORS

    def _take(self, n_values: int) -> None:
        self._n_values -= n_values
        self._n_tensors -= 1
        if min(self._n_values, self._n_tensors) < 0:
            raise DamageError("its model.json describes layers that are larger than its weights")


def _n_values(args: Iterable[Any], size: Any) -> int:
    """Return the number of values of ``torch.empty(2, 3)`` and its other forms."""
    first = next(iter(args), size)
    sizes = first if isinstance(first, tuple | list) else [a for a in args if type(a) is int]
    return math.prod(sizes)
