"""Encoded rows: the same bytes by any access, one block at a time."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from scipy import sparse

from isthmus.preprocessing import Scaling, fit_scaling
from isthmus.rows import _dense_rows, as_rows, block_size

N, D = 2500, 5  # two blocks and a part of one


@pytest.fixture(name="X")
def make_rows(rng):
    return rng.normal(size=(N, D)) * 10 + 3


def gathered(rows, **kwargs):
    return torch.cat([block for _, block in rows.blocks(**kwargs)]).cpu().numpy()


@pytest.mark.parametrize(
    ("n_features", "size"),
    [(1, 1024), (784, 1024), (4096, 1024), (4097, 512), (50_000, 64), (10**7, 64), (0, 1024)],
)
def test_a_block_has_a_power_of_two_of_rows(n_features, size):
    assert block_size(n_features) == size


@pytest.mark.parametrize("dtype", ["u1", "i8", "f4", "f8"])
@pytest.mark.parametrize("kind", ["unit", "standard"])
def test_kept_or_not_the_bytes_are_those_of_the_scaling(X, dtype, kind, device):
    X = np.abs(X).astype(dtype)
    scaling = fit_scaling(X, kind)
    kept, read = (as_rows(X, scaling, device=device, keep=keep) for keep in (True, False))
    assert kept.are_kept and not read.are_kept
    expected = scaling.apply(X)
    assert gathered(kept).tobytes() == gathered(read).tobytes() == expected.tobytes()
    some = torch.tensor([7, 0, 2499, 7])
    assert torch.equal(kept.take(some), read.take(some))
    assert_array_equal(read.take(some).cpu().numpy(), expected[some])


def test_the_length_and_width_are_those_of_the_array(X):
    rows = as_rows(X, fit_scaling(X))
    assert (len(rows), rows.n_features) == (N, D)


@pytest.mark.parametrize("keep", [True, False])
def test_the_last_block_is_padded_with_zeros(X, keep):
    rows = as_rows(X, fit_scaling(X, "standard"), keep=keep)
    blocks = list(rows.blocks(padded=True))
    assert [where for where, _ in blocks] == [slice(0, 1024), slice(1024, 2048), slice(2048, N)]
    assert {tuple(block.shape) for _, block in blocks} == {(1024, D)}
    assert not blocks[-1][1][N - 2048 :].any()
    assert_array_equal(gathered(rows, padded=True)[:N], gathered(rows))


def test_without_padding_the_last_block_is_short(X):
    assert [len(b) for _, b in as_rows(X, fit_scaling(X)).blocks()] == [1024, 1024, N - 2048]


def test_rows_too_large_to_keep_are_scaled_as_they_are_read(X, monkeypatch):
    monkeypatch.setattr(_dense_rows, "_CACHE_BYTES", X.size * 4 - 1)
    rows = as_rows(X, fit_scaling(X), keep=True)
    assert not rows.are_kept
    monkeypatch.setattr(_dense_rows, "_CACHE_BYTES", X.size * 4)
    assert as_rows(X, fit_scaling(X), keep=True).are_kept


@pytest.mark.parametrize("keep", [True, False])
def test_a_read_only_memory_map_will_do(X, keep, tmp_path):
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    scaling = fit_scaling(mapped, "standard")
    rows = as_rows(mapped, scaling, keep=keep)
    assert gathered(rows).tobytes() == scaling.apply(X).tobytes()
    rows.take(torch.arange(3)).zero_()
    next(rows.blocks())
    assert_array_equal(mapped, X)


@pytest.mark.parametrize("dtype", ["f4", "f8", "i4"])
def test_sparse_rows_give_the_bytes_of_their_dense_twins(X, dtype):
    X = np.where(X > 0, X, 0).astype(dtype)
    scaling = fit_scaling(X, "unit")
    dense, csr = as_rows(X, scaling), as_rows(sparse.csr_array(X), scaling, keep=True)
    assert not csr.are_kept
    assert gathered(csr, padded=True).tobytes() == gathered(dense, padded=True).tobytes()
    some = torch.tensor([7, 0, 2499, 7])
    assert torch.equal(csr.take(some), dense.take(some))


def test_sparse_rows_are_densified_one_block_at_a_time(rng, monkeypatch):
    X = sparse.csr_array(rng.binomial(1, 0.1, size=(5000, 8)))
    sizes = []
    toarray = type(X).toarray

    def counted(self, *args, **kwargs):
        sizes.append(self.shape[0])
        return toarray(self, *args, **kwargs)

    monkeypatch.setattr(type(X), "toarray", counted)
    rows = as_rows(X, Scaling("none", np.zeros(1), np.ones(1)), keep=True)
    list(rows.blocks(padded=True))
    rows.take(torch.arange(32))
    assert max(sizes) == block_size(8)
    assert sizes[-1] == 32


def test_taken_rows_belong_to_the_taker(X):
    rows = as_rows(X, fit_scaling(X), keep=True)
    before = gathered(rows).copy()
    rows.take(torch.arange(10)).zero_()
    assert_array_equal(gathered(rows), before)


@pytest.mark.parametrize(
    "lay", [lambda X: X, np.asfortranarray, lambda X: X[::-1], lambda X: X[::2]]
)
@pytest.mark.parametrize("writable", [True, False])
def test_bytes_are_read_where_they_lie_whatever_their_order(X, lay, writable, recwarn):
    raw = lay(np.abs(X).astype(np.uint8))
    before = raw.copy()
    raw.flags.writeable = writable
    scaling = fit_scaling(raw, "standard")
    rows = as_rows(raw, scaling)
    assert_array_equal(gathered(rows), scaling.apply(raw))
    assert_array_equal(rows.take(torch.tensor([7, 3])), scaling.apply(raw[[7, 3]]))
    assert_array_equal(raw, before)
    assert not recwarn.list


def test_a_cuda_device_keeps_rows_in_up_to_half_of_its_free_memory(monkeypatch):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (1000, 4000))
    assert _dense_rows._available_bytes(torch.device("cuda")) == 500
    assert _dense_rows._available_bytes(torch.device("cpu")) == _dense_rows._CACHE_BYTES
