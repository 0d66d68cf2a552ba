"""Scaling by hand: each kind, constant columns, precision, and the inverse."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.datasets import load_digits, load_wine

from isthmus import _row_blocks as _blocks
from isthmus.errors import DataError, UsageError
from isthmus.preprocessing import SCALINGS, Scaling, fit_scaling

# Column 2 is constant; the array's range is [-2, 10].
X = np.array([[0.0, 10.0, 5.0], [2.0, -2.0, 5.0], [4.0, 4.0, 5.0]])


@pytest.mark.parametrize(
    ("kind", "scaled"),
    [
        ("none", X),
        ("unit", (X + 2) / 12),
        ("symmetric", (X - 4) / 6),
        ("minmax", [[0, 1, 0], [0.5, 0, 0], [1, 0.5, 0]]),
        ("standard", [[-(1.5**0.5), 1.5**0.5, 0], [0, -(1.5**0.5), 0], [1.5**0.5, 0, 0]]),
        ("robust", [[-1, 1, 0], [0, -1, 0], [1, 0, 0]]),
    ],
)
def test_each_kind_by_hand(kind, scaled):
    scaling = fit_scaling(X, kind)
    assert scaling.kind == kind
    assert scaling.apply(X).dtype == np.float32
    assert_allclose(scaling.apply(X), scaled, atol=1e-7)


@pytest.mark.parametrize("kind", SCALINGS)
@pytest.mark.parametrize("dtype", ["u1", "i4", "i8", "f4", "f8"])
def test_the_way_back_gives_the_rows_again(kind, dtype, rng):
    rows = rng.integers(0, 256, size=(40, 5)).astype(dtype)
    rows[:, 2] = 7
    scaling = fit_scaling(rows, kind)
    assert_allclose(scaling.invert(scaling.apply(rows)), rows, atol=1e-4)
    assert scaling.invert(scaling.apply(rows)).dtype == np.float64


@pytest.mark.parametrize("kind", SCALINGS)
def test_constant_columns_come_out_as_finite_constants(kind):
    rows = np.array([[1e-3, 1.0, 0.0], [1e-3, 2.0, 0.0], [1e-3, 4.0, 0.0]])
    scaled = fit_scaling(rows, kind).apply(rows)
    assert np.isfinite(scaled).all()
    assert np.ptp(scaled[:, [0, 2]], axis=0).tolist() == [0, 0]


@pytest.mark.parametrize("kind", ["minmax", "standard", "robust"])
@pytest.mark.parametrize("value", [0.0, 0.1, 2e-9, 1e15, -1e30])
def test_a_constant_column_comes_back_to_the_last_digit(kind, value):
    rows = np.column_stack([np.full(1000, value), np.arange(1000.0)])
    scaling = fit_scaling(rows, kind)
    scaled = scaling.apply(rows)
    assert not scaled[:, 0].any()
    assert (scaling.invert(scaled + 0.01)[:, 0] == value).all()


@pytest.mark.parametrize("kind", ["standard", "robust"])
def test_a_constant_column_that_rounding_blurs_is_still_constant(kind):
    # The mean of a thousand 0.1 is not 0.1: the variance that this leaves is no variance.
    rows = np.column_stack([np.full(1000, 0.1), np.arange(1000.0), np.full(1000, 1e9 + 0.1)])
    assert_allclose(fit_scaling(rows, kind).apply(rows)[:, [0, 2]], 0, atol=1e-4)


def test_a_constant_sparse_column_that_rounding_blurs_is_still_constant():
    rows = np.column_stack([np.full(1000, 0.1), np.arange(1000.0), np.full(1000, 1e9 + 0.1)])
    scaled = fit_scaling(sparse.csr_array(rows), "standard").apply(rows)
    assert_allclose(scaled[:, [0, 2]], 0, atol=1e-4)


def test_a_column_whose_middle_half_is_one_value_is_still_scaled_by_robust():
    rows = np.zeros((100, 1))
    rows[:10] = 1000.0
    scale = fit_scaling(rows, "robust").scale
    assert_allclose(scale, rows.std(axis=0))


def test_robust_does_not_feel_a_wild_row(rng):
    rows = rng.normal(size=(101, 1))
    wild = np.vstack([rows, [[1e6]]])
    assert_allclose(fit_scaling(wild, "robust").scale, fit_scaling(rows, "robust").scale, rtol=0.1)


# --- auto -----------------------------------------------------------------------------------------


def test_byte_pictures_go_to_zero_and_one(rng):
    rows = rng.integers(0, 256, size=(50, 16), dtype=np.uint8)
    rows[0, 0], rows[1, 1] = 0, 255
    scaling = fit_scaling(rows)
    assert scaling.kind == "unit"
    assert_array_equal(scaling.shift, [0])
    assert_array_equal(scaling.scale, [255])
    assert_array_equal(scaling.apply(rows), rows.astype(np.float32) * np.float32(1 / 255))


def test_pictures_as_floats_are_known_by_their_shared_range():
    assert fit_scaling(load_digits().data).kind == "unit"


def test_a_table_is_standardised():
    assert fit_scaling(load_wine().data).kind == "standard"


def test_a_standardised_table_is_standardised_again(rng):
    assert fit_scaling(rng.normal(size=(500, 8))).kind == "standard"


def test_one_column_alone_shares_its_range_with_none(rng):
    assert fit_scaling(rng.uniform(size=(50, 1))).kind == "standard"


@pytest.mark.parametrize(("shared", "kind"), [(2, "unit"), (1, "standard")])
def test_at_least_half_of_the_varying_columns_have_to_share_the_range(shared, kind, rng):
    rows = rng.uniform(0.3, 0.6, size=(50, 6))
    rows[0, :shared], rows[1, :shared] = 0, 1
    rows[:, 4:] = 0.5  # constant, so they have no say
    assert fit_scaling(rows).kind == kind


def test_sparse_rows_are_scaled_to_one_range():
    scaling = fit_scaling(sparse.csr_array(np.array([[0.0, 4.0], [0.0, 0.0], [2.0, 0.0]])))
    assert (scaling.kind, scaling.shift.tolist(), scaling.scale.tolist()) == ("unit", [0], [4])


# --- precision ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["standard", "minmax", "robust"])
@pytest.mark.parametrize("dtype", ["f8", "i8"])
def test_time_stamps_keep_their_digits(kind, dtype):
    seconds = (1_700_000_000 + np.arange(100)).reshape(-1, 1).astype(dtype)
    scaled = fit_scaling(seconds, kind).apply(seconds)
    assert_allclose(np.diff(scaled[:, 0]), np.diff(scaled[:, 0]).mean(), rtol=1e-4)


def test_what_single_precision_holds_comes_back_unbiased():
    rows = (2**24 + 2 * np.arange(64, dtype=np.float32) + 4).reshape(-1, 1)
    scaling = fit_scaling(rows, "standard")
    assert_allclose(scaling.invert(scaling.apply(rows)), rows, rtol=0, atol=0.1)


@pytest.mark.parametrize("kind", ["standard", "minmax", "unit", "symmetric", "robust"])
@pytest.mark.parametrize("size", [1e-42, 1e-30, 1e30])
def test_tiny_and_large_single_precision_values_scale_to_numbers(kind, size):
    rows = (np.array([[1.0, 2.0], [2.0, 5.0], [4.0, 3.0]]) * size).astype(np.float32)
    scaled = fit_scaling(rows, kind).apply(rows)
    assert np.isfinite(scaled).all()
    assert np.abs(scaled).max() < 10


@pytest.mark.parametrize("kind", ["auto", "standard", "robust", "minmax", "unit", "symmetric"])
def test_values_too_large_for_their_spread_are_named(kind):
    rows = np.array([[0.0, -1.7e308], [1.0, -1.7e308], [2.0, 1.7e308], [4.0, 1.7e308]])
    message = r"Values must be small enough .*below about 1e150.*Column 1 has larger values"
    with pytest.raises(DataError, match=message):
        fit_scaling(rows, kind)


def test_a_variance_that_overflows_is_not_taken_for_none():
    rows = np.array([[0.0, -1e200], [1.0, 1e200], [2.0, 0.0], [4.0, 1e199]])
    for given in (rows, sparse.csr_array(rows)):
        with pytest.raises(DataError, match="Column 1 has larger values"):
            fit_scaling(given, "standard")


# --- blocks, sparse, refusals ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["unit", "symmetric", "minmax", "standard"])
def test_statistics_by_blocks_are_those_of_the_whole(kind, rng, monkeypatch):
    rows = rng.normal(size=(100, 3)) * [1, 10, 100] + 5
    whole = fit_scaling(rows, kind)
    monkeypatch.setattr(_blocks, "_BLOCK_VALUES", 3 * 7)
    pieces = fit_scaling(rows, kind)
    assert_allclose(pieces.shift, whole.shift, rtol=1e-12)
    assert_allclose(pieces.scale, whole.scale, rtol=1e-12)


@pytest.mark.parametrize("kind", ["none", "unit", "symmetric", "minmax", "standard"])
@pytest.mark.parametrize("dtype", ["i4", "f4", "f8"])
def test_sparse_rows_have_the_statistics_of_their_dense_twins(kind, dtype, rng):
    dense = np.maximum(rng.integers(-5, 9, size=(60, 4)), 0).astype(dtype)
    a, b = fit_scaling(dense, kind), fit_scaling(sparse.csr_array(dense), kind)
    assert_allclose(b.shift, a.shift, rtol=1e-6, atol=1e-12)
    assert_allclose(b.scale, a.scale, rtol=1e-6)


def test_robust_of_sparse_rows_is_refused():
    with pytest.raises(UsageError, match=r"requires dense rows: .* use 'unit' or 'standard'"):
        fit_scaling(sparse.csr_array(np.eye(3)), "robust")


def test_an_unknown_kind_is_refused_with_the_near_name():
    with pytest.raises(UsageError, match=r"Got 'standrad'. Did you mean `standard`\?$"):
        fit_scaling(X, "standrad")


def test_apply_leaves_the_rows_alone():
    rows = X.astype(np.float32)
    rows.setflags(write=False)
    for kind in SCALINGS:
        scaled = fit_scaling(rows, kind).apply(rows)
        assert not np.shares_memory(scaled, rows)
    assert_array_equal(rows, X)


def test_a_scaling_is_a_value_that_cannot_be_changed():
    with pytest.raises(AttributeError, match="cannot assign"):
        Scaling("none", np.zeros(1), np.ones(1)).kind = "unit"


def test_two_columns_of_different_ranges_do_not_share_one(rng):
    X = np.column_stack([20_000 + 80_000 * rng.random(300), rng.random(300)])
    assert fit_scaling(X).kind == "standard"
    assert fit_scaling(rng.random((300, 2)).round(1)).kind == "unit"
