"""Rows of several tensors."""

from __future__ import annotations

import numpy as np
import torch

from isthmus.rows import TensorRows

ROWS = TensorRows(torch.arange(10.0)[:, None], torch.arange(10) * 2)


def test_batches_are_tuples_of_the_same_rows_and_cover_all() -> None:
    seen = []
    for x, doubled in ROWS.batches(1, 0, 4):
        assert torch.equal(2 * x[:, 0], doubled.float())
        seen += x[:, 0].tolist()
    assert sorted(seen) == list(range(10))
    assert seen != sorted(seen)


def test_selected_rows_are_in_the_given_order() -> None:
    (x, _) = ROWS.select(np.array([3, 1])).take(torch.tensor([0, 1]))
    assert x[:, 0].tolist() == [3, 1]


def test_blocks_are_in_order_and_padded_with_zeros() -> None:
    ((where, (x, _)),) = ROWS.blocks()
    assert (where, len(x)) == (slice(0, 10), 10)
    ((where, (x, doubled)),) = ROWS.blocks(padded=True)
    assert len(x) == len(doubled) > 10
    assert not x[10:].any()
    assert where == slice(0, 10)
    assert ROWS.are_kept
