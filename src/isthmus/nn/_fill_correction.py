"""Networks that correct a first fill of missing cells."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ._perceptron_ensemble import PerceptronEnsemble
from ._quantile_bins import QuantileBins

__all__ = ["FillCorrection"]

_CENTRE = 0.7  # about the share of cells that are given


class FillCorrection(nn.Module):
    """Ensemble of perceptrons that correct a first fill of missing cells.

    A network sees which cells are given, their values in quantile bins, the first fill and the
    fill of near rows; what it returns is added to the first fill.

    Parameters
    ----------
    sizes : sequence of int
        Number of encoded values of each column.
    bins : QuantileBins
        Bins of the encoded values.
    n_networks, width, n_layers : int
        Shape of the ensemble; see ``PerceptronEnsemble``.
    dropout : float, default=0.0
        Fraction of hidden values to set to 0 in training.
    generator : torch.Generator, default=None
        Draws the initial weights; None leaves them uninitialised.
    """

    column_of: Tensor

    def __init__(
        self,
        sizes: Sequence[int],
        bins: QuantileBins,
        *,
        n_networks: int,
        width: int,
        n_layers: int,
        dropout: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        n_encoded, self.n_networks, self.bins = sum(sizes), n_networks, bins
        column_of = torch.arange(len(sizes)).repeat_interleave(torch.tensor(sizes))
        self.register_buffer("column_of", column_of, persistent=False)
        self.ensemble = PerceptronEnsemble(
            n_networks,
            len(sizes) + 2 * n_encoded + bins.n_bins,
            n_encoded,
            width,
            n_layers,
            dropout=dropout,
            generator=generator,
        )

    def forward(
        self,
        x: Tensor,
        given: Tensor,
        fill: Tensor,
        near: Tensor,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Return each network's values of all cells.

        Parameters
        ----------
        x : Tensor of shape (n_networks, n, n_encoded) or (n, n_encoded)
            Encoded rows, finite; values of cells that are not given do not count.
        given : Tensor of shape (..., n, n_columns), bool
            Which cells may be seen.
        fill, near : Tensor of shape (..., n, n_encoded)
            Rows with a first fill, and with the fill of near rows.
        generator : torch.Generator, default=None
            Draws the dropout in training.

        Returns
        -------
        Tensor of shape (n_networks, n, n_encoded)
        """
        seen = given.to(x.dtype)
        binned = self.bins(x, seen[..., self.column_of])
        inputs = torch.cat([seen - _CENTRE, fill, binned, near], dim=-1)
        inputs = inputs.expand(self.n_networks, *inputs.shape[-2:])
        corrected: Tensor = fill + self.ensemble(inputs, generator)
        return corrected
