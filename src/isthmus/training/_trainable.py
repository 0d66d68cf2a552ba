"""Interface of models that the loop can train."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import torch
from torch import Tensor, nn

__all__ = ["Trainable"]


class Trainable(Protocol):
    """Anything with parameters and two losses, for example an ``nn.Module`` with both losses.

    Three members are optional. ``state_dict()`` returns the tensors of the weights, as for a
    module; without it they are the parameters. ``is_static``, if True, promises that each step on
    batches of one size runs the same operations and never reads a result on the host, so that steps
    on a GPU can be recorded. ``batch_weight(batch)`` returns a positive number, or tensor of shape
    (), by which losses of batches are averaged, if they are means over something else than rows.
    """

    def parameters(self) -> Iterator[nn.Parameter]:
        """Return the parameters to optimize."""

    def train(self, mode: bool = True) -> Any:
        """Switch between training and evaluation mode."""

    def training_loss(
        self, batch: Any, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the total loss of a batch, and its named parts.

        The loop calls ``backward`` on a total that requires grad. Otherwise the gradients of the
        parameters must already be set.

        Parameters
        ----------
        batch : Tensor, or tuple or dict of Tensor
            Batch of the rows.
        generator : torch.Generator
            For all random draws, on the device of the parameters.

        Returns
        -------
        tuple of Tensor of shape () and dict of str to Tensor of shape ()
            Means over the rows of the batch.
        """

    def validation_loss(
        self, batch: Any, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the total loss of held-out rows, and its named parts; see ``training_loss``."""
