"""Missing and infinite values are named by column and counted."""

from __future__ import annotations

import re
import tracemalloc

import numpy as np
import pytest
from scipy import sparse

from isthmus import _row_blocks as _blocks
from isthmus._finite import check_finite
from isthmus.errors import DataError


def bad(*places, value=np.nan, shape=(20, 8)):
    X = np.ones(shape)
    for place in places:
        X[place] = value
    return X


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i4", "u1"])
def test_finite_rows_pass(dtype):
    check_finite(np.ones((3, 2), dtype))
    check_finite(sparse.csr_array(np.eye(3, dtype="f8" if dtype == "f2" else dtype)))


def test_columns_are_told_by_position_with_their_counts():
    message = (
        "X must hold finite numbers only. Got NaN (a missing value) in column 1 (2 values), "
        "column 4 (1 value): fill or drop these rows, or leave the columns out."
    )
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        check_finite(bad((0, 1), (7, 1), (3, 4)))


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_infinite_values_are_told_as_such(value):
    with pytest.raises(DataError, match=r"Got an infinite value \(inf\) in column 2 \(1 value\)"):
        check_finite(bad((0, 2), value=value))


def test_opposite_infinities_do_not_cancel():
    X = bad((0, 2), value=np.inf)
    X[1, 2] = -np.inf
    with pytest.raises(DataError, match=r"column 2 \(2 values\)"):
        check_finite(X)


def test_columns_are_told_by_name_where_they_have_one():
    with pytest.raises(DataError, match=r"in column 'age' \(1 value\)"):
        check_finite(bad((0, 1), shape=(3, 2)), names=["height", "age"])


def test_the_owner_is_told():
    with pytest.raises(DataError, match=r"^codes must hold finite numbers only\."):
        check_finite(bad((0, 1)), owner="codes")


def test_five_columns_are_named_and_the_rest_counted():
    with pytest.raises(DataError, match=r"column 4 \(20 values\) and 3 more columns: fill"):
        check_finite(bad(np.s_[:, :]))


def test_six_columns_leave_one_more_column():
    with pytest.raises(DataError, match=r"and 1 more column: fill"):
        check_finite(bad(np.s_[:, :6]))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_sparse_rows_are_looked_through_as_well(value):
    X = sparse.csr_array(np.where(bad((0, 1), (7, 1), (3, 4), value=value) == 1, 0, value))
    with pytest.raises(DataError, match=r"in column 1 \(2 values\), column 4 \(1 value\)"):
        check_finite(X)


def test_blocks_add_up(monkeypatch):
    monkeypatch.setattr(_blocks, "_BLOCK_VALUES", 8 * 3)
    with pytest.raises(DataError, match=r"column 1 \(2 values\), column 4 \(1 value\)"):
        check_finite(bad((0, 1), (19, 1), (10, 4)))


def test_huge_values_are_finite():
    check_finite(np.full((4, 2), 1.7e308))
    check_finite(np.full((4, 2), 3e38, dtype=np.float32))


def test_a_check_takes_no_memory_that_grows_with_the_rows(tmp_path):
    X = np.lib.format.open_memmap(tmp_path / "X.npy", "w+", "f4", (2**17, 128))
    tracemalloc.start()
    check_finite(X)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < X.nbytes / 4
