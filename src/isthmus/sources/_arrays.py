"""NumPy files: one array (.npy) or several by name (.npz)."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._chunks import ChunkedRows
from .._finite import check_finite
from .._translation import Message
from ..errors import DataError, UsageError, did_you_mean
from ._array_chunks import npy_chunks, sparse_chunks
from ._dataset import Dataset, listed, quantity, safe_name
from ._npy_headers import UNREADABLE, check_npy, check_npz
from ._streaming import is_streamed, streaming_note
from ._windows import check_windows, windows_note, windows_of_array

__all__ = ["as_rows", "dataset_of_arrays", "dense", "read_npy", "read_npz"]

_DENSE_BYTES = 1 << 32
_IN_MEMORY_BYTES = 1 << 26  # smaller .npy files are read whole; larger ones stay on disk
# Common names of arrays of rows, labels, held-out rows and held-out labels.
_LAYOUTS = (
    ("X", "y", "X_test", "y_test"),
    ("data", "labels", "test_data", "test_labels"),
    ("x_train", "y_train", "x_test", "y_test"),
    ("train_images", "train_labels", "test_images", "test_labels"),
)


def read_npy(
    path: Path,
    *,
    window: int | None = None,
    stride: int | None = None,
    stream: bool | None = None,
    memory: int | None = None,
) -> Dataset:
    """Read the rows of a .npy file, or windows of them; memory-map a large one, read-only.

    Raises
    ------
    DataError
        If it is not a NumPy file, contains Python objects or anything but real numbers, has no
        rows or fewer than two axes, or contains NaN or infinity.
    """
    with path.open("rb") as file:
        if file.read(4) == b"PK\x03\x04":
            raise DataError(f"`{path}` contains several arrays: rename it to end in .npz.")
    n_after = check_npy(path)
    made = _of_npy(path, window, stride, stream, memory)
    return made if not n_after else replace(made, notes=(*made.notes, _note_of_rest(n_after)))


def _note_of_rest(n_bytes: int) -> Message:
    return Message.plural(
        "Ignored {n:,} byte after the array.", "Ignored {n:,} bytes after the array.", n_bytes
    )


def _of_npy(
    path: Path,
    window: int | None,
    stride: int | None,
    stream: bool | None,
    memory: int | None,
) -> Dataset:
    try:
        X = np.load(path, mmap_mode="r", allow_pickle=False)
    except UNREADABLE as error:
        raise _unreadable(path, error) from None
    check_windows(window, stride)
    if window is not None:
        rows, _ = as_rows(f"`{path}`", windows_of_array(path, X, window, stride or 1))
        made = _dataset(path, rows, None, notes=(windows_note(len(rows), window),))
        return replace(made, gap=max(1, (window - 1) // (stride or 1)))
    if X.ndim == 1 and X.dtype.kind in "biuf":
        raise DataError(
            f"`{path}` must have shape (rows, features). Got shape {X.shape}: for a series, pass "
            "`window` (--window 24), which makes rows of consecutive values."
        )
    if X.ndim >= 2 and X.dtype.kind in "biuf" and is_streamed(X.size, stream, memory):
        rows, picture_shape = _in_chunks(path, X)
        if rows is not None:
            notes = (streaming_note(len(rows)),)
            return _dataset(path, rows, picture_shape, notes=notes)
        if stream and X.size:
            raise UsageError(
                f"`stream` requires rows that are one after the other in the file, of whole or of "
                f"float32 or float64 numbers. `{path}` has {_stored(X)}: save it again with "
                '`np.save(path, np.ascontiguousarray(X, "float32"))`, or leave `stream` out.'
            )
    if X.nbytes <= _IN_MEMORY_BYTES:
        X = np.array(X)
    rows, picture_shape = as_rows(f"`{path}`", X)
    return _dataset(path, rows, picture_shape, map_shape=_map_shape(X, picture_shape))


def _stored(X: Any) -> str:
    """Return how an array is stored that cannot be read in chunks."""
    if not X.dtype.isnative or X.dtype == np.float16:
        return f"numbers of type {X.dtype.str}"
    return "another order, such as that of columns"


def _in_chunks(path: Path, X: Any) -> tuple[Any, tuple[int, ...] | None]:
    """Return the rows of an array in chunks, None if they cannot be, and their picture shape."""
    has_plain_type = X.dtype.isnative and X.dtype != np.float16
    array, picture_shape = _as_pictures(X)
    if not has_plain_type or not array.flags.c_contiguous or not array.size:
        return None, picture_shape
    flat: Any = array.reshape(len(array), -1)
    return npy_chunks(path, flat), picture_shape


def read_npz(
    path: Path,
    *,
    label: str | None = None,
    key: str | None = None,
    stream: bool | None = None,
    memory: int | None = None,
    max_memory: int | None = None,
) -> Dataset:
    """Read rows from a .npz file, with labels and held-out rows if it has any.

    The rows are the array `key`, else `X`, `data`, `x_train` or `train_images`, else the only
    numeric array with at least two axes. The labels are `label`, else the array that usually goes
    with the rows. A matrix of ``scipy.sparse.save_npz`` becomes a dense one, chunk by chunk if that
    is larger than ``memory``.

    Raises
    ------
    UsageError
        If `stream` is given for other arrays than a sparse matrix.
    DataError
        As `read_npy`; also if the array of rows is ambiguous, the labels do not fit, or the file
        unpacks to more than 500 times its size, or `max_memory` bytes.
    """
    check_npz(path, max_memory)
    try:
        with path.open("rb") as file:
            arrays = np.load(file, allow_pickle=False)
            if isinstance(arrays, np.ndarray):
                raise DataError(f"`{path}` contains one array: rename it to end in .npy.")
            if {"format", "shape", "data"} <= set(arrays):
                return _from_sparse(path, stream, memory)
            if stream:
                raise UsageError(
                    "`stream` requires a .npy file, or a sparse matrix in a .npz file. Got "
                    f"`{path}` with {listed(list(arrays))}: save the rows as .npy, or leave it out."
                )
            return dataset_of_arrays(path, arrays, label=label, key=key)
    except UNREADABLE as error:
        if isinstance(error, DataError | UsageError):
            raise
        raise _unreadable(path, error) from None


def _from_sparse(path: Path, stream: bool | None, memory: int | None) -> Dataset:
    """Read a matrix of scipy.sparse.save_npz as a dense one."""
    import scipy.sparse

    matrix = scipy.sparse.load_npz(path)
    if hasattr(matrix, "check_format"):
        matrix.check_format()
    if is_streamed(matrix.shape[0] * matrix.shape[1], stream, memory):
        rows = sparse_chunks(path, matrix.tocsr())
        return _dataset(path, rows, None, notes=(streaming_note(len(rows)),))
    X, _ = as_rows(f"`{path}`", dense(path, matrix))
    return _dataset(path, X, None)


def dense(path: Path, matrix: Any) -> NDArray[Any]:
    """Return a sparse matrix as an array of float32, if that is not too large.

    Raises
    ------
    DataError
        If it would be larger than 4 GB, or has an index outside of its shape.
    """
    n_bytes = 4 * int(matrix.shape[0]) * int(matrix.shape[1])
    if n_bytes > _DENSE_BYTES:
        raise DataError(
            f"`{path}` contains a sparse matrix of shape {matrix.shape}, which would need"
            f" {n_bytes / 1e9:,.0f} GB as a dense array. In Python, pass the matrix to `fit`."
        )
    try:
        if hasattr(matrix, "check_format"):
            matrix.check_format()  # a wrong index would write outside of the dense array
        array: NDArray[Any] = matrix.astype(np.float32).toarray()
    except (ValueError, RuntimeError, OverflowError) as error:
        raise DataError(
            f"`{path}` contains a sparse matrix that is damaged: {error}. Save it again."
        ) from None
    return array


def dataset_of_arrays(
    path: Path, arrays: Mapping[str, Any], *, label: str | None = None, key: str | None = None
) -> Dataset:
    """Return the rows of a file that has arrays by name, with labels and held-out rows if any.

    Parameters
    ----------
    path : Path
        File.
    arrays : mapping of str to array-like
        With a dtype and a shape; only those that are needed are read.
    label, key : str, default=None
        Names of the labels and of the rows; None for the usual names.

    Raises
    ------
    DataError
        If the array of rows is ambiguous, or the labels do not fit.
    """
    _check_known(path, arrays, key, "rows")
    _check_known(path, arrays, label, "labels")
    names = _choose(path, arrays, key)
    rows_name, label_name, test_name, test_label_name = names
    label_name = label or label_name
    array = np.asarray(arrays[rows_name])
    X, picture_shape = as_rows(f"Array `{rows_name}` of `{path}`", array)
    y = _labels(path, arrays, label_name, len(X))
    X_test = y_test = None
    if test_name:
        X_test, _ = as_rows(f"Array `{test_name}` of `{path}`", np.asarray(arrays[test_name]))
        if X_test.shape[1] != X.shape[1]:
            raise DataError(
                f"Arrays `{rows_name}` and `{test_name}` of `{path}` must have the same number of"
                f" features. Got {X.shape[1]} and {X_test.shape[1]}."
            )
        y_test = _labels(path, arrays, test_label_name, len(X_test))
    used = {rows_name, label_name, test_name, test_label_name}
    unused = [name for name in arrays if name not in used]
    notes = (
        [] if rows_name == "X" else [Message("Rows are read from array `{name}`.", name=rows_name)]
    )
    if unused:
        ignored = Message.plural(
            "Ignored {n} array: {names}.",
            "Ignored {n} arrays: {names}.",
            len(unused),
            names=listed(unused),
        )
        notes.append(ignored)
    return _dataset(
        path,
        X,
        picture_shape,
        y,
        label_name or None,
        X_test,
        y_test,
        notes=tuple(notes),
        map_shape=_map_shape(array, picture_shape),
    )


def _check_known(path: Path, arrays: Mapping[str, Any], name: str | None, what: str) -> None:
    if name is not None and name not in arrays:
        known = listed(list(arrays))
        raise DataError(
            f"`{path}` has no array `{name}` for the {what}. It has {known}."
            + did_you_mean(name, arrays)
        )


def _is_wide(array: Any) -> bool:
    found = np.asarray(array)  # of a damaged member, NumPy returns the bytes
    return found.ndim >= 2 and found.dtype.kind in "biuf"


def _choose(
    path: Path, arrays: Mapping[str, Any], key: str | None = None
) -> tuple[str, str, str, str]:
    """Return the names of the rows, labels, held-out rows and their labels; "" if absent."""
    by_folded = {name.casefold(): name for name in arrays} | {name: name for name in arrays}
    if key is not None:
        known = next((layout for layout in _LAYOUTS if layout[0] == key), (key, "y", "", ""))
        return key, *(name if name in arrays else "" for name in known[1:])  # type: ignore[return-value]
    for layout in _LAYOUTS:
        found = [by_folded.get(name) or by_folded.get(name.casefold(), "") for name in layout]
        if found[0]:
            return found[0], found[1], found[2], found[3]
    wide = [name for name in arrays if _is_wide(arrays[name])]
    if len(wide) == 1:
        return wide[0], by_folded.get("y", ""), "", ""
    what = (
        f"several ({listed(wide)})" if wide else f"none ({listed(list(arrays)) or 'it is empty'})"
    )
    raise DataError(
        f"`{path}` must have one array of rows, either named `X` or the only numeric array with"
        f" at least two axes. Got {what}. Name it with `key` (--key)."
    )


def as_rows(where: str, array: NDArray[Any]) -> tuple[NDArray[Any], tuple[int, ...] | None]:
    """Return an array as (n_samples, n_features) in C order, and its picture shape.

    bool is converted to uint8 and float16 to float32; other types are kept.
    """
    if array.dtype.kind not in "biuf":
        raise DataError(f"{where} must contain real numbers. Got dtype {array.dtype}.")
    if not 2 <= array.ndim <= 4:
        raise DataError(
            f"{where} must have shape (rows, features), (rows, height, width) or (rows, height,"
            f" width, channels). Got shape {array.shape}."
        )
    if array.size == 0:
        raise DataError(f"{where} is empty. Got shape {array.shape}.")
    array, picture_shape = _as_pictures(array)
    X = np.ascontiguousarray(array).reshape(len(array), -1)
    if isinstance(array, np.memmap) and array.flags.c_contiguous:
        X = array.reshape(len(array), -1)  # ascontiguousarray would not return a memory map
    X = _plain_dtype(X)
    check_finite(X, owner=where)
    return X, picture_shape


def _as_pictures(array: NDArray[Any]) -> tuple[NDArray[Any], tuple[int, ...] | None]:
    """Return pictures with their channels last, and their shape; None if it is not of pictures."""
    if array.ndim == 4 and array.shape[3] not in (1, 3) and array.shape[1] in (1, 3):
        array = np.moveaxis(array, 1, 3)
    shape = array.shape[1:]
    if array.ndim == 4 and shape[2] == 1:
        shape = shape[:2]
    is_flat = len(shape) == 2 and shape[1] == 1  # windows of a series, as Keras takes them
    is_picture = len(shape) == 2 or (len(shape) == 3 and shape[2] == 3)
    return array, shape if is_picture and not is_flat else None


def _map_shape(
    array: NDArray[Any], picture_shape: tuple[int, ...] | None
) -> tuple[int, ...] | None:
    """Return the shape of the feature map in each row of an array, if it has any."""
    is_of_maps = array.ndim == 4 and picture_shape is None
    return tuple(map(int, array.shape[1:])) if is_of_maps else None


def _plain_dtype(X: NDArray[Any]) -> NDArray[Any]:
    if X.dtype.kind == "b":
        return X.view(np.uint8)
    if X.dtype.kind == "f" and X.dtype.itemsize not in (4, 8):
        return X.astype(np.float32 if X.dtype.itemsize == 2 else np.float64)
    return X if X.dtype.isnative else X.astype(X.dtype.newbyteorder("="))


def _labels(
    path: Path, arrays: Mapping[str, NDArray[Any]], name: str, n_rows: int
) -> NDArray[Any] | None:
    if not name:
        return None
    y = np.asarray(arrays[name])
    if y.dtype.kind not in "biufUS" or y.size != n_rows or y.shape[0] != n_rows:
        raise DataError(
            f"Array `{name}` of `{path}` must have one label, a number or a string, for each of the"
            f" {quantity(n_rows, 'row')}. Got shape {y.shape} and dtype {y.dtype}."
        )
    y = y.reshape(-1)
    if y.dtype.kind == "S":
        return np.char.decode(y, "utf-8", "replace")
    return y.view(np.uint8) if y.dtype.kind == "b" else y


def _dataset(
    path: Path,
    X: NDArray[Any] | ChunkedRows,
    picture_shape: tuple[int, ...] | None,
    y: NDArray[Any] | None = None,
    label_name: str | None = None,
    X_test: NDArray[Any] | None = None,
    y_test: NDArray[Any] | None = None,
    *,
    notes: tuple[str, ...] = (),
    map_shape: tuple[int, ...] | None = None,
) -> Dataset:
    return Dataset(
        name=safe_name(path.stem),
        kind="pictures" if picture_shape else "array",
        X=X,
        y=y,
        feature_names=None,
        label_name=label_name,
        picture_shape=picture_shape,
        X_test=X_test,
        y_test=y_test,
        notes=notes,
        map_shape=map_shape,
    )


def _unreadable(path: Path, error: Exception) -> DataError:
    text = str(error)
    if "ickle" in text or "bject" in text:
        # NumPy reports any unknown file as a pickle.
        with path.open("rb") as stream:
            if stream.read(6) != b"\x93NUMPY" and not zipfile.is_zipfile(path):
                return DataError(f"`{path}` is not a NumPy file.")
        return DataError(
            f"`{path}` contains Python objects, which Isthmus never loads because loading them can"
            " run code. Save an array of numbers."
        )
    return DataError(f"`{path}` is truncated or damaged: {text[:200] or 'it is empty'}.")
