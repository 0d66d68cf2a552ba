"""Rows of dense arrays: rows of a slow encoder are encoded once."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from isthmus.errors import DataError
from isthmus.rows import DenseRows, _dense_rows


class Slow:
    """Doubles rows, and counts how many it encoded."""

    is_slow, encoded_shape = True, (2, 2)

    def __init__(self):
        self.n = 0

    def encode(self, block):
        self.n += len(block)
        return 2 * np.asarray(block, np.float32).reshape(-1, 2, 2)


@pytest.fixture
def stored(monkeypatch):
    monkeypatch.setattr(_dense_rows, "_CACHE_BYTES", 0)
    X, encoder = np.arange(4000.0).reshape(1000, 4), Slow()
    return X, encoder, DenseRows(X, encoder, indices=np.arange(999, -1, -1), keep=True)


def test_rows_of_a_slow_encoder_are_encoded_once_if_they_are_too_many_to_keep(stored):
    X, encoder, rows = stored
    assert not rows.are_kept
    for epoch in (1, 2):
        read = torch.cat(list(rows.batches(epoch, 0, 100)))
        assert len(read) == 1000
    assert encoder.n == 1000
    assert rows.take(torch.tensor([0, 2])).flatten(1).tolist() == (2 * X[[999, 997]]).tolist()
    assert rows.select(np.array([1])).take(torch.tensor([0])).flatten().tolist() == [*2 * X[998]]


def test_what_is_done_to_a_batch_does_not_change_stored_rows(stored):
    X, _, rows = stored
    for _, block in rows.blocks():
        block.zero_()
    assert rows.take(torch.tensor([999])).flatten().tolist() == [*2 * X[0]]


def test_rows_are_encoded_each_time_if_there_is_no_space_for_a_file(monkeypatch):
    def full(n_rows, n_columns):
        raise DataError("no space")

    monkeypatch.setattr(_dense_rows, "_CACHE_BYTES", 0)
    monkeypatch.setattr(_dense_rows, "temporary_matrix", full)
    encoder = Slow()
    rows = DenseRows(np.ones((10, 4)), encoder, keep=True)
    for _ in range(2):
        assert all((block == 2).all() for _, block in rows.blocks())
    assert encoder.n == 20
