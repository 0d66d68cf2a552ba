"""NumPy files: dtypes, shapes, names, and errors."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from isthmus.errors import DataError
from isthmus.sources import _arrays as _array
from isthmus.sources._read_source import read_source


def npy(folder, array, **kwargs):
    np.save(folder / "rows.npy", array, **kwargs)
    return read_source(folder / "rows.npy")


def npz(folder, label=None, **arrays):
    np.savez(folder / "rows.npz", **arrays)
    return read_source(folder / "rows.npz", label=label)


@pytest.mark.parametrize("dtype", ["u1", "i2", "i8", "f4", "f8"])
def test_real_types_are_kept(tmp_path, dtype):
    X = np.arange(6).reshape(3, 2).astype(dtype)
    data = npy(tmp_path, X)
    assert (data.name, data.kind, data.picture_shape) == ("rows", "array", None)
    assert data.X.dtype == X.dtype
    np.testing.assert_array_equal(data.X, X)


@pytest.mark.parametrize(
    ("given", "kept"), [("?", "u1"), ("f2", "f4"), (">f4", "f4"), (">i2", "i2"), ("g", "f8")]
)
def test_odd_types_become_plain_ones(tmp_path, given, kept):
    data = npy(tmp_path, np.array([[0, 1], [1, 1]]).astype(given))
    assert data.X.dtype == np.dtype(kept)
    assert data.X.dtype.isnative
    assert data.X.tolist() == [[0, 1], [1, 1]]


@pytest.mark.parametrize(
    ("array", "got"),
    [
        (np.ones((2, 2), complex), "complex128"),
        (np.array([["a", "b"]]), "<U1"),
        (np.zeros(3, [("a", "f4"), ("b", "f4")]), "'a'"),
        (np.zeros((2, 2), "M8[s]"), "datetime64"),
    ],
)
def test_what_is_no_real_number_is_refused(tmp_path, array, got):
    with pytest.raises(DataError, match=rf"must contain real numbers. Got dtype .*{got}"):
        npy(tmp_path, array)


@pytest.mark.parametrize("save", [npy, lambda folder, a: npz(folder, X=a)], ids=["npy", "npz"])
def test_python_objects_are_never_loaded(tmp_path, save):
    with pytest.raises(DataError, match=r"contains Python objects, which Isthmus never loads"):
        save(tmp_path, np.array([[1, "a"]], dtype=object))


@pytest.mark.parametrize("shape", [(5,), (), (2, 2, 2, 2, 2)])
def test_other_shapes_are_refused(tmp_path, shape):
    with pytest.raises(DataError, match=r"rows.npy` must have .*Got shape \("):
        npy(tmp_path, np.zeros(shape))


@pytest.mark.parametrize("shape", [(0, 3), (3, 0)])
def test_an_empty_array_is_refused(tmp_path, shape):
    with pytest.raises(DataError, match=r"rows.npy` is empty. Got shape"):
        npy(tmp_path, np.zeros(shape))


def test_one_row_can_be_read(tmp_path):
    assert npy(tmp_path, np.zeros((1, 3))).X.shape == (1, 3)


@pytest.mark.parametrize(
    ("shape", "picture_shape"),
    [((2, 3, 4), (3, 4)), ((2, 3, 4, 1), (3, 4)), ((2, 4, 5, 3), (4, 5, 3))],
)
def test_more_axes_are_pictures(tmp_path, shape, picture_shape):
    array = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    data = npy(tmp_path, array)
    assert (data.kind, data.picture_shape) == ("pictures", picture_shape)
    np.testing.assert_array_equal(data.X, array.reshape(2, -1))


@pytest.mark.parametrize("shape", [(2, 5, 5, 4), (2, 5, 5, 7), (2, 60, 1), (2, 60, 1, 4)])
def test_bands_and_windows_of_a_series_are_rows_but_no_pictures(tmp_path, shape):
    array = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    data = npy(tmp_path, array)
    assert (data.kind, data.picture_shape) == ("array", None)
    np.testing.assert_array_equal(data.X, array.reshape(2, -1))


def test_channels_first_become_channels_last(tmp_path):
    array = np.arange(2 * 3 * 4 * 5, dtype=np.uint8).reshape(2, 3, 4, 5)
    data = npy(tmp_path, array)
    assert data.picture_shape == (4, 5, 3)
    np.testing.assert_array_equal(data.X.reshape(2, 4, 5, 3), np.moveaxis(array, 1, 3))


def test_a_large_file_stays_on_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(_array, "_IN_MEMORY_BYTES", 10)
    for array in (np.arange(60, dtype=np.float32).reshape(20, 3), np.ones((4, 5, 5), bool)):
        data = npy(tmp_path, array)
        assert isinstance(data.X, np.memmap)
        assert not data.X.flags.writeable
        np.testing.assert_array_equal(data.X, array.reshape(len(array), -1))


def test_rows_are_in_c_order(tmp_path, monkeypatch):
    X = np.asfortranarray(np.arange(6.0).reshape(3, 2))
    for limit in (1 << 20, 1):
        monkeypatch.setattr(_array, "_IN_MEMORY_BYTES", limit)
        data = npy(tmp_path, X)
        assert data.X.flags.c_contiguous
        np.testing.assert_array_equal(data.X, X)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_named_by_column(tmp_path, bad):
    X = np.zeros((5, 4))
    X[1:3, 2] = bad
    with pytest.raises(DataError, match=r"rows.npy` must hold finite numbers.*column 2 \(2 values"):
        npy(tmp_path, X)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is (truncated or damaged|empty)"),
        (b"hello", "is not a NumPy file"),
        (b"\x93NUMPY\x01\0v\0{'descr'", "is truncated or damaged"),
    ],
)
@pytest.mark.parametrize("suffix", [".npy", ".npz"])
def test_a_file_that_is_none_is_named(tmp_path, content, message, suffix):
    path = tmp_path / f"rows{suffix}"
    path.write_bytes(content)
    with pytest.raises(DataError, match=rf"rows{suffix}` {message}"):
        read_source(path)


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
def test_a_truncated_file_is_named(tmp_path, suffix):
    path = tmp_path / f"rows{suffix}"
    np.savez(path, X=np.ones((99, 9))) if suffix == ".npz" else np.save(path, np.ones((99, 9)))
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(DataError, match=rf"rows{suffix}` is (truncated|not a NumPy file)"):
        read_source(path)


def test_x_and_y_are_rows_and_labels(tmp_path):
    data = npz(tmp_path, X=np.ones((2, 3)), y=np.array([1, 2]), extra=np.ones((2, 2)))
    assert data.X.shape == (2, 3)
    assert data.y.tolist() == [1, 2]
    assert data.label_name == "y"
    assert data.notes == ("Ignored 1 array: `extra`.",)


def test_a_train_and_test_layout_is_understood(tmp_path):
    data = npz(
        tmp_path,
        x_train=np.zeros((4, 2, 2), np.uint8),
        y_train=np.array([[0], [1], [0], [1]]),
        x_test=np.ones((2, 2, 2), np.uint8),
        y_test=np.array(["a", "b"]),
    )
    assert (data.picture_shape, data.y.tolist()) == ((2, 2), [0, 1, 0, 1])
    assert data.X_test.shape == (2, 4)
    assert data.y_test.tolist() == ["a", "b"]
    assert data.notes == ("Rows are read from array `x_train`.",)


def test_test_rows_of_another_width_are_refused(tmp_path):
    with pytest.raises(DataError, match=r"must have the same number of features. Got 4 and 5"):
        npz(tmp_path, X=np.zeros((3, 4)), X_test=np.zeros((3, 5)))


def test_the_only_wide_array_of_numbers_is_the_rows(tmp_path):
    data = npz(tmp_path, features=np.ones((2, 3)), y=np.array([b"a", b"b"]), names=np.array(["a"]))
    assert data.X.shape == (2, 3)
    assert data.y.tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("arrays", "got"),
    [
        ({"a": np.ones((2, 2)), "b": np.ones((2, 2))}, "several (`a`, `b`)"),
        ({"a": np.ones(2)}, "none (`a`)"),
        ({}, "none (it is empty)"),
    ],
)
def test_an_unclear_choice_of_rows_is_an_error(tmp_path, arrays, got):
    with pytest.raises(DataError, match=r"must have one array of rows") as caught:
        npz(tmp_path, **arrays)
    assert got in str(caught.value)


def test_labels_can_be_named(tmp_path):
    data = npz(tmp_path, "kind", X=np.ones((2, 3)), y=np.zeros(2), kind=np.array([True, False]))
    assert (data.label_name, data.y.tolist()) == ("kind", [1, 0])


def test_an_unknown_label_suggests_the_near_name(tmp_path):
    with pytest.raises(DataError, match=r"has no array `knid` .* Did you mean `kind`\?"):
        npz(tmp_path, "knid", X=np.ones((2, 3)), kind=np.zeros(2))


@pytest.mark.parametrize("y", [np.zeros(3), np.zeros((2, 2)), np.array(0), np.zeros(2, complex)])
def test_labels_that_do_not_fit_are_refused(tmp_path, y):
    with pytest.raises(DataError, match=r"must have one label, a number or a string, for each"):
        npz(tmp_path, X=np.ones((2, 3)), y=y)


def test_an_array_file_under_the_other_ending_is_explained(tmp_path):
    np.savez(tmp_path / "a.npz", X=np.ones((2, 2)))
    (tmp_path / "a.npz").rename(tmp_path / "a.npy")
    with pytest.raises(DataError, match=r"contains several arrays: rename it to end in .npz"):
        read_source(tmp_path / "a.npy")
    np.save(tmp_path / "b.npy", np.ones((2, 2)))
    (tmp_path / "b.npy").rename(tmp_path / "b.npz")
    with pytest.raises(DataError, match=r"contains one array: rename it to end in .npy"):
        read_source(tmp_path / "b.npz")


def test_real_tables_have_a_label_for_each_row(anomaly_dir):
    for path in sorted(anomaly_dir.glob("*.npz")):
        data = read_source(path)
        assert data.y.shape == (len(data.X),)
        assert data.notes == ()


def test_a_sparse_matrix_of_scipy_becomes_a_dense_one(tmp_path):
    matrix = np.eye(5) * 2.5
    sparse.save_npz(tmp_path / "rows.npz", sparse.csr_array(matrix))
    data = read_source(tmp_path / "rows.npz")
    assert (data.kind, data.X.dtype) == ("array", np.float32)
    np.testing.assert_array_equal(data.X, matrix)


def test_a_sparse_matrix_that_is_too_large_is_refused_with_the_way_to_use_it(tmp_path):
    matrix = sparse.csr_array((1_000_000, 1_000_000), dtype=np.float32)
    sparse.save_npz(tmp_path / "rows.npz", matrix)
    with pytest.raises(DataError, match=r"would need 4,000 GB as a dense array. In Python, pass"):
        read_source(tmp_path / "rows.npz", stream=False)


def test_the_array_of_rows_can_be_named(tmp_path):
    np.savez(tmp_path / "rows.npz", a=np.ones((3, 2)), b=np.zeros((4, 5)))
    assert read_source(tmp_path / "rows.npz", key="b").X.shape == (4, 5)
    with pytest.raises(DataError, match=r"Got several \(`a`, `b`\). Name it with `key` \(--key\)"):
        read_source(tmp_path / "rows.npz")
    with pytest.raises(DataError, match=r"has no array `c` for the rows. It has `a`, `b`"):
        read_source(tmp_path / "rows.npz", key="c")


def test_bytes_after_the_array_are_noted(tmp_path):
    with (tmp_path / "rows.npy").open("wb") as file:
        np.save(file, np.arange(6.0).reshape(3, 2))
        np.save(file, np.arange(3.0))
    data = read_source(tmp_path / "rows.npy")
    assert data.X.tolist() == [[0, 1], [2, 3], [4, 5]]
    assert data.notes == ("Ignored 152 bytes after the array.",)
