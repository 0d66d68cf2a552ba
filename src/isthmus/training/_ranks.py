"""Processes that train one model together: each has its share of every batch."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor

from ..errors import LostProcessError
from ..rows import Rows
from ._trainable import Trainable

__all__ = ["ProcessRanks", "Ranks", "current_ranks", "is_one_of_several", "shared_seed"]


_PLACE = re.compile(r"^\[[^\]]*\] *")  # [/path/of/pair.cc:537]
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

    def add_gradients(self, model: Trainable, n_rows: int) -> None:
        """Replace gradients of the mean over a share by those of the mean over the batch.

        Parameters
        ----------
        model : Trainable
            After the backward pass.
        n_rows : int
            Number of rows in the share of this process; 0 is possible.
        """

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

    def any(self, flag: bool) -> bool:
        """Return whether the flag is True in any process."""
        return flag

    def means(self, means: Mapping[str, float], n_rows: int) -> dict[str, float]:
        """Return means over the rows of all processes.

        Parameters
        ----------
        means : mapping of str to float
            Means over the rows of this process.
        n_rows : int
            Their number.

        Returns
        -------
        dict of str to float
        """
        return dict(means)

    def average_buffers(self, model: Trainable) -> None:
        """Average what the model has learned besides its parameters, such as running means."""


class ProcessRanks(Ranks):
    """Processes of ``torch.distributed``, all of which train the same model.

    The gradients of a step are added up in one all-reduce of one vector, together with the number
    of rows, so that the mean over a batch is exact for shares of different sizes, and with the
    wishes to stop and to write a checkpoint, so that all processes do so after the same step.

    Parameters
    ----------
    rank, world : int, default=None
        Index of this process, and number of processes; None are those of the default group.
    """

    def __init__(self, rank: int | None = None, world: int | None = None) -> None:
        self.rank = dist.get_rank() if rank is None else rank
        self.world = dist.get_world_size() if world is None else world
        self._asks = self._asks_to_write = False
        self._n_steps = 0
        self._sums = self._totals = self._tail = torch.empty(0)  # the second and third are views
        self._n_expected = 1.0  # rows of a step
        self._views: list[Tensor] = []

    def meet(self) -> None:
        """Wait until all processes are ready to train, longer than for a step."""
        if dist.get_backend() == "gloo":
            _together(self._wait, torch.empty(0))

    def begin(self, model: Trainable, batch_size: int) -> None:
        """Give the model the weights and buffers of rank 0."""
        self._n_expected = float(batch_size)
        for tensor in _tensors(model):
            _in_place(self.spread, tensor)

    def share(self, rows: Rows | None) -> Rows | None:
        """Return a contiguous part of held-out rows; all of them if some rank would have none."""
        if rows is None or len(rows) < self.world:
            return rows
        ends = np.linspace(0, len(rows), self.world + 1).astype(np.intp)
        return rows.select(np.arange(ends[self.rank], ends[self.rank + 1]))

    @torch.no_grad()
    def add_gradients(self, model: Trainable, n_rows: int) -> None:
        """Add up the gradients; see ``Ranks.add_gradients``."""
        gradients = _gradients(model)
        views = self._views_for(gradients)
        # Divided by the rows of most batches already here: another pass over the gradients takes a
        # twentieth of a small step.
        share = n_rows / self._n_expected
        for gradient, view in zip(gradients, views, strict=True):
            torch.mul(gradient, share, out=view)
        self._tail.copy_(torch.tensor([n_rows, self._asks, self._asks_to_write]))
        _together(self._add, self._sums)
        self._correct(self._tail[0])
        torch._foreach_copy_(gradients, views)
        self._n_steps += 1

    def _correct(self, n_rows: Tensor) -> None:
        """Let the sums be means over ``n_rows``, as expected or not."""
        if n_rows.is_cuda or n_rows != self._n_expected:  # reading it would make a GPU's host wait
            self._totals.mul_(self._n_expected / n_rows)

    def _views_for(self, gradients: list[Tensor]) -> list[Tensor]:
        """Return views of one vector for the gradients; it has three numbers more."""
        sizes = [g.numel() for g in gradients]
        if self._n_steps == 0 or sizes != [view.numel() for view in self._views]:
            self._sums = gradients[0].new_empty(sum(sizes) + 3)
            self._totals, self._tail = self._sums[:-3], self._sums[-3:]
            parts = self._totals.split(sizes)
            self._views = [part.view_as(g) for part, g in zip(parts, gradients, strict=True)]
        return self._views

    def agreed(self, asks: bool) -> bool:
        """Return whether a process had asked to stop before this step."""
        self._asks = self._asks or asks
        return self._was_told(1)

    def agreed_to_write(self, asks: bool) -> bool:
        """Return whether a process had asked for a checkpoint before this step."""
        agrees = self._was_told(2)
        self._asks_to_write = asks and not agrees
        return agrees

    def _was_told(self, place: int) -> bool:
        """Return a number of the last all-reduce as a truth value."""
        if not self._n_steps or (self._tail.is_cuda and self._n_steps % _STEPS_BETWEEN):
            return False
        return bool(self._tail[place])

    def any(self, flag: bool) -> bool:
        """Return whether the flag, or an earlier wish to stop, is True in any process."""
        told = self.means({"flag": float(flag or self._asks)}, 1)
        return told["flag"] > 0

    def means(self, means: Mapping[str, float], n_rows: int) -> dict[str, float]:
        """Return means over the rows of all processes; all must have the same names."""
        names = sorted(means)
        sums = torch.tensor([*(means[name] * n_rows for name in names), n_rows], dtype=torch.double)
        sums = sums.to(self.device)
        self.sum(sums)
        *totals, n = sums.tolist()
        return {name: total / n for name, total in zip(names, totals, strict=True)}

    @torch.no_grad()
    def average_buffers(self, model: Trainable) -> None:
        """Average buffers of real numbers; others are those of rank 0."""
        for buffer in _buffers(model):
            if buffer.is_floating_point():
                _in_place(self.sum, buffer)
                buffer.div_(self.world)
            else:
                _in_place(self.spread, buffer)

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
        _together(self._add, tensor)

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
        _together(self._spread, tensor)

    def _wait(self, _: Tensor) -> None:
        dist.monitored_barrier(timeout=_LONGEST_PREPARATION)

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


def _together(operation: Callable[[Tensor], None], tensor: Tensor) -> None:
    """Run a collective operation, with an error that says what its failure means."""
    try:
        operation(tensor)
    except RuntimeError as error:
        raise LostProcessError(
            "Training requires all of its processes. Another one has ended, or did not answer in "
            f"time ({_reason(error)}): see its messages, and start all of them again."
        ) from error


def _reason(error: RuntimeError) -> str:
    """Return the first sentence of a backend's error, without the place in its source."""
    line = str(error).strip().partition("\n")[0]
    return _PLACE.sub("", line).partition(". ")[0].rstrip(".")


def _gradients(model: Trainable) -> list[Tensor]:
    """Return the gradients of all parameters, zeros for those that have none."""
    gradients = []
    for p in model.parameters():
        if not p.requires_grad:
            continue
        if p.grad is None:
            p.grad = torch.zeros_like(p)
        gradients.append(p.grad)
    return gradients


def _tensors(model: Trainable) -> list[Tensor]:
    return [*(p.detach() for p in model.parameters()), *_buffers(model)]


def _buffers(model: Trainable) -> list[Tensor]:
    """Return the tensors of the state that are no parameters."""
    state_dict = getattr(model, "state_dict", None)
    if state_dict is None:
        return []
    own = {p.data_ptr() for p in model.parameters()}
    return [t for t in state_dict().values() if t.data_ptr() not in own]
