"""Training steps."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch
from torch import Tensor

from ..rows import Rows
from ._optimizers import Optimizer, set_rate
from ._settings import Settings
from ._trainable import Trainable

__all__ = ["Steps", "n_rows_of"]


class Steps:
    """Steps of a training: loss, gradients, hook and optimizer.

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
    noise : torch.Generator
        For the random draws of the model.
    before_step : callable, default=None
        Called with the model between backward pass and optimizer step.
    rank : int, default=0
        Index of this process, from 0.
    world : int, default=1
        Number of processes that share the rows of each batch.
    """

    def __init__(
        self,
        model: Trainable,
        rows: Rows,
        optimizer: Optimizer,
        settings: Settings,
        *,
        noise: torch.Generator,
        before_step: Callable[[Trainable], object] | None = None,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        self.model, self.rows, self.optimizer, self.settings = model, rows, optimizer, settings
        self.noise, self.before_step = noise, before_step
        self.rank, self.world = rank, world

    @contextlib.contextmanager
    def epoch(self, epoch: int, seed: int) -> Iterator[Iterable[Any]]:
        """Prepare an epoch, whose steps are run within this context.

        Parameters
        ----------
        epoch, seed : int
            Determine the order of the rows.

        Yields
        ------
        iterable
            One argument of ``make`` per step; ``n_rows_of`` returns its number of rows.
        """
        yield self.rows.batches(
            epoch, seed, self.settings.batch_size, rank=self.rank, world=self.world
        )

    def make(self, batch: Any, rate: float) -> dict[str, Tensor]:
        """Run one step.

        Parameters
        ----------
        batch : Tensor, or tuple or dict of Tensor
            As yielded by ``epoch``.
        rate : float
            Learning rate.

        Returns
        -------
        dict of str to Tensor
            The total loss as ``train_loss``, and its named parts. The next step may overwrite them.
        """
        set_rate(self.optimizer, rate)
        return self.step(batch)

    def step(self, batch: Any) -> dict[str, Tensor]:
        """Run one step at the current learning rate; see ``make``.

        Parameters
        ----------
        batch : Tensor, or tuple or dict of Tensor
            Rows.

        Returns
        -------
        dict of str to Tensor
        """
        loss, parts = self.model.training_loss(batch, self.noise)
        if loss.requires_grad:
            self.optimizer.zero_grad()
            loss.backward()
        if self.before_step is not None:
            self.before_step(self.model)
        self.optimizer.step()
        return {"train_loss": loss.detach(), **{k: part.detach() for k, part in parts.items()}}


def n_rows_of(batch: Any) -> int:
    """Return the number of rows in a batch: the length of its first tensor.

    Parameters
    ----------
    batch : Tensor, or tuple or dict of them
        At least one tensor.

    Returns
    -------
    int
    """
    while not isinstance(batch, Tensor):
        batch = next(iter(batch.values() if isinstance(batch, dict) else batch))
    return len(batch)
