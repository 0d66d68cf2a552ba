"""Blocks of rows: all of them, in order, without a copy."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse

from isthmus import _row_blocks as _blocks
from isthmus._row_blocks import row_blocks


@pytest.mark.parametrize("n_values", [1, 7, 1000])
@pytest.mark.parametrize("shape", [(10, 3), (5,), (4, 3, 2), (0, 3), (3, 0)])
def test_blocks_are_the_rows_in_order(shape, n_values, monkeypatch):
    monkeypatch.setattr(_blocks, "_BLOCK_VALUES", n_values)
    X = np.arange(np.prod(shape)).reshape(shape)
    assert_array_equal(np.concatenate([X[:0], *row_blocks(X)]), X)


def test_a_block_has_as_many_rows_as_fit_and_at_least_one(monkeypatch):
    X = np.zeros((10, 3))
    for n_values, lengths in ((7, [2] * 5), (10, [3, 3, 3, 1]), (1, [1] * 10)):
        monkeypatch.setattr(_blocks, "_BLOCK_VALUES", n_values)
        assert [len(block) for block in row_blocks(X)] == lengths


def test_sparse_rows_stay_sparse(monkeypatch):
    monkeypatch.setattr(_blocks, "_BLOCK_VALUES", 6)
    X = sparse.csr_array(np.eye(5, 3))
    blocks = list(row_blocks(X))
    assert [block.shape for block in blocks] == [(2, 3), (2, 3), (1, 3)]
    assert_array_equal(sparse.vstack(blocks).toarray(), X.toarray())


def test_blocks_of_a_memory_map_are_views_of_its_file(tmp_path):
    X = np.lib.format.open_memmap(tmp_path / "X.npy", "w+", "f4", (6, 2))
    (block,) = row_blocks(X)
    assert type(block) is np.ndarray and np.shares_memory(block, X)
