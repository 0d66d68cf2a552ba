"""Streamed rows: every row once an epoch, in an order of the seed alone."""

from __future__ import annotations

import os
import sys
import threading
import time

import numpy as np
import pytest
import torch

from isthmus._chunks import ChunkedRows
from isthmus.errors import DataError
from isthmus.preprocessing import AS_IS
from isthmus.rows import DenseRows, StreamedRows, _read_windows, _streamed_rows, n_batches

X = np.arange(5000 * 2, dtype=np.float32).reshape(5000, 2)


def chunked(read=None, groups=None):
    sizes = [100, 400, 1, 499] * 5
    starts = np.cumsum([0, *sizes])
    own = read or (lambda k: X[starts[k] : starts[k + 1]])
    return ChunkedRows(sizes, own, n_features=2, dtype=np.float32, groups=groups), starts


@pytest.fixture(autouse=True, params=[1, 64], ids=["all-compute", "some-are-free"])
def processors(request, monkeypatch):
    """Use small windows, read before they are used, or during the computation with another one."""
    monkeypatch.setattr(_streamed_rows, "_WINDOW_BYTES", 8 * 900)
    monkeypatch.setattr(_read_windows, "n_processors", lambda: request.param)
    return request.param


@pytest.mark.parametrize("batch_size", [1, 64, 1000, 6000])
def test_an_epoch_has_every_row_once_in_batches_of_one_size(batch_size):
    rows = StreamedRows(chunked()[0], AS_IS)
    batches = [batch.clone() for batch in rows.batches(1, 0, batch_size)]
    assert len(batches) == n_batches(5000, batch_size)
    assert {len(batch) for batch in batches[:-1]} <= {batch_size}
    assert sorted(torch.cat(batches)[:, 0].tolist()) == X[:, 0].tolist()


def test_the_ranks_of_a_training_share_every_batch():
    rows = StreamedRows(chunked()[0], AS_IS)
    parts = [list(rows.batches(1, 0, 300, rank=rank, world=3)) for rank in range(3)]
    read = torch.cat([batch for part in parts for batch in part])[:, 0]
    assert sorted(read.tolist()) == X[:, 0].tolist()
    assert len({len(part) for part in parts}) == 1


def test_the_order_depends_on_seed_and_epoch_not_on_the_time_that_reading_takes():
    def slowly(k):
        time.sleep(0.002 * (k % 3))
        return X[starts[k] : starts[k + 1]]

    _, starts = chunked()
    order = [
        torch.cat(list(StreamedRows(own, AS_IS).batches(epoch, seed, 128)))[:, 0].tolist()
        for own, epoch, seed in (
            (chunked()[0], 1, 0),
            (chunked(slowly)[0], 1, 0),
            (chunked()[0], 2, 0),
            (chunked()[0], 1, 1),
        )
    ]
    assert order[0] == order[1]
    assert order[0] != order[2] and order[0] != order[3]


def test_rows_of_several_chunks_are_mixed_in_a_window():
    rows = StreamedRows(chunked()[0], AS_IS)
    first = torch.cat(list(rows.batches(1, 0, 64)))[:64, 0].numpy() / 2
    assert len(np.unique(np.searchsorted(np.cumsum([0, *[100, 400, 1, 499] * 5]), first))) > 1


def test_the_chunks_of_a_group_are_read_in_order():
    asked = []
    _, starts = chunked()

    def read(k):
        asked.append(k)
        return X[starts[k] : starts[k + 1]]

    list(StreamedRows(chunked(read, [0] * 10 + [1] * 10)[0], AS_IS).batches(1, 0, 512))
    assert [k for k in asked if k < 10] == [*range(10)]
    assert [k for k in asked if k >= 10] == [*range(10, 20)]


def test_blocks_equal_those_of_the_rows_in_memory():
    kept = list(DenseRows(X, AS_IS).blocks(padded=True))
    found = [(w, b.clone()) for w, b in StreamedRows(chunked()[0], AS_IS).blocks(padded=True)]
    assert [where for where, _ in kept] == [where for where, _ in found]
    assert all(torch.equal(a, b) for (_, a), (_, b) in zip(kept, found, strict=True))


def test_an_epoch_that_is_not_read_to_its_end_leaves_no_thread():
    batches = StreamedRows(chunked()[0], AS_IS).batches(1, 0, 64)
    next(batches)
    batches.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("isthmus-read")]


def test_an_error_of_the_reading_thread_reaches_the_training():
    def read(k):
        raise DataError("`b.parquet` cannot be read.")

    with pytest.raises(DataError, match=r"b\.parquet"):
        next(StreamedRows(chunked(read)[0], AS_IS).batches(1, 0, 64))


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no priorities of their own")
def test_only_threads_that_read_beside_computation_have_a_low_priority(processors):
    def niceness():
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    found = {}

    def read(k):
        found[threading.get_native_id()] = niceness()
        return X[starts[k] : starts[k + 1]]

    source, starts = chunked(read)
    own = niceness()
    for _ in StreamedRows(source, AS_IS).batches(1, 0, 500):
        assert niceness() == own
    assert found.pop(threading.get_native_id(), own) == own  # it helps where it has to wait
    expected = own if processors == 1 else max(own, 10)
    assert set(found.values()) == {expected}


def test_nothing_is_read_during_computation_on_all_processors(processors):
    read = []

    def noted(k):
        read.append(k)
        return X[starts[k] : starts[k + 1]]

    source, starts = chunked(noted)
    batches = StreamedRows(source, AS_IS).batches(1, 0, 100)
    next(batches)
    time.sleep(0.05)
    n_rows = sum(source.sizes[k] for k in read)
    assert n_rows <= 900 if processors == 1 else n_rows > 900
    batches.close()
