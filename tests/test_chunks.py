"""Rows in chunks: reading, splits, samples and statistics."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from isthmus._chunks import ChunkedRows, ChunkedTable

SIZES = (7, 1, 12, 30)


@pytest.fixture(name="X")
def make_array():
    X = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    X[:, 2] = np.round(X[:, 2])
    return X


@pytest.fixture
def rows(X):
    starts = np.cumsum([0, *SIZES])
    return ChunkedRows(
        SIZES, lambda k: X[starts[k] : starts[k + 1]], n_features=3, dtype=np.float32
    )


def test_rows_are_read_like_those_of_an_array(X, rows):
    assert rows.shape == X.shape and len(rows) == 50 and rows.ndim == 2
    np.testing.assert_array_equal(rows[:], X)
    np.testing.assert_array_equal(rows[5:25], X[5:25])
    np.testing.assert_array_equal(rows[40:5:-3], X[40:5:-3])
    np.testing.assert_array_equal(rows[[49, 0, 8, 8, -1]], X[[49, 0, 8, 8, -1]])
    np.testing.assert_array_equal(rows[X[:, 0] > 0], X[X[:, 0] > 0])
    np.testing.assert_array_equal(rows[3], X[3])
    np.testing.assert_array_equal(rows[:, [2, 0]][:], X[:, [2, 0]])
    assert rows[50:].shape == (0, 3)


@pytest.mark.parametrize("step", [1, 4, 7, 13, 50, 64])
def test_pieces_have_the_size_asked_for_whatever_the_chunks(X, rows, step):
    pieces = list(rows.pieces(step))
    assert {len(piece) for piece in pieces[:-1]} <= {step}
    np.testing.assert_array_equal(np.concatenate(pieces), X)


def test_the_split_depends_on_positions_and_the_seed_only(X, rows):
    stay, leave = rows.split(0.3, 5)
    assert len(stay) + len(leave) == 50 and 5 < len(leave) < 25
    places = leave.places(np.arange(len(leave)))
    np.testing.assert_array_equal(leave[:], X[places])
    whole = ChunkedRows([50], lambda k: X, n_features=3, dtype=np.float32)
    np.testing.assert_array_equal(whole.split(0.3, 5)[1][:], leave[:])
    assert not np.array_equal(whole.split(0.3, 6)[1].shape, leave.shape) or not np.array_equal(
        whole.split(0.3, 6)[1][:], leave[:]
    )
    # A split of a split, as for early stopping.
    inner = stay.split(0.5, 1)[1]
    np.testing.assert_array_equal(inner[:], X[inner.places(np.arange(len(inner)))])


def test_a_split_holds_out_the_fraction_it_was_asked_for():
    n = 200_000
    rows = ChunkedRows([n], lambda k: np.zeros((n, 1)), n_features=1, dtype=float)
    for seed in (0, 1, 2**40):
        assert abs(len(rows.split(0.2, seed)[1]) / n - 0.2) < 0.005


def test_a_sample_has_each_row_at_most_once_and_in_order(X, rows):
    places, sample = rows.sample(20, seed=3)
    assert len(places) == 20 and (np.diff(places) > 0).all()
    np.testing.assert_array_equal(sample, X[places])
    again, _ = rows.sample(20, seed=3)
    np.testing.assert_array_equal(again, places)
    np.testing.assert_array_equal(rows.sample()[1], X)


def test_statistics_are_those_of_the_whole_array(X, rows):
    X[[4, 30], 1] = np.nan
    found = rows.statistics
    np.testing.assert_allclose(found.mean, np.nanmean(X, axis=0, dtype=float))
    np.testing.assert_allclose(found.variance, np.nanvar(X, axis=0, dtype=float))
    np.testing.assert_array_equal(found.low, np.nanmin(X, axis=0))
    np.testing.assert_array_equal(found.high, np.nanmax(X, axis=0))
    assert found.n_missing.tolist() == [0, 2, 0] and found.n_infinite.tolist() == [0, 0, 0]
    assert found.is_whole.tolist() == [False, False, True]
    assert found.n_nonzero.tolist() == np.count_nonzero(np.nan_to_num(X), axis=0).tolist()


def test_a_variance_far_from_zero_keeps_its_digits():
    X = 1e9 + np.random.default_rng(0).normal(size=(1000, 1))
    rows = ChunkedRows([500, 500], lambda k: X[k * 500 :][:500], n_features=1, dtype=float)
    np.testing.assert_allclose(rows.statistics.variance, X.var(axis=0), rtol=1e-6)


def test_cells_of_a_column_are_read_by_position():
    table = pa.table({"a": range(50), "b": [f"r{k}" for k in range(50)]})
    starts = np.cumsum([0, *SIZES])
    chunked = ChunkedTable(SIZES, lambda k: table.slice(starts[k], SIZES[k]), schema=table.schema)
    column = chunked.column("b")
    assert column.slice(5, 4).to_pylist() == ["r5", "r6", "r7", "r8"]
    assert column[[30, 2]].tolist() == ["r30", "r2"] and column[9] == "r9"
    assert chunked.select(["b"]).column_names == ["b"]
    assert chunked.split(0.5, 0)[0].at(np.array([0, 1])).num_columns == 2


def test_each_cell_is_checked_when_it_is_first_read():
    table = pa.table({"a": range(6), "b": range(6, 12)})
    seen = []
    rows = ChunkedTable([2, 4], lambda k: table.slice(2 * k, 2 + 2 * k), schema=table.schema)
    checked = rows.checked(lambda part: seen.append((part.num_rows, *part.column_names)))
    for _ in range(2):
        assert pa.concat_tables(checked.select(["b"]).chunks()).to_pydict() == {
            "b": [*range(6, 12)]
        }
    assert seen == [(2, "b"), (4, "b")]
    assert pa.concat_tables(checked.chunks()) == table
    assert seen[2:] == [(2, "a"), (4, "a")]
