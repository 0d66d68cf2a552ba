"""Copies of training rows with further cells hidden, and their first fills."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ._first_fills import FirstFills

__all__ = ["hidden_copies", "single_hidden_cells"]

_LEAST, _MOST = 0.02, 0.6  # share of a row's observed cells to hide
_POOL_ROWS = 200_000
_POOL_VALUES = 12_000_000
_MOST_COPIES = 400
_SINGLE_ROWS, _MOST_SINGLE = 20_000, 20


def hidden_copies(
    x: Tensor,
    observed: Tensor,
    sizes: Sequence[int],
    fills: FirstFills,
    *,
    n_folds: int,
    n_rows: int,
    generator: torch.Generator,
) -> tuple[Tensor, ...]:
    """Return copies of rows, each with further cells hidden at random.

    The share of hidden cells is drawn for each copy of a row, so that a network learns to fill rows
    with few and with many missing cells. There are as many copies as give ``n_rows`` rows, 200,000
    rows or 12 million values, whatever is least, but at least one.

    Parameters
    ----------
    x : Tensor of shape (n, n_encoded)
        Scaled rows, 0 where missing.
    observed : Tensor of shape (n, n_columns), bool
        Which cells are observed.
    sizes : sequence of int
        Number of encoded values of each column.
    fills : FirstFills
        Fitted to these rows.
    n_folds : int
        Number of folds; row i belongs to fold i modulo this.
    n_rows : int
        Number of rows that training will use.
    generator : torch.Generator
        Draws the hidden cells; on the CPU.

    Returns
    -------
    tuple of Tensor
        As the batches of ``isthmus.objectives.CellCorrection``.
    """
    n, d = x.shape
    most_rows = min(n_rows, _POOL_ROWS, _POOL_VALUES // d)
    given = []
    for _ in range(max(1, min(_MOST_COPIES, most_rows // n))):
        rate = _LEAST + (_MOST - _LEAST) * torch.rand(n, 1, generator=generator)
        is_kept = torch.rand(n, len(sizes), generator=generator) > rate
        given.append(observed & is_kept.to(x.device))
    return _copies(x, observed, given, sizes, fills, n_folds)


def single_hidden_cells(
    x: Tensor,
    observed: Tensor,
    sizes: Sequence[int],
    fills: FirstFills,
    *,
    n_folds: int,
    generator: torch.Generator,
) -> tuple[Tensor, ...]:
    """Return copies of rows, each with one observed cell hidden: as rows are, but for one cell.

    There are as many copies as give 20,000 rows or 12 million values, at least one and at most 20.

    Parameters
    ----------
    x, observed, sizes, fills, n_folds, generator
        As for ``hidden_copies``.

    Returns
    -------
    tuple of Tensor
        As of ``hidden_copies``.
    """
    n, d = x.shape
    given = []
    for _ in range(max(1, min(_MOST_SINGLE, _SINGLE_ROWS // n, _POOL_VALUES // (n * d)))):
        order = torch.rand(observed.shape, generator=generator).to(x.device)
        chosen = torch.where(observed, order, -1.0).argmax(dim=1, keepdim=True)
        given.append(observed & torch.ones_like(observed).scatter_(1, chosen, False))
    return _copies(x, observed, given, sizes, fills, n_folds)


def _copies(
    x: Tensor,
    observed: Tensor,
    given: Sequence[Tensor],
    sizes: Sequence[int],
    fills: FirstFills,
    n_folds: int,
) -> tuple[Tensor, ...]:
    """Return one copy of all rows for each choice of the cells that are given."""
    counts = torch.tensor(sizes)
    column_of = torch.arange(len(sizes)).repeat_interleave(counts).to(x.device)
    positions = torch.arange(len(x), device=x.device)
    parts = []
    for own in given:
        seen = own[:, column_of].to(x.dtype)
        filled = fills.fill(x * seen, seen, positions)
        parts.append((x, own, observed & ~own, *filled, positions % n_folds))
    return tuple(map(torch.cat, zip(*parts, strict=True)))
