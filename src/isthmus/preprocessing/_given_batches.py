"""Rows given as a torch Dataset or as batches, which need not fit into memory."""

from __future__ import annotations

import math
import os
import tempfile
import weakref
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from narwhals.dependencies import is_into_dataframe, is_into_series
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset, IterableDataset

from .._chunks import ChunkedRows
from ..errors import DataError
from ..sources import listed
from ._data_frames import check_columns, is_table

__all__ = ["in_chunks", "without_mask"]

_CHUNK_VALUES = 2**21  # 8 MiB in single precision
_MOST_ITEMS = 512
_OF_ARRAYS = ("shape", "__array__", "__getitem__", "__dataframe__", "__arrow_c_stream__")


def in_chunks(X: Any) -> Any:
    """Return a torch Dataset, a DataLoader or batches as rows in chunks, anything else unchanged.

    The items of a Dataset with a length are read when they are needed. Batches are read once, into
    a temporary file that is deleted with the rows. Of an item or a batch that is a tuple, the first
    part is the rows, and the others are ignored.

    Parameters
    ----------
    X : any
        Rows as given by the user.

    Returns
    -------
    ChunkedRows or any
        With the shape of a picture as ``picture_shape`` if items have more than one axis.

    Raises
    ------
    DataError
        If there are no rows, or they differ in shape.
    """
    if isinstance(X, Dataset) and not isinstance(X, IterableDataset):
        return _of_items(X)
    if _are_batches(X):
        return _of_batches(X)
    return X


def _are_batches(X: Any) -> bool:
    if isinstance(X, str | bytes | Mapping | list | tuple | set | Tensor):
        return False
    if not isinstance(X, Iterable):
        return False
    if isinstance(X, IterableDataset):
        return True
    is_known = (is_into_dataframe(X), is_into_series(X))
    return not any((*is_known, *(hasattr(X, name) for name in _OF_ARRAYS)))


