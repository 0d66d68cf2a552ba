"""Rows as a protocol: selections without copies, batches for one process and for several."""

from __future__ import annotations

import os

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from isthmus._random import torch_generator
from isthmus._row_blocks import row_blocks
from isthmus._selected_rows import SelectedRows, select_rows
from isthmus.errors import DataError
from isthmus.preprocessing import fit_scaling
from isthmus.rows import LabelledRows, as_rows, batch_indices, n_batches

N, D = 1500, 4


@pytest.fixture(name="X")
def make_rows(rng):
    return rng.integers(0, 256, (N, D), dtype=np.uint8)


def rows_of(kind, X, tmp_path, *, keep=False):
    """One implementation over the values of X, and those values encoded."""
    if kind == "sparse":
        X = np.where(X > 200, X, 0).astype(np.float32)
    elif kind == "floats":
        X = X.astype(np.float64)
    scaling = fit_scaling(X, "unit")
    given = X
    if kind == "sparse":
        given = sparse.csr_array(X)
    elif kind == "memory map":
        np.save(tmp_path / "X.npy", X)
        given = np.load(tmp_path / "X.npy", mmap_mode="r")
    rows = as_rows(given, scaling, keep=keep)
    return rows, scaling.apply(X)


KINDS = ["bytes", "floats", "memory map", "sparse"]


def all_of(rows):
    return torch.cat([block for _, block in rows.blocks()]).numpy()


