"""HDF5 files (.h5, .hdf5), read by h5py, which is an extra."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .._extras import imported
from ..errors import DataError
from ._arrays import dataset_of_arrays
from ._dataset import Dataset
from .tables import check_unpacked

__all__ = ["hdf5_arrays", "is_hdf5", "read_hdf5"]

_MAGIC = b"\x89HDF\r\n\x1a\n"
_USER_BLOCK = 512  # bytes that MATLAB writes in front


def read_hdf5(
    path: Path,
    *,
    label: str | None = None,
    key: str | None = None,
    max_memory: int | None = None,
) -> Dataset:
    """Read rows from an HDF5 file, as from a .npz file.

    Parameters
    ----------
    path : Path
        File.
    label, key : str, default=None
        Data sets with the labels and the rows, such as "group/name"; None for the usual names.
    max_memory : int, default=None
        Largest size of the data sets, in bytes; None allows 500 times the size of the file.

    Raises
    ------
    MissingExtraError
        If h5py is not installed.
    DataError
        If it cannot be read, or the data set of rows is ambiguous.
    """
    with hdf5_arrays(path, max_memory) as arrays:
        return dataset_of_arrays(path, arrays, label=label, key=key)


def is_hdf5(path: Path) -> bool:
    """Return whether a file is an HDF5 file by its first bytes."""
    with path.open("rb") as stream:
        head = stream.read(_USER_BLOCK + len(_MAGIC))
    return head.startswith(_MAGIC) or head[_USER_BLOCK:] == _MAGIC


@contextmanager
def hdf5_arrays(path: Path, max_memory: int | None = None) -> Iterator[dict[str, Any]]:
    """Yield the data sets of an HDF5 file by name; they are read when they are converted.

    Raises
    ------
    DataError
        If the file cannot be read, or its data sets are too large.
    """
    h5py = imported("h5py", "hdf5")
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        reason = str(error)[:200]
        raise DataError(f"`{path}` cannot be read as HDF5: {reason}.") from None
    arrays: dict[str, Any] = {}

    def note(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and item.dtype.kind in "biufSU":
            arrays[name] = item

    with file:
        file.visititems(note)
        total = sum(int(array.nbytes) for array in arrays.values())
        check_unpacked(path, total, path.stat().st_size, max_memory)
        yield arrays
