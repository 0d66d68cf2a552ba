"""What the loop trains."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import torch
from torch import Tensor, nn

__all__ = ["Trainable"]


class Trainable(Protocol):
    """Anything with parameters and a loss; an ``nn.Module`` with the two losses is one.

    Two members are optional. ``state_dict()`` returns the tensors that make up the weights, as that
    of a module does; without it they are the parameters. ``is_static``, if True, says that each
    step on batches of one size consists of the same operations and never reads a result on the
    host, so that steps on a GPU may be recorded.
    """

    def parameters(self) -> Iterator[nn.Parameter]:
        """Return what the optimizer updates."""

    def train(self, mode: bool = True) -> Any:
        """Switch to training or to evaluation, as modules do."""

    def training_loss(
        self, batch: Any, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the total loss of a batch, and its named parts.

        The loop differentiates a total that requires grad. For any other total, the gradients of
        the parameters must have been written already.

        Parameters
        ----------
        batch : Tensor, or tuple or dict of Tensor
            What the rows yield.
        generator : torch.Generator
            For all draws, on the device of the parameters.

        Returns
        -------
        tuple of Tensor of shape () and dict of str to Tensor of shape ()
            Means over the rows of the batch.
        """

    def validation_loss(
        self, batch: Any, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the total loss of held-out rows, and its named parts; see ``training_loss``."""
