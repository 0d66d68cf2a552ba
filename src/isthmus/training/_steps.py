"""Training steps."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch
from torch import Tensor

from ..rows import Rows
from ._optimizers import Optimizer, set_rate
from ._ranks import Ranks
from ._settings import Settings
from ._trainable import Trainable

__all__ = ["Steps", "n_rows_of", "weight_of"]

_NO_LOSS: tuple[Tensor, dict[str, Tensor]] = (torch.zeros(()), {})


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
    ranks : Ranks, default=None
        Processes that share the rows of each batch; None is this one alone.
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
        ranks: Ranks | None = None,
    ) -> None:
        self.model, self.rows, self.optimizer, self.settings = model, rows, optimizer, settings
        self.noise, self.before_step = noise, before_step
        self.ranks = ranks or Ranks()

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
            epoch, seed, self.settings.batch_size, rank=self.ranks.rank, world=self.ranks.world
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
        n_rows = n_rows_of(batch)
        weight = weight_of(self.model, batch) if self.ranks.world > 1 else n_rows
        # Without rows, there is no loss: the step is made with the gradients of the other ranks.
        loss, parts = self.model.training_loss(batch, self.noise) if n_rows else _NO_LOSS
        if loss.requires_grad or not n_rows:
            self.optimizer.zero_grad()
        if loss.requires_grad:
            loss.backward()
        self.ranks.average_gradients(self.model, float(weight))
        if self.before_step is not None:
            self.before_step(self.model)
        self.optimizer.step()
        self.ranks.end_step()
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


def weight_of(model: Trainable, batch: Any) -> float | Tensor:
    """Return the weight of a batch in means of losses: its number of rows, unless a model differs.

    Parameters
    ----------
    model : Trainable
        It may have a ``batch_weight``.
    batch : Tensor, or tuple or dict of Tensor
        Rows.

    Returns
    -------
    float or Tensor of shape ()
        0 if there are no rows.
    """
    n_rows = float(n_rows_of(batch))
    weigh: Callable[[Any], float | Tensor] | None = getattr(model, "batch_weight", None)
    return weigh(batch) if weigh and n_rows else n_rows
