"""Objectives on shifted pictures."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ._shifts import Shifts

__all__ = ["Shifted"]


class Shifted(nn.Module):
    """Another objective on randomly shifted pictures.

    Parameters
    ----------
    objective : torch.nn.Module
        Has ``training_loss`` and ``validation_loss``, of rows or of rows and their classes.
    shifts : Shifts
        Applied to the rows of each training batch, before anything else.
    """

    def __init__(self, objective: nn.Module, shifts: Shifts) -> None:
        super().__init__()
        self.objective = objective
        self.is_static = getattr(objective, "is_static", False)
        self._shifts = shifts

    def training_loss(
        self, batch: Any, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the loss of a batch and its parts, from the objective.

        Parameters
        ----------
        batch : Tensor of shape (n, ...), or tuple of it and a Tensor of shape (n,)
            Pictures, or pictures and their classes.
        generator : torch.Generator
            Generator of the shifts, then of the objective's draws.

        Returns
        -------
        tuple of Tensor and dict
        """
        if isinstance(batch, tuple):
            rows, classes = batch
            batch = self._shifts.apply(rows, generator), classes
        else:
            batch = self._shifts.apply(batch, generator)
        loss: tuple[Tensor, dict[str, Tensor]] = self.objective.training_loss(batch, generator)  # type: ignore[operator]
        return loss

    def validation_loss(
        self, batch: Any, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the loss of held-out rows, which are not shifted, and its parts.

        Parameters
        ----------
        batch : Tensor of shape (n, ...), or tuple of it and a Tensor of shape (n,)
            Pictures, or pictures and their classes.
        generator : torch.Generator
            Generator of the objective's draws.

        Returns
        -------
        tuple of Tensor and dict
        """
        loss: tuple[Tensor, dict[str, Tensor]] = self.objective.validation_loss(batch, generator)  # type: ignore[operator]
        return loss
