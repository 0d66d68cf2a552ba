"""MATLAB files (.mat), read by SciPy, or by h5py from version 7.3 on."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ..errors import DataError
from ._arrays import dataset_of_arrays, dense
from ._dataset import Dataset
from ._hdf5_files import hdf5_arrays, is_hdf5
from ._npy_headers import UNREADABLE
from .tables import check_unpacked

__all__ = ["read_mat"]

_NO_NUMBERS = np.dtype(object)
_HEADER_BYTES = 128
_BYTE_ORDERS = {b"IM": "<", b"MI": ">"}
_COMPRESSED = 15  # type of a variable
_CHUNK_BYTES = 1 << 20


def read_mat(
    path: Path,
    *,
    label: str | None = None,
    key: str | None = None,
    max_memory: int | None = None,
) -> Dataset:
    """Read rows from a MATLAB file, as from a .npz file.

    Parameters
    ----------
    path : Path
        File of any version.
    label, key : str, default=None
        Variables with the labels and the rows; None for the usual names.
    max_memory : int, default=None
        Largest size of the variables, in bytes; None allows 500 times the size of the file.

    Raises
    ------
    DataError
        If it cannot be read, or the variable of rows is ambiguous.
    """
    if is_hdf5(path):
        # MATLAB stores arrays by columns, so that their axes are reversed here.
        with hdf5_arrays(path, max_memory) as arrays:
            turned = {name: np.asarray(a).T for name, a in arrays.items() if a.dtype.kind in "biuf"}
            return dataset_of_arrays(path, turned, label=label, key=key)
    _check_unpacked(path, max_memory)
    return dataset_of_arrays(path, _variables(path), label=label, key=key)


def _check_unpacked(path: Path, max_memory: int | None) -> None:
    """Raise ``DataError`` if the compressed variables of a file of version 5 to 7 are too large."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        order = stream.read(_HEADER_BYTES)[-2:]
        if order not in _BYTE_ORDERS:
            return
        total = 0
        while len(tag := stream.read(8)) == 8:
            kind, n_bytes = struct.unpack(_BYTE_ORDERS[order] + "II", tag)
            after = stream.tell() + n_bytes
            if kind == _COMPRESSED:
                for n_unpacked in _unpacked_sizes(stream, n_bytes):
                    total += n_unpacked
                    check_unpacked(path, total, size, max_memory)
            stream.seek(after)


def _unpacked_sizes(stream: BinaryIO, n_bytes: int) -> Iterator[int]:
    """Yield the sizes of the pieces that a compressed variable unpacks to."""
    unpacker = zlib.decompressobj()
    while n_bytes > 0 and (chunk := stream.read(min(n_bytes, _CHUNK_BYTES))):
        n_bytes -= len(chunk)
        while chunk:
            try:
                yield len(unpacker.decompress(chunk, _CHUNK_BYTES))
            except zlib.error:
                return  # reported when the variable is read
            chunk = unpacker.unconsumed_tail


def _variables(path: Path) -> dict[str, Any]:
    import scipy.io
    import scipy.sparse

    try:
        found = scipy.io.loadmat(path)
    except (*UNREADABLE, OSError, IndexError) as error:
        reason = str(error)[:200] or "it is truncated"
        raise DataError(f"`{path}` cannot be read as a MATLAB file: {reason}.") from None
    except scipy.io.matlab.MatReadError as error:
        raise DataError(f"`{path}` cannot be read as a MATLAB file: {error}.") from None
    return {
        name: dense(path, value) if scipy.sparse.issparse(value) else value
        for name, value in found.items()
        if not name.startswith("__") and getattr(value, "dtype", _NO_NUMBERS).kind in "biufSU"
    }