@pytest.mark.parametrize("keep", [False, True], ids=["read", "kept"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_selection_has_its_rows_in_the_order_asked_for(kind, keep, X, rng, tmp_path):
    rows, encoded = rows_of(kind, X, tmp_path, keep=keep)
    chosen = rng.permutation(N)[:1200]
    part = rows.select(chosen)
    assert len(part) == 1200 and part.are_kept == rows.are_kept
    assert_array_equal(all_of(part), encoded[chosen])
    assert_array_equal(part.take(torch.tensor([5, 0])).numpy(), encoded[chosen[[5, 0]]])
    again = part.select(np.array([7, 3, 3]))
    assert_array_equal(all_of(again), encoded[chosen[[7, 3, 3]]])


def test_a_selection_of_labelled_rows_keeps_their_classes(X, tmp_path):
    classes = np.arange(N) % 7
    rows = LabelledRows(rows_of("bytes", X, tmp_path)[0], classes)
    part = rows.select(np.array([9, 2]))
    ((_, (block, labels)),) = part.blocks(padded=True)
    assert labels[:2].tolist() == [2, 2] and len(labels) == len(block)
    assert [len(labels) for _, labels in rows.batches(1, 0, 1000)] == [1000, 500]


@pytest.mark.parametrize("kind", KINDS)
def test_batches_are_the_rows_in_an_order_of_seed_and_epoch(kind, X, tmp_path):
    rows, encoded = rows_of(kind, X, tmp_path)
    order = torch.randperm(N, generator=torch_generator(3, "shuffle", 2))
    batches = [batch.clone() for batch in rows.batches(2, 3, 400)]
    assert [len(batch) for batch in batches] == [400, 400, 400, 300]
    assert_array_equal(torch.cat(batches).numpy(), encoded[order.numpy()])


@pytest.mark.parametrize("world", [2, 3, 7])
@pytest.mark.parametrize(("n_rows", "batch_size"), [(100, 30), (101, 25), (98, 32), (20, 64)])
def test_ranks_share_each_batch_and_have_as_many(n_rows, batch_size, world):
    whole = batch_indices(n_rows, 1, 0, batch_size)
    of_ranks = [
        batch_indices(n_rows, 1, 0, batch_size, rank=rank, world=world) for rank in range(world)
    ]
    assert {len(parts) for parts in of_ranks} == {n_batches(n_rows, batch_size, world=world)}
    assert min(len(part) for parts in of_ranks for part in parts) >= 1
    for parts in zip(*of_ranks, strict=True):
        sizes = [len(part) for part in parts]
        assert max(sizes) - min(sizes) <= 1
    for k in range(n_batches(n_rows, batch_size, world=world) - 1):
        together = sorted(i for parts in of_ranks for i in parts[k].tolist())
        assert together == sorted(whole[k].tolist())
    every = sorted(i for parts in of_ranks for part in parts for i in part.tolist())
    assert every == list(range(n_rows))


def test_fewer_rows_than_ranks_are_refused():
    with pytest.raises(DataError, match=r"with 4 processes requires at least 4 rows\. Got 3\."):
        batch_indices(3, 1, 0, 32, rank=0, world=4)


class Pictures:
    """An encoder to channels first, as pictures need it."""

    encoded_shape = (3, 4, 5)

    def encode(self, block):
        return np.ascontiguousarray(block.transpose(0, 3, 1, 2), dtype=np.float32) / 255


class Bytes(Pictures):
    """The same for rows with channels first already, as bytes."""

    def encode(self, block):
        return block.reshape(-1, 3, 4, 5).astype(np.float32) * np.float32(0.5)

    def single(self):
        return np.zeros(1, np.float32), np.full(1, 0.5, np.float32)


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize(("encoder", "shape"), [(Pictures(), (4, 5, 3)), (Bytes(), (60,))])
def test_an_encoder_may_give_rows_another_shape(encoder, shape, keep, rng):
    raw = rng.integers(0, 256, (70, *shape), dtype=np.uint8)
    rows = as_rows(raw, encoder, keep=keep)
    assert rows.shape == (3, 4, 5) and rows.n_features == 60
    expected = encoder.encode(raw)
    assert_array_equal(all_of(rows), expected)
    assert_array_equal(rows.take(torch.tensor([3, 1])).numpy(), expected[[3, 1]])
    assert_array_equal(all_of(rows.select(np.array([4, 2]))), expected[[4, 2]])
    ((_, padded),) = rows.blocks(padded=True)
    assert padded.shape[1:] == (3, 4, 5) and not padded[70:].any()


# --- raw rows before there is an encoder ----------------------------------------------------------


def test_a_split_of_a_memory_map_copies_nothing(X, tmp_path):
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    part = select_rows(mapped, np.arange(1, N, 2))
    assert isinstance(part, SelectedRows) and part.base is mapped
    assert part.shape == (N // 2, D) and part.dtype == np.uint8 and part.ndim == 2
    assert len(part) == N // 2 and part.nbytes == N // 2 * D
    assert_array_equal(part[:3], X[1:7:2])
    assert_array_equal(part[np.array([4, 0])], X[[9, 1]])
    assert_array_equal(part[2], X[5])
    assert_array_equal(part[1:3, 2], X[3:6:2, 2])
    assert_array_equal(np.asarray(part, dtype=np.float64), X[1::2].astype(np.float64))
    assert_array_equal(np.concatenate(list(row_blocks(part))), X[1::2])
    assert (part.min(), part.max()) == (X[1::2].min(), X[1::2].max())
    assert_allclose(part.mean(axis=0), X[1::2].mean(axis=0))
    assert_array_equal(part.astype(np.int64), X[1::2])
    again = select_rows(part, np.array([3, 3, 0]))
    assert isinstance(again, SelectedRows)
    assert_array_equal(again[:], X[[7, 7, 1]])
    scaling = fit_scaling(part, "unit")
    assert_array_equal(all_of(as_rows(part, scaling)), scaling.apply(X[1::2]))


def test_what_is_in_memory_is_copied(X):
    part = select_rows(X, np.array([3, 1]))
    assert isinstance(part, np.ndarray)
    assert_array_equal(part, X[[3, 1]])
    csr = sparse.csr_array(X)
    assert_array_equal(select_rows(csr, np.array([3, 1])).toarray(), X[[3, 1]])


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="needs Linux's /proc")
def test_a_split_of_a_memory_map_takes_no_memory_of_its_own(tmp_path):
    shape = (200_000, 256)  # 51 MB
    mapped = np.lib.format.open_memmap(tmp_path / "X.npy", "w+", np.uint8, shape)
    mapped[:] = 1
    mapped.flush()
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")

    def own():
        with open("/proc/self/status") as status:
            line = next(line for line in status if line.startswith("RssAnon"))
        return int(line.split()[1]) / 1024

    before = own()
    part = select_rows(mapped, np.flatnonzero(np.arange(len(mapped)) % 10))
    for _ in row_blocks(part):
        pass
    rows = as_rows(part, fit_scaling(part, "unit"))
    for _ in rows.batches(1, 0, 512):
        pass
    assert own() - before < 25
