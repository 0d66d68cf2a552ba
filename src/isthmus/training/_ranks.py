"""Processes that train one model together: each has its share of every batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor

from ..rows import Rows
from ._gradient_means import AllReduce, GradientMean, MakeMean
from ._lost_processes import naming_lost_processes
from ._trainable import Trainable

__all__ = [
    "ProcessRanks",
    "Ranks",
    "buffers_of",
    "current_ranks",
    "is_one_of_several",
    "shared_seed",
]


_LONGEST_PREPARATION = timedelta(minutes=10)  # of folders and logs, which rank 0 alone writes
_STEPS_BETWEEN = 10  # on a GPU, where reading a number makes the host wait


class Ranks:
    """Ranks of a training; this one alone, without communication.

    Attributes
    ----------
    rank : int
        Index of this process, from 0.
    world : int
        Number of processes that share the rows of each batch.
    """

    rank, world = 0, 1

    def average_with(self, make_mean: MakeMean) -> None:
        """Choose how the processes average the gradients of a step.

        Parameters
        ----------
        make_mean : callable
            Called in all processes together, with the ranks, tensors of the shapes, type and device
            of the gradients, and the number of rows in most batches; returns a ``GradientMean``.
        """

    def meet(self) -> None:
        """Wait until all processes are ready to train."""

    def begin(self, model: Trainable, batch_size: int) -> None:
        """Give the model the weights of rank 0.

        Parameters
        ----------
        model : Trainable
            Model of this process, changed in place.
        batch_size : int
            Number of rows in most batches, over all processes together.
        """

    def share(self, rows: Rows | None) -> Rows | None:
        """Return the rows of this process among held-out rows.

        Parameters
        ----------
        rows : Rows or None
            The same in all processes.

        Returns
        -------
        Rows or None
        """
        return rows

    def average_gradients(self, model: Trainable, weight: float) -> None:
        """Replace gradients of the mean over a share by those of the mean over the batch.

        Parameters
        ----------
        model : Trainable
            After the backward pass.
        weight : float
            Weight of the share of this process, as by ``weight_of``; 0 if it has no rows.
        """

    def end_step(self) -> None:
        """Wait, after the step of the optimizer, until the model has the weights after it."""

    def agreed(self, asks: bool) -> bool:
        """Return after a step whether to stop, with the same answer in all processes.

        Parameters
        ----------
        asks : bool
            Whether this process asks to stop. The others learn of it with the next gradients.

        Returns
        -------
        bool
        """
        return asks

    def agreed_to_write(self, asks: bool) -> bool:
        """Return after a step whether to write a checkpoint, with the same answer in all processes.

        Parameters
        ----------
        asks : bool
            Whether this process asks for it. The others learn of it with the next gradients.

        Returns
        -------
        bool
        """
        return asks

    def agreed_to_close(self, asks: bool) -> bool:
        """Return after a step whether to write the last checkpoint, the same in all processes.

        Parameters
        ----------
        asks : bool
            Whether this process asks for it. The others learn of it with the next gradients.

        Returns
        -------
        bool
        """
        return asks

    def any(self, flag: bool) -> bool:
        """Return whether the flag is True in any process."""
        return flag

    def means(self, means: Mapping[str, float], weight: float) -> dict[str, float]:
        """Return means over the rows of all processes.

        Parameters
        ----------
        means : mapping of str to float
            Means over the rows of this process.
        weight : float
            Their weight, as by ``weight_of``.

        Returns
        -------
        dict of str to float
        """
        return dict(means)

    def average_buffers(self, model: Trainable) -> None:
        """Average what the model has learned besides its parameters, such as running means."""


class ProcessRanks(Ranks):
    """Processes of ``torch.distributed``, all of which train the same model.

    The gradients of a step are averaged as one vector, by default in one all-reduce, together with
    the number of rows, so that the mean over a batch is exact for shares of different sizes, and
    with the wishes to stop and to write a checkpoint, so that all processes do so after the same
    step.

    Parameters
    ----------
    rank, world : int, default=None
        Index of this process, and number of processes; None are those of the default group.
    """

    def __init__(self, rank: int | None = None, world: int | None = None) -> None:
        self.rank = dist.get_rank() if rank is None else rank
        self.world = dist.get_world_size() if world is None else world
        self._asks = self._asks_to_write = self._asks_to_close = False
        self._n_steps = 0
        self._n_expected = 1.0  # rows of a step
        self._make_mean: MakeMean = AllReduce
        self._mean: GradientMean | None = None
        self._parameters: list[Tensor] = []  # with gradients
        self._tail = torch.empty(0)  # of the last step: rows, and wishes, of all processes

    def average_with(self, make_mean: MakeMean) -> None:
        """Choose how the processes average the gradients; see ``Ranks.average_with``."""
        self._make_mean, self._mean = make_mean, None

    def meet(self) -> None:
        """Wait until all processes are ready to train, longer than for a step."""
        if dist.get_backend() == "gloo":
            with naming_lost_processes(only_communicates=True):
                dist.monitored_barrier(timeout=_LONGEST_PREPARATION)

    def begin(self, model: Trainable, batch_size: int) -> None:
        """Give the model the weights and buffers of rank 0."""
        self._n_expected, self._mean = float(batch_size), None
        self._parameters = [p for p in model.parameters() if p.requires_grad]
        for tensor in _tensors(model):
            _in_place(self.spread, tensor)

    def share(self, rows: Rows | None) -> Rows | None:
        """Return a contiguous part of held-out rows; all of them if some rank would have none."""
        if rows is None or len(rows) < self.world:
            return rows
        ends = np.linspace(0, len(rows), self.world + 1).astype(np.intp)
        return rows.select(np.arange(ends[self.rank], ends[self.rank + 1]))

    @torch.no_grad()
    def average_gradients(self, model: Trainable, weight: float) -> None:
        """Average the gradients; see ``Ranks.average_gradients``."""
        gradients = _in_one_piece(_gradients(self._parameters))
        if self._mean is None:
            self._mean = self._make_mean(self, gradients, self._n_expected)
        self._tail = self._mean.average(gradients, self._told(weight))
        self._n_steps += 1

    def end_step(self) -> None:
        """Wait until the weights are updated; see ``Ranks.end_step``."""
        if self._mean is not None:
            self._mean.end_step()

    def _told(self, weight: float) -> list[float]:
        """Return what the others learn with the gradients."""
        wishes = (self._asks, self._asks_to_write, self._asks_to_close)
        return [float(weight), *map(float, wishes)]

    @torch.no_grad()
    def rows_of_all(self, n_rows: int) -> float:
        """Return the rows of a step over all processes, for gradients that are added up elsewhere.

        Parameters
        ----------
        n_rows : int
            Number of rows in the share of this process.

        Returns
        -------
        float
        """
        self._tail = torch.tensor(self._told(n_rows), device=self.device)
        self.sum(self._tail)
        self._n_steps += 1
        return float(self._tail[0])

    def agreed(self, asks: bool) -> bool:
        """Return whether a process had asked to stop before this step."""
        self._asks = self._asks or asks
        return self._was_told(1)

    def agreed_to_write(self, asks: bool) -> bool:
        """Return whether a process had asked for a checkpoint before this step."""
        agrees = self._was_told(2)
        self._asks_to_write = asks and not agrees
        return agrees

    def agreed_to_close(self, asks: bool) -> bool:
        """Return whether a process had asked for the last checkpoint before this step."""
        self._asks_to_close = asks
        return self._was_told(3)

    def _was_told(self, place: int) -> bool:
        """Return a number of the last all-reduce as a truth value."""
        if not self._n_steps or (self._tail.is_cuda and self._n_steps % _STEPS_BETWEEN):
            return False
        return bool(self._tail[place])

    def any(self, flag: bool) -> bool:
        """Return whether the flag, or an earlier wish to stop, is True in any process."""
        told = self.means({"flag": float(flag or self._asks)}, 1)
        return told["flag"] > 0

    def means(self, means: Mapping[str, float], weight: float) -> dict[str, float]:
        """Return means over the rows of all processes; all must have the same names."""
        names = sorted(means)
        sums = torch.tensor([*(means[name] * weight for name in names), weight], dtype=torch.double)
        sums = sums.to(self.device)
        self.sum(sums)
        *totals, n = sums.tolist()
        return {name: total / n for name, total in zip(names, totals, strict=True)}

    @torch.no_grad()
    def average_buffers(self, model: Trainable) -> None:
        """Average buffers of real numbers; others are those of rank 0."""
        for buffer in buffers_of(model).values():
            if buffer.is_floating_point():
                _in_place(self.sum, buffer)
                buffer.div_(self.world)
            else:
                _in_place(self.spread, buffer)

    @property
    def patience(self) -> float:
        """Seconds that a process waits for another one."""
        return _timeout().total_seconds()

    @property
    def device(self) -> str:
        """Device of small tensors: with NCCL alone, they must be on the GPU."""
        return "cuda" if dist.get_backend() == "nccl" else "cpu"

    def sum(self, tensor: Tensor) -> None:
        """Replace a tensor by its sum over the processes.

        Parameters
        ----------
        tensor : Tensor
            Contiguous, of the same shape in all processes.

        Raises
        ------
        LostProcessError
            If another process has ended, or does not answer in time.
        """
        with naming_lost_processes(only_communicates=True):
            self._add(tensor)

    def spread(self, tensor: Tensor) -> None:
        """Replace a tensor by that of rank 0.

        Parameters
        ----------
        tensor : Tensor
            Contiguous, of the same shape in all processes.

        Raises
        ------
        LostProcessError
            If another process has ended, or does not answer in time.
        """
        with naming_lost_processes(only_communicates=True):
            self._spread(tensor)

    def _add(self, tensor: Tensor) -> None:
        dist.all_reduce(tensor)

    def _spread(self, tensor: Tensor) -> None:
        dist.broadcast(tensor, 0)


def current_ranks() -> Ranks:
    """Return the processes of ``torch.distributed``, or this one alone if it is not initialised.

    Returns
    -------
    Ranks
    """
    return ProcessRanks() if is_one_of_several() else Ranks()


def is_one_of_several() -> bool:
    """Return whether this process is one of several that ``torch.distributed`` joins.

    Returns
    -------
    bool
    """
    return dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1


def shared_seed(seed: int) -> int:
    """Return the seed of rank 0: each process may have drawn its own.

    Parameters
    ----------
    seed : int
        Seed of this process.

    Returns
    -------
    int
    """
    if not is_one_of_several():
        return seed
    seeds = [seed]
    dist.broadcast_object_list(seeds, 0)
    return int(seeds[0])


def _in_place(operation: Callable[[Tensor], None], tensor: Tensor) -> None:
    dense = tensor.contiguous()
    operation(dense)
    if dense is not tensor:
        tensor.copy_(dense)


def _timeout() -> timedelta:
    """Return the timeout of the process group; PyTorch has no public way to ask for it."""
    group: Any = dist.group.WORLD
    try:
        return group._get_backend(torch.device("cpu")).options._timeout  # type: ignore[no-any-return]
    except (AttributeError, RuntimeError):
        return dist.default_pg_timeout


def _gradients(parameters: list[Tensor]) -> list[Tensor]:
    """Return the gradients of parameters, zeros for those that have none."""
    gradients = []
    for p in parameters:
        if p.grad is None:
            p.grad = torch.zeros_like(p)
        gradients.append(p.grad)
    return gradients


def _in_one_piece(tensors: list[Tensor]) -> list[Tensor]:
    """Return one vector of all tensors if they lie one behind the other, as in a flat optimizer."""
    first, end = tensors[0], tensors[0].data_ptr()
    for tensor in tensors:
        if tensor.data_ptr() != end or not tensor.is_contiguous():
            return tensors
        end += tensor.nbytes
    n = (end - first.data_ptr()) // first.itemsize
    if first.storage_offset() + n > first.untyped_storage().nbytes() // first.itemsize:
        return tensors  # neighbours by chance
    return [first.as_strided((n,), (1,))]


def _tensors(model: Trainable) -> list[Tensor]:
    """Return what all processes must have the same values of; nothing of divided weights."""
    if getattr(model, "is_divided", False):
        return []
    return [*(p.detach() for p in model.parameters()), *buffers_of(model).values()]


def buffers_of(model: Trainable) -> dict[str, Tensor]:
    """Return the tensors of a model's state that are no parameters.

    Parameters
    ----------
    model : Trainable
        One whose weights are divided among processes has none.

    Returns
    -------
    dict of str to Tensor
    """
    state_dict = getattr(model, "state_dict", None)
    if state_dict is None or getattr(model, "is_divided", False):
        return {}
    own = {p.data_ptr() for p in model.parameters()}
    return {name: t for name, t in state_dict().items() if t.data_ptr() not in own}
