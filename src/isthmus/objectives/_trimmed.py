"""Trimmed mean."""

from __future__ import annotations

from torch import Tensor

__all__ = ["trimmed_mean"]


def trimmed_mean(losses: Tensor, ranks_by: Tensor, trim: float) -> Tensor:
    """Mean of the losses without the rows that fit worst.

    A gradient step on it minimises the least-trimmed-squares criterion: rows that fit badly have no
    influence.

    Parameters
    ----------
    losses : Tensor of shape (n,)
        Loss of each row, in any unit.
    ranks_by : Tensor of shape (n,)
        How badly each row fits; the rows with the highest values are excluded.
    trim : float
        Fraction of the rows to exclude, in [0, 1); rounded to whole rows, and one is always kept.

    Returns
    -------
    Tensor of shape ()
        In the unit of ``losses``.

    References
    ----------
    Rousseeuw (1984), Least median of squares regression, JASA 79.
    """
    kept = max(1, round(len(losses) * (1 - trim)))
    return losses[ranks_by.topk(kept, largest=False).indices].mean()
