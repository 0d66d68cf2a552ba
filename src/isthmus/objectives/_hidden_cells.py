"""Hiding of cells in training, so that a network learns to fill them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

__all__ = ["HiddenCells"]


class HiddenCells:
    """Swap noise and further missing cells.

    Parameters
    ----------
    sizes : sequence of int
        Number of encoded values of each column.
    rates : sequence of float
        Fraction of each column's cells to hide; each is drawn independently.
    swap : float, default=0.0
        Fraction of all cells to replace by the same column's cell of a random row of the batch.

    References
    ----------
    Vincent et al. (2010), Stacked denoising autoencoders, JMLR 11, for masking. Swap noise is
    from M. Jahrer's solution of the Porto Seguro competition (2017).
    """

    def __init__(self, sizes: Sequence[int], rates: Sequence[float], *, swap: float = 0.0) -> None:
        counts = torch.tensor(sizes)
        self._column_of = torch.arange(len(sizes)).repeat_interleave(counts)
        self._rates = torch.tensor(rates, dtype=torch.float32)
        self._swap = swap

    def apply(self, x: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Corrupt rows.

        Parameters
        ----------
        x : Tensor of shape (n, n_encoded)
            Encoded rows, NaN where missing; not modified.
        generator : torch.Generator
            On the device of the rows.

        Returns
        -------
        tuple of two Tensors
            Corrupted rows, and which values were changed or hidden.
        """
        n, n_columns = len(x), len(self._rates)
        if self._column_of.device != x.device:
            self._column_of = self._column_of.to(x.device)
            self._rates = self._rates.to(x.device)
        drawn = torch.empty(n, n_columns, device=x.device).uniform_(generator=generator)
        hidden = drawn < self._rates
        given, changed = x, hidden
        if self._swap:
            swapped = (drawn >= self._rates) & (drawn < self._rates + self._swap)
            others = torch.randint(n, (n, n_columns), generator=generator, device=x.device)
            taken = x.gather(0, others.index_select(1, self._column_of))
            given = torch.where(swapped.index_select(1, self._column_of), taken, given)
            changed = hidden | swapped
        given = given.masked_fill(hidden.index_select(1, self._column_of), torch.nan)
        return given, changed.index_select(1, self._column_of)
