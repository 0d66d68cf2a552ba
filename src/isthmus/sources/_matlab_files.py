"""MATLAB files (.mat), read by SciPy, or by h5py from version 7.3 on."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DataError
from ._arrays import dataset_of_arrays, dense
from ._dataset import Dataset, listed
from ._hdf5_files import hdf5_arrays, is_hdf5
from ._matlab_elements import matlab_variables
from ._npy_headers import UNREADABLE

__all__ = ["read_mat"]

_NO_NUMBERS = np.dtype(object)


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
    names = matlab_variables(path, max_memory)
    return dataset_of_arrays(path, _variables(path, names), label=label, key=key)


def _variables(path: Path, names: list[str] | None) -> dict[str, Any]:
    import scipy.io
    import scipy.sparse

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of indices that are too large
            found = scipy.io.loadmat(path, variable_names=names)
    except (*UNREADABLE, OSError, IndexError, RuntimeError) as error:
        reason = str(error).splitlines()[0][:200] if str(error) else "it is truncated"
        raise DataError(f"`{path}` cannot be read as a MATLAB file: {reason}.") from None
    except scipy.io.matlab.MatReadError as error:
        raise DataError(f"`{path}` cannot be read as a MATLAB file: {error}.") from None
    found = {name: value for name, value in found.items() if not name.startswith("__")}
    kinds = {name: getattr(value, "dtype", _NO_NUMBERS).kind for name, value in found.items()}
    if "c" in kinds.values() and not {*kinds.values()} & {*"biuf"}:
        raise DataError(
            f"`{path}` must have a variable of real numbers. Got {listed(list(kinds))} with "
            "complex numbers: save real and imaginary parts beside each other."
        )
    return {
        name: dense(path, value) if scipy.sparse.issparse(value) else value
        for name, value in found.items()
        if kinds[name] in "biufSU"
    }
