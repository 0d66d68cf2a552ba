"""Both first fills of missing cells: a Gaussian's, and that of near rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

import torch
from torch import Tensor

from ._gaussian import Gaussian
from ._low_rank_gaussian import LowRankGaussian
from ._near_rows import NearRows

__all__ = ["FirstFills"]

_WIDEST = 64  # values, above which a full covariance takes longer than all else
_COMPONENTS = 30
_MOST_ROWS = 10_000  # that the Gaussian is fitted to
_CANDIDATES = 1000  # rows among which near ones are sought


class FirstFills:
    """Fills of missing cells by a Gaussian's conditional mean and by near rows.

    Above 64 encoded values the Gaussian has a covariance of rank 30.

    Parameters
    ----------
    gaussian : Gaussian or LowRankGaussian
        Fitted.
    near : NearRows or None
        None uses no near rows.
    """

    def __init__(self, gaussian: Gaussian | LowRankGaussian, near: NearRows | None) -> None:
        self.gaussian, self.near = gaussian, near

    @classmethod
    def fitted(
        cls, x: Tensor, observed: Tensor, *, n_neighbors: int, generator: torch.Generator
    ) -> Self:
        """Fit to training rows.

        Parameters
        ----------
        x : Tensor of shape (n, d)
            Scaled rows, 0 where missing.
        observed : Tensor of shape (n, d)
            1 where observed, else 0.
        n_neighbors : int
            Number of near rows; 0 uses none.
        generator : torch.Generator
            Chooses rows; on the CPU.

        Returns
        -------
        FirstFills
        """
        order = torch.randperm(len(x), generator=generator).to(x.device)
        own = order[:_MOST_ROWS]
        gaussian: Gaussian | LowRankGaussian
        if x.shape[1] <= _WIDEST:
            gaussian = Gaussian.fitted(x[own], observed[own])
        else:
            k = min(_COMPONENTS, len(own) - 1)
            gaussian = LowRankGaussian.fitted(x[own], observed[own], k, generator)
        if not n_neighbors:
            return cls(gaussian, None)
        index = order[:_CANDIDATES]
        rows, seen = x[index], observed[index]
        filled = gaussian.fill(rows, seen)
        return cls(gaussian, NearRows(index, rows, seen > 0, filled, n_neighbors))

    def fill(
        self, x: Tensor, observed: Tensor, positions: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return rows with the fill of the Gaussian, and with that of near rows.

        Parameters
        ----------
        x, observed : Tensor of shape (n, d)
            As for ``fitted``.
        positions : Tensor of shape (n,), int, default=None
            Positions of training rows; see ``NearRows.fill``.

        Returns
        -------
        tuple of two Tensors of shape (n, d)
            Twice the first without near rows.
        """
        filled = self.gaussian.fill(x, observed)
        if self.near is None:
            return filled, filled
        return filled, self.near.fill(x, observed, filled, positions)

    def tensors(self) -> dict[str, Tensor]:
        """Return the fitted tensors by name.

        Returns
        -------
        dict of str to Tensor
        """
        near = {} if self.near is None else self.near.tensors()
        own = {f"gaussian.{name}": tensor for name, tensor in self.gaussian.tensors().items()}
        return own | {f"near.{name}": tensor for name, tensor in near.items()}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor], n_neighbors: int) -> Self:
        """Return the fills that returned ``tensors``.

        Parameters
        ----------
        tensors : mapping of str to Tensor
            As returned by ``tensors``.
        n_neighbors : int
            Number of near rows; 0 uses none.

        Returns
        -------
        FirstFills
        """
        own = {k.removeprefix("gaussian."): v for k, v in tensors.items() if "gaussian." in k}
        near = {k.removeprefix("near."): v for k, v in tensors.items() if "near." in k}
        gaussian: Gaussian | LowRankGaussian = (
            Gaussian.from_tensors(own) if "covariance" in own else LowRankGaussian.from_tensors(own)
        )
        return cls(gaussian, NearRows.from_tensors(near, n_neighbors) if near else None)
