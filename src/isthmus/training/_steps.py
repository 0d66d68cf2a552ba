"""The steps of a training: one by one, or on a GPU recorded once and played again and again."""

from __future__ import annotations

import contextlib
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor, nn

from .._random import derived_seed
from ..rows import LabelledRows, Rows
from ._optimizers import Optimizer, set_rate

__all__ = ["Steps", "Trainable"]

_Result = TypeVar("_Result")

_WARM_UP = 3  # steps before one is recorded: libraries choose kernels and take memory in the first
_ONE_AT_A_TIME = threading.Lock()
_WORTHWHILE = 30  # steps of one kind; to record one takes about as long as some of them


class Trainable(Protocol):
    """What the loop asks of the thing that it trains.

    One whose ``is_static`` is True does the same operations in each step on batches of one size,
    whatever the numbers, and never looks at a result: then a GPU may record them.
    """

    def parameters(self) -> Iterator[nn.Parameter]:
        """Return what the optimizer updates."""

    def train(self, mode: bool = True) -> Any:
        """Switch to training or back, as modules do."""

    def training_loss(
        self, batch: Any, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the total of a batch, a mean over its rows, and its named parts.

        The loop differentiates a total that requires it; for any other, the parameters have its
        gradients already, and nothing of an earlier step's.
        """

    def validation_loss(self, batch: Any) -> Tensor:
        """Return the loss of held-out rows, a mean over them, without any noise."""


class Steps:
    """Makes the steps of one training.

    Some forty small kernels make a step, and to launch them one by one can take many times as long
    as they run. So on a CUDA device the step of a full batch becomes a CUDA graph, where all that
    changes from step to step is read from the device: which rows, the rate, the noise's state.

    Parameters
    ----------
    model : Trainable
        Changed in place.
    rows : Rows or LabelledRows
        What it learns from.
    optimizer : Optimizer
        Its parameters are the model's.
    batch_size, epochs : int
        Rows of a full batch; passes over the rows, at most.
    """

    def __init__(
        self,
        model: Trainable,
        rows: Rows | LabelledRows,
        optimizer: Optimizer,
        *,
        batch_size: int,
        epochs: int,
    ) -> None:
        self._model, self._rows, self._optimizer = model, rows, optimizer
        self._batch_size = batch_size
        self._device = next(iter(model.parameters())).device
        self._noise = torch.Generator(self._device)
        can_repeat = (
            getattr(model, "is_static", False)
            and getattr(optimizer, "takes_tensor_rates", False)
            and rows.are_kept
            and epochs * (len(rows) // batch_size) >= _WORTHWHILE
        )
        self._recorder = _RECORDERS.get(self._device.type) if can_repeat else None
        on_cuda = self._device.type == "cuda"
        self._stream = torch.cuda.Stream(self._device) if self._recorder and on_cuda else None
        self._n_made = 0
        self._play: Callable[[], None] | None = None
        self._losses: dict[str, Tensor] = {}
        if self._recorder:
            # What a step reads, always from here.
            self._indices = torch.zeros(batch_size, dtype=torch.int64, device=self._device)
            self._rate = torch.zeros((), dtype=torch.float32, device=self._device)

    @contextlib.contextmanager
    def epoch(self, order: Tensor, seed: int, epoch: int) -> Iterator[tuple[Tensor, ...]]:
        """Prepare an epoch, whose steps are made within this context.

        Parameters
        ----------
        order : Tensor of shape (n_rows,)
            Of the rows, on the CPU.
        seed, epoch : int
            They determine the noise.

        Yields
        ------
        tuple of Tensor
            The rows of each batch.
        """
        self._noise.manual_seed(derived_seed(seed, "noise", epoch))
        self._model.train()
        with self._apart():
            # Rows that are not on the device are found by indices on the CPU.
            where = self._device if self._rows.are_kept else torch.device("cpu")
            yield order.to(where).split(self._batch_size)

    def make(self, indices: Tensor, rate: float) -> dict[str, Tensor]:
        """Make one step.

        Parameters
        ----------
        indices : Tensor of shape (n,)
            The rows of its batch.
        rate : float
            The learning rate.

        Returns
        -------
        dict of str to Tensor
            The loss as ``train_loss``, and its named parts; the next step may overwrite them.
        """
        if self._recorder is None:
            set_rate(self._optimizer, rate)
            return self._step(indices)
        self._rate.fill_(rate)
        set_rate(self._optimizer, self._rate)
        if len(indices) < self._batch_size:
            return self._step(indices)
        self._indices.copy_(indices)
        self._n_made += 1
        if self._play is None and self._n_made > _WARM_UP:
            self._record()
        if self._play is None:
            return self._step(self._indices)
        self._play()
        return self._losses

    def _step(self, indices: Tensor) -> dict[str, Tensor]:
        loss, parts = self._model.training_loss(self._rows.take(indices), self._noise)
        if loss.requires_grad:
            self._optimizer.zero_grad()
            loss.backward()
        self._optimizer.step()
        return {"train_loss": loss.detach(), **parts}

    def _record(self) -> None:
        assert self._recorder is not None
        # Memory that the model keeps from step to step must be the recording's own: the model lets
        # go of it between epochs.
        self._let_go()
        try:
            self._losses, self._play = self._recorder(
                lambda: self._step(self._indices), self._noise
            )
        except RuntimeError as error:
            # What came first may have been followed by what ends a recording that is spoilt.
            reason = str(error.__context__ or error).strip().split("\n")[0]
            warnings.warn(
                f"The training's steps could not be recorded as a CUDA graph ({reason}): they are "
                "made one by one, which takes longer.",
                RuntimeWarning,
                stacklevel=2,
            )
            self._recorder = None
            self._let_go()  # of memory that only a recording would have filled

    def _let_go(self) -> None:
        self._model.train(False)
        self._model.train()

    @contextlib.contextmanager
    def _apart(self) -> Iterator[None]:
        """Use a stream of its own where steps are recorded: the default one cannot be."""
        if self._stream is None:
            yield
            return
        outer = torch.cuda.current_stream(self._device)
        self._stream.wait_stream(outer)
        try:
            with torch.cuda.stream(self._stream):
                yield
        finally:
            outer.wait_stream(self._stream)


def _record_on_cuda(
    function: Callable[[], _Result], generator: torch.Generator
) -> tuple[_Result, Callable[[], None]]:
    graph = torch.cuda.CUDAGraph()
    graph.register_generator_state(generator)
    stream = torch.cuda.current_stream(generator.device)
    # Other threads may go on using the device, but no two may record at a time.
    with (
        _ONE_AT_A_TIME,
        torch.cuda.graph(graph, stream=stream, capture_error_mode="thread_local"),
    ):
        result = function()
    return result, graph.replay


# By the device's type: takes a function without arguments, and the generator of its noise; returns
# what the function returned, and what does all of it again, into the same tensors. It leaves
# everything as if the function had not been called yet.
_RECORDERS: dict[str, Callable[..., tuple[Any, Callable[[], None]]]] = {"cuda": _record_on_cuda}
