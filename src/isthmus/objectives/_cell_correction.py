"""Objective of networks that correct a first fill of missing cells."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

__all__ = ["CellCorrection"]


class CellCorrection(nn.Module):
    """Squared error of cells that were hidden on purpose.

    A batch is divided among the networks, so that each is trained on rows of its own. Network k
    never counts rows of fold k: its errors there are those of new rows.

    Parameters
    ----------
    network : torch.nn.Module
        A ``isthmus.nn.FillCorrection``.
    sizes : sequence of int
        Number of encoded values of each column.
    weights : sequence of float
        Weight of each column.
    """

    is_static = False
    column_of: Tensor
    weights: Tensor

    def __init__(self, network: nn.Module, sizes: Sequence[int], weights: Sequence[float]) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("weights", torch.tensor(weights), persistent=False)
        column_of = torch.arange(len(sizes)).repeat_interleave(torch.tensor(sizes))
        self.register_buffer("column_of", column_of, persistent=False)

    def training_loss(
        self, batch: tuple[Tensor, ...], generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the loss of a batch, a mean over its hidden cells, and no further parts.

        Parameters
        ----------
        batch : tuple of Tensor
            Encoded rows (n, n_encoded), finite; which cells are given, and which are hidden on
            purpose (n, n_columns), bool; the two fills (n, n_encoded); folds (n,), int.
        generator : torch.Generator
            Draws the dropout.

        Returns
        -------
        tuple of Tensor and dict
        """
        n_networks: int = self.network.n_networks  # type: ignore[assignment]
        x, given, hidden, fill, near, fold = (_divided(part, n_networks) for part in batch)
        own = torch.arange(n_networks, device=x.device)[:, None]
        counted = self.weights * (hidden & (fold != own)[..., None])
        restored = self.network(x, given, fill, near, generator)
        squares = (restored - x).square() * counted[..., self.column_of]
        return squares.sum() / counted.sum().clamp(min=1e-6), {}

    def validation_loss(
        self, batch: tuple[Tensor, ...], generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the loss of held-out rows; see ``training_loss``.

        Parameters
        ----------
        batch : tuple of Tensor
            As for ``training_loss``.
        generator : torch.Generator
            Not used in evaluation mode.

        Returns
        -------
        tuple of Tensor and dict
        """
        return self.training_loss(batch, generator)


def _divided(part: Tensor, n: int) -> Tensor:
    """Divide rows among networks; a batch of fewer rows than networks is repeated."""
    if len(part) < n:
        part = part.repeat(n, *[1] * (part.dim() - 1))
    length = len(part) // n
    return part[: n * length].reshape(n, length, *part.shape[1:])
