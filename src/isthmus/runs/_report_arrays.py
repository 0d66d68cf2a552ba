"""Arrays of a run's report: report.npz, next to report.json."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._damage import DamageError
from .._files import replacing
from .._translation import Message
from ..artifacts import digest_of_file
from ..errors import ArtifactError
from ..figures import clean, shorten
from ..sources import UNREADABLE, Dataset, check_npz

__all__ = ["ARRAYS", "OF_CODES", "code_arrays", "read_arrays", "write_arrays"]

ARRAYS = "report.npz"
OF_CODES = ("codes", "codes.rows", "codes.names")
_LONGEST_NAME = 60


def code_arrays(
    dataset: Dataset, codes: NDArray[Any] | None, numbers: NDArray[Any] | None
) -> dict[str, NDArray[Any]]:
    """Return the arrays of the codes of a map.

    Parameters
    ----------
    dataset : Dataset
        The source.
    codes : ndarray of shape (n, latent_dim) or None
        The codes.
    numbers : ndarray of shape (n,) or None
        Positions of their rows in the source.

    Returns
    -------
    dict of str to ndarray
        ``codes``, ``codes.rows``, and ``codes.names``: the first id of each row, or the name of
        its file; without what is unknown.
    """
    arrays: dict[str, NDArray[Any]] = {}
    if codes is not None:
        arrays["codes"] = codes
    if numbers is None:
        return arrays
    arrays["codes.rows"] = numbers
    names = next(iter(dataset.ids.values()), dataset.row_names)
    if names is not None and len(numbers) and int(numbers.max()) < len(names):
        texts = [shorten(clean(names[k]), _LONGEST_NAME) for k in numbers.tolist()]
        arrays["codes.names"] = np.array(texts, dtype=np.str_)
    return arrays


def write_arrays(folder: Path, arrays: Mapping[str, NDArray[Any]]) -> str:
    """Write a run's arrays, atomically, and return the SHA-256 of the file.

    Parameters
    ----------
    folder : pathlib.Path
        Run folder.
    arrays : mapping of str to ndarray
        Numbers and texts; the same arrays give the same bytes.

    Returns
    -------
    str
        Hexadecimal digits, for report.json.
    """
    with replacing(folder / ARRAYS) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **dict(sorted(arrays.items())))
    return digest_of_file(folder / ARRAYS)


def read_arrays(folder: Path) -> dict[str, NDArray[Any]] | None:
    """Read a run's arrays.

    Parameters
    ----------
    folder : pathlib.Path
        Run folder.

    Returns
    -------
    dict of str to ndarray or None
        None for a run of an earlier version, which has no such file.

    Raises
    ------
    ArtifactError
        If the file is damaged.
    """
    path = folder / ARRAYS
    if not path.is_file():
        return None
    try:
        check_npz(path)
        with path.open("rb") as file:
            if not zipfile.is_zipfile(file):
                raise DamageError("it is not a .npz file")
            with np.load(file, allow_pickle=False) as stored:
                return dict(stored)
    except (*UNREADABLE, OSError, MemoryError) as error:
        raise ArtifactError(
            Message(
                "{path} is damaged ({reason}): restore it from a copy, or train the run again.",
                path=str(path),
                reason=str(error),
            )
        ) from None
