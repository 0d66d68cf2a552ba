"""MATLAB files (.mat), read by SciPy, or by h5py from version 7.3 on."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DataError
from ._arrays import dataset_of_arrays, dense
from ._dataset import Dataset
from ._hdf5_files import hdf5_arrays, is_hdf5

__all__ = ["read_mat"]

_NO_NUMBERS = np.dtype(object)


def read_mat(path: Path, *, label: str | None = None, key: str | None = None) -> Dataset:
    """Read rows from a MATLAB file, as from a .npz file.

    Parameters
    ----------
    path : Path
        File of any version.
    label, key : str, default=None
        Variables with the labels and the rows; None for the usual names.

    Raises
    ------
    DataError
        If it cannot be read, or the variable of rows is ambiguous.
    """
    if is_hdf5(path):
        # MATLAB stores arrays by columns, so that their axes are reversed here.
        with hdf5_arrays(path) as arrays:
            turned = {name: np.asarray(a).T for name, a in arrays.items() if a.dtype.kind in "biuf"}
            return dataset_of_arrays(path, turned, label=label, key=key)
    return dataset_of_arrays(path, _variables(path), label=label, key=key)


def _variables(path: Path) -> dict[str, Any]:
    import scipy.io
    import scipy.sparse

    try:
        found = scipy.io.loadmat(path)
    except (ValueError, TypeError, OSError, EOFError, zlib.error, IndexError) as error:
        reason = str(error)[:200] or "it is truncated"
        raise DataError(f"`{path}` cannot be read as a MATLAB file: {reason}.") from None
    except scipy.io.matlab.MatReadError as error:
        raise DataError(f"`{path}` cannot be read as a MATLAB file: {error}.") from None
    return {
        name: dense(path, value) if scipy.sparse.issparse(value) else value
        for name, value in found.items()
        if not name.startswith("__") and getattr(value, "dtype", _NO_NUMBERS).kind in "biufSU"
    }
