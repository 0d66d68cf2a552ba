"""Sparse rows are written block by block, as SciPy and NumPy read them."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from scipy import sparse

from isthmus.runs import write_rows

_sparse_arrays = importlib.import_module("isthmus.runs._sparse_arrays")


@pytest.fixture
def codes(rng):
    dense = rng.normal(size=(10, 6)).astype(np.float32)
    dense[dense < 0.5] = 0
    dense[3] = 0
    return sparse.csr_array(dense)


def test_blocks_are_the_array_that_scipy_writes(codes, tmp_path):
    write_rows(tmp_path / "a.npz", iter([codes[:4], codes[4:7], codes[7:]]), 10, ["a"], {})
    sparse.save_npz(tmp_path / "b.npz", codes)
    read, expected = (sparse.load_npz(tmp_path / name) for name in ("a.npz", "b.npz"))
    assert isinstance(read, sparse.csr_array)
    assert read.shape == expected.shape
    for name in ("data", "indices", "indptr"):
        own, other = getattr(read, name), getattr(expected, name)
        assert own.dtype == other.dtype
        np.testing.assert_array_equal(own, other)


@pytest.mark.parametrize("n", [0, 1])
def test_few_rows_without_values_are_written(n, tmp_path):
    empty = sparse.csr_array((n, 6), dtype=np.float64)
    write_rows(tmp_path / "a.npz", iter([empty]), n, ["a"], {})
    read = sparse.load_npz(tmp_path / "a.npz")
    assert (read.shape, read.nnz, read.dtype) == ((n, 6), 0, np.float64)


def test_dense_files_are_written_in_pieces(codes, tmp_path, monkeypatch):
    monkeypatch.setattr(_sparse_arrays, "_DENSE_VALUES", 13)
    pieces = list(_sparse_arrays.dense_pieces(codes))
    assert [len(piece) for piece in pieces] == [2] * 5
    write_rows(tmp_path / "a.npy", iter([codes[:5], codes[5:]]), 10, ["a"], {})
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), codes.toarray())
