"""Writing of sparse rows to .npy and .npz files, block by block."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["dense_pieces", "write_sparse_array"]

_DENSE_VALUES = 2**24  # 64 MiB in single precision


def dense_pieces(block: Any) -> Iterator[NDArray[Any]]:
    """Yield sparse rows as dense rows, few at a time: a block of codes can have many columns.

    Parameters
    ----------
    block : CSR array of shape (n, width)
        Rows.

    Yields
    ------
    ndarray of shape (n_piece, width)
    """
    step = max(1, _DENSE_VALUES // max(1, block.shape[1]))
    for start in range(0, max(1, block.shape[0]), step):
        yield block[start : start + step].toarray()


def write_sparse_array(path: Path, blocks: Iterable[Any]) -> None:
    """Write sparse rows as one CSR array, for ``scipy.sparse.load_npz``.

    The values are collected in temporary files, so memory is that of one block and 8 bytes per row.

    Parameters
    ----------
    path : pathlib.Path
        The .npz file; compressed.
    blocks : iterable of CSR array of shape (n, width)
        Rows, at least one block.
    """
    with tempfile.TemporaryFile() as data, tempfile.TemporaryFile() as indices:
        counts = [np.zeros(1, np.int64)]
        for block in blocks:
            counts.append(np.diff(block.indptr).astype(np.int64))
            data.write(np.ascontiguousarray(block.data).data)
            indices.write(np.ascontiguousarray(block.indices, np.int32).data)
            width, dtype = block.shape[1], block.dtype
        indptr = np.concatenate(counts).cumsum()
        if indptr[-1] <= np.iinfo(np.int32).max:  # load_npz then copies neither of the two
            indptr = indptr.astype(np.int32)
        known = {
            "format": np.array(b"csr"),
            "shape": np.array([len(indptr) - 1, width]),
            "_is_array": np.array(True),
            "indptr": indptr,
        }
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, array in known.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, array, allow_pickle=False)
            _copy(archive, "data", data, dtype, int(indptr[-1]))
            _copy(archive, "indices", indices, np.dtype(np.int32), int(indptr[-1]))


def _copy(
    archive: zipfile.ZipFile, name: str, values: IO[bytes], dtype: np.dtype[Any], n: int
) -> None:
    values.seek(0)
    with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
        header = {"descr": dtype.str, "fortran_order": False, "shape": (n,)}
        np.lib.format.write_array_header_1_0(member, header)
        shutil.copyfileobj(values, member, 2**20)
