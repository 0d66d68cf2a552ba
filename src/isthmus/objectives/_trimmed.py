"""A mean without the largest values."""

from __future__ import annotations

from torch import Tensor

__all__ = ["trimmed_mean"]


def trimmed_mean(losses: Tensor, ranks_by: Tensor, trim: float) -> Tensor:
    """Mean of the losses of all rows but those that rank highest.

    This is what a gradient step of least trimmed squares minimises: rows that fit badly have no
    influence on it.

    Parameters
    ----------
    losses : Tensor of shape (n,)
        One loss a row, in any unit.
    ranks_by : Tensor of shape (n,)
        How badly each row fits; the rows with the highest values are left out.
    trim : float
        Share of the rows to leave out, in [0, 1); rounded to whole rows, and one always stays.

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