def _of_items(X: Any) -> ChunkedRows:
    n_rows = len(X)
    if not n_rows:
        raise DataError("X must have at least one row. Got a Dataset without items.")
    first = _array(X[0])
    shape, dtype = _flat_shape(first.shape), first.dtype
    width = math.prod(shape)
    step = max(1, min(_MOST_ITEMS, _CHUNK_VALUES // max(1, width)))
    starts = range(0, n_rows, step)

    def read(k: int) -> NDArray[Any]:
        places = range(starts[k], min(n_rows, starts[k] + step))
        found = np.empty((len(places), width), dtype)
        for row, place in zip(found, places, strict=True):
            item = _array(X[place])
            if item.shape != first.shape:
                raise DataError(
                    f"The items of a Dataset must have one shape. Got {first.shape} for item 0 and "
                    f"{item.shape} for item {place}."
                )
            row[:] = _flat(item[None])[0]
        return found

    sizes = [min(n_rows, start + step) - start for start in starts]
    return _named(ChunkedRows(sizes, read, n_features=width, dtype=dtype), shape)


def _of_batches(X: Any) -> ChunkedRows:
    file: Any = tempfile.TemporaryFile(prefix="isthmus-")  # noqa: SIM115 - closed with the rows
    try:
        made = _written(X, file)
    except BaseException:
        file.close()
        raise
    weakref.finalize(made, file.close)
    return made


def _written(X: Any, file: Any) -> ChunkedRows:
    """Write batches to a file, and return the rows of that file."""
    n_rows, shape, dtype = 0, None, None
    names: tuple[str, ...] | None = None
    for number, given in enumerate(X):
        batch, own_names = _array(given), _names(given)
        if batch.ndim < 2 or (shape is not None and batch.shape[1:] != shape):
            expected = "at least two axes" if shape is None else f"rows of shape {shape}"
            raise DataError(
                f"Batches must be arrays of rows, with {expected}. Got shape {batch.shape} in "
                f"batch {number} (from 0)."
            )
        if shape is None:
            names = own_names
        elif own_names != names:
            raise DataError(
                "Batches must have the same column names in the same order. Got "
                f"{_listed(own_names)} in batch {number} (from 0), and {_listed(names)} in the "
                "first one: select the same columns of each."
            )
        # The file has one type. Rounding to single precision is harmless, to integers it is not.
        if dtype is not None and dtype.kind in "iu" and not np.can_cast(batch.dtype, dtype):
            raise DataError(
                f"Batches must contain numbers of one type. Got {batch.dtype} in batch {number} "
                f"(from 0), and {dtype} in the first one: convert all of them, for example to "
                "float32."
            )
        shape, dtype = batch.shape[1:], dtype or batch.dtype
        file.write(np.ascontiguousarray(_flat(batch), dtype).data)
        n_rows += len(batch)
    if shape is None or dtype is None or not n_rows:
        raise DataError(
            "X must have at least one row. Got no batches: an iterator that was read before is "
            "empty."
        )
    file.flush()
    flat = _flat_shape(shape)
    width, kind = math.prod(flat), dtype
    step = max(1, _CHUNK_VALUES // max(1, width))
    starts = range(0, n_rows, step)
    sizes = [min(n_rows, start + step) - start for start in starts]

    def read(k: int) -> NDArray[Any]:
        n_bytes = sizes[k] * width * kind.itemsize
        content = os.pread(file.fileno(), n_bytes, starts[k] * width * kind.itemsize)
        return np.frombuffer(bytearray(content), kind).reshape(-1, width)

    rows = _named(ChunkedRows(sizes, read, n_features=width, dtype=kind), flat)
    rows.column_names = names
    return rows


def _first_part(given: Any) -> Any:
    """Return the rows of an item or a batch: of a tuple, its first part."""
    return given[0] if isinstance(given, tuple | list) and len(given) else given


def _names(given: Any) -> tuple[str, ...] | None:
    """Return the column names of a batch, if it is a table."""
    own = _first_part(given)
    if not is_table(own):
        return None
    check_columns(own)
    return tuple(map(str, getattr(own, "column_names", own.columns)))


def _listed(names: tuple[str, ...] | None) -> str:
    return "no names" if names is None else listed(list(names), shown=8)


def _array(given: Any) -> NDArray[Any]:
    """Return an item or a batch as an array; of a tuple, its first part."""
    own = _first_part(given)
    if isinstance(own, Tensor):
        own = own.detach().cpu()
        own = own.float() if own.is_floating_point() and own.element_size() == 2 else own
    found = np.asarray(without_mask(own))
    if found.dtype.kind not in "biuf" and is_table(own):
        raise DataError(
            "Batches must contain real numbers. Got a table with other columns, whose levels and "
            "dates must be known before the first batch: read files with `read_source(..., "
            "stream=True)`, or pass each table to `partial_fit`."
        )
    if found.dtype.kind not in "biuf":
        raise DataError(f"Batches must contain real numbers. Got dtype {found.dtype}.")
    if found.dtype.kind == "b":
        return found.view(np.uint8)
    return found.astype(np.float32) if found.dtype == np.float16 else found


def without_mask(X: Any) -> Any:
    """Return a masked array as a plain one, with NaN, or None, in masked cells.

    Parameters
    ----------
    X : any
        Rows, an item or a batch.

    Returns
    -------
    ndarray or any
        Anything but a masked array is returned unchanged. Whole numbers stay so without a mask.
    """
    if not isinstance(X, np.ma.MaskedArray):
        return X
    if not np.ma.is_masked(X):
        return X.data
    is_number = X.dtype.kind in "biuf"
    cells = X.data.astype(np.result_type(X.dtype, np.float32) if is_number else object)
    cells[np.ma.getmaskarray(X)] = np.nan if is_number else None
    return cells


def _flat_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of a row: (n_features,), or that of a picture, with channels last."""
    if len(shape) == 3 and shape[2] not in (1, 3) and shape[0] in (1, 3):
        shape = (*shape[1:], shape[0])
    return shape[:2] if len(shape) == 3 and shape[2] == 1 else shape


def _flat(batch: NDArray[Any]) -> NDArray[Any]:
    is_channels_first = (
        batch.ndim == 4 and batch.shape[3] not in (1, 3) and batch.shape[1] in (1, 3)
    )
    if is_channels_first:
        batch = np.moveaxis(batch, 1, 3)
    return batch.reshape(len(batch), -1)


def _named(rows: ChunkedRows, shape: tuple[int, ...]) -> ChunkedRows:
    rows.picture_shape = shape if len(shape) in (2, 3) else None
    return rows
