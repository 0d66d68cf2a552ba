"""Training steps recorded once as a CUDA graph and replayed."""

from __future__ import annotations

import contextlib
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import torch
from torch import Tensor

from ..rows import batch_indices
from ..training import Steps, set_rate

__all__ = ["RecordedSteps"]

_Result = TypeVar("_Result")

_WARM_UP = 3  # steps before the recording: libraries select kernels and allocate in the first ones
_ONE_AT_A_TIME = threading.Lock()
_WORTHWHILE = 30  # steps of one kind; recording one takes about as long as some of them


class RecordedSteps(Steps):
    """Steps of a training, of which a CUDA device replays a recording.

    A step consists of about forty small kernels, and launching them one by one can take many times
    as long as running them. On a CUDA device the step of a full batch is therefore recorded as a
    CUDA graph, and everything that changes between steps is read from the device: the indices of
    the rows, the learning rate, the state of the noise. On other devices, and for models, rows and
    optimizers that do not support it, every step is run normally.

    Parameters
    ----------
    model : Trainable
        Model to train, changed in place.
    rows : Rows
        Training rows.
    optimizer : Optimizer
        Optimizer of the parameters of the model.
    settings : Settings
        Batch size and number of epochs.
    **options
        As for ``Steps``.
    """

    rows: Any

    def __init__(
        self, model: Any, rows: Any, optimizer: Any, settings: Any, **options: Any
    ) -> None:
        super().__init__(model, rows, optimizer, settings, **options)
        self._device = self.noise.device
        batch_size = settings.batch_size
        can_repeat = (
            getattr(model, "is_static", False)
            and getattr(optimizer, "takes_tensor_rates", False)
            and getattr(rows, "are_kept", False)
            and self.before_step is None
            and self.ranks.world == 1
            and settings.epochs * (len(rows) // batch_size) >= _WORTHWHILE
        )
        self._recorder = _RECORDERS.get(self._device.type) if can_repeat else None
        on_cuda = self._device.type == "cuda"
        self._stream = torch.cuda.Stream(self._device) if self._recorder and on_cuda else None
        self._n_made = 0
        self._play: Callable[[], None] | None = None
        self._losses: dict[str, Tensor] = {}
        self._is_by_index = self._recorder is not None
        if self._is_by_index:
            # Fixed inputs of the recorded step.
            self._indices = torch.zeros(batch_size, dtype=torch.int64, device=self._device)
            self._rate = torch.zeros((), dtype=torch.float32, device=self._device)

    @contextlib.contextmanager
    def epoch(self, epoch: int, seed: int) -> Iterator[Iterable[Any]]:
        """Prepare an epoch; see ``Steps.epoch``. Batches that can be recorded are indices."""
        if not self._is_by_index:
            with super().epoch(epoch, seed) as batches:
                yield batches
            return
        with self._on_other_stream():
            parts = batch_indices(len(self.rows), epoch, seed, self.settings.batch_size)
            order = torch.cat(parts).to(self._device)
            yield order.split([len(part) for part in parts])

    def make(self, batch: Any, rate: float) -> dict[str, Tensor]:
        """Run or replay one step; see ``Steps.make``."""
        if not self._is_by_index:
            return super().make(batch, rate)
        if self._recorder is None:  # recording failed
            set_rate(self.optimizer, rate)
            return self.step(self.rows.take(batch))
        self._rate.fill_(rate)
        set_rate(self.optimizer, self._rate)
        if len(batch) < self.settings.batch_size:
            return self.step(self.rows.take(batch))
        self._indices.copy_(batch)
        self._n_made += 1
        if self._play is None and self._n_made > _WARM_UP:
            self._record()
        if self._play is None:
            return self.step(self.rows.take(self._indices))
        self._play()
        return self._losses

    def _record(self) -> None:
        assert self._recorder is not None
        # Memory that the model keeps between steps must belong to the recording: the model frees it
        # between epochs.
        self._free_buffers()
        try:
            self._losses, self._play = self._recorder(
                lambda: self.step(self.rows.take(self._indices)), self.noise
            )
        except RuntimeError as error:
            # The first error may have been followed by another one of the failed recording.
            reason = str(error.__context__ or error).strip().split("\n")[0]
            warnings.warn(
                f"The training steps could not be recorded as a CUDA graph ({reason}). They run "
                "one by one, which takes longer.",
                RuntimeWarning,
                stacklevel=2,
            )
            self._recorder = None
            self._free_buffers()  # memory that only a replay would have filled

    def _free_buffers(self) -> None:
        self.model.train(False)
        self.model.train()

    @contextlib.contextmanager
    def _on_other_stream(self) -> Iterator[None]:
        """Use another stream if steps are recorded: the default stream does not support it."""
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
    # Other threads may use the device meanwhile, but only one may record at a time.
    with (
        _ONE_AT_A_TIME,
        torch.cuda.graph(graph, stream=stream, capture_error_mode="thread_local"),
    ):
        result = function()
    return result, graph.replay


# By type of the device: takes a function without arguments, and the generator of its noise;
# returns the function's result, and a function that repeats the call into the same tensors. It
# leaves everything as if the function had not been called yet.
_RECORDERS: dict[str, Callable[..., tuple[Any, Callable[[], None]]]] = {"cuda": _record_on_cuda}
