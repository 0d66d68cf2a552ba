"""Rows of a dense array or a memory map."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .._selected_rows import SelectedRows
from ..errors import DataError
from ._encoded_rows import EncodedRows
from ._rows import Encoder
from ._temporary_matrix import release_pages, temporary_matrix

__all__ = ["DenseRows"]

_CACHE_BYTES = 2**29


class DenseRows(EncodedRows):
    """Rows of a dense array or memory map, encoded as they are read; see ``isthmus.rows.Rows``.

    The rows can be kept on the device, up to 512 MiB and on a CUDA device up to half of its free
    memory: bytes as they are, all others encoded in single precision. Otherwise memory does not
    grow with the number of rows: they are encoded each time, or, if the encoder says that it
    ``is_slow``, once into a temporary file.

    Parameters
    ----------
    X : ndarray or SelectedRows of shape (n_samples, ...)
        Raw rows, any real dtype; may be a read-only memory map.
    encoder : Encoder
        Encoder of every row that is read.
    device : torch.device or str, default="cpu"
        Device of batches and blocks.
    indices : ndarray of shape (n,), int, default=None
        Indices of the rows of ``X``, in this order; None for all.
    keep : bool, default=False
        Whether to keep the rows on the device if they fit: useful if they are read repeatedly.
    """

    def __init__(
        self,
        X: Any,
        encoder: Encoder,
        *,
        device: torch.device | str = "cpu",
        indices: NDArray[np.intp] | None = None,
        keep: bool = False,
    ) -> None:
        if isinstance(X, SelectedRows):
            indices = X.indices if indices is None else X.indices[indices]
            X = X.base
        # A plain view: indexing a memory map itself goes through Python for each result.
        super().__init__(np.asarray(X), encoder, device=device, indices=indices)
        self._wants_to_keep = keep
        self._kept: Tensor | None = None
        # Bytes need a quarter of the bandwidth, and are encoded where they are used.
        single = getattr(encoder, "single", None)
        pair = None if single is None or X.dtype != np.uint8 else single()
        self._are_bytes = pair is not None
        if pair is not None:
            self._shift, self._factor = map(self._to_device, pair)
            self._is_shifted = bool(self._shift.any())
        if keep:
            dtype = torch.uint8 if self._are_bytes else torch.float32
            if len(self) * self.n_features * dtype.itemsize <= _available_bytes(self.device):
                self._kept = self._keep(dtype)
            elif getattr(encoder, "is_slow", False):
                self._store()

    @property
    def are_kept(self) -> bool:
        """Whether all rows are on the device."""
        return self._kept is not None

    def select(self, indices: NDArray[np.intp]) -> Self:
        """Return some of the rows, without a copy of the array; see ``Rows.select``.

        If the rows are kept on the device, those of the selection are kept too.
        """
        return type(self)(
            self._X,
            self._encoder,
            device=self.device,
            indices=self._chosen(indices),
            keep=self._wants_to_keep,
        )

    def take(self, indices: Tensor) -> Tensor:
        """Return the rows at given indices, (n, ...), float32; see ``RandomAccessRows.take``."""
        if self._kept is None:
            return self._read(indices.cpu().numpy())
        return self._encoded(self._kept.index_select(0, indices.to(self.device)))

    def _block(self, where: slice) -> Tensor:
        if self._kept is not None:
            return self._encoded(self._kept[where])
        return self._read(where)

    def _read(self, where: slice | NDArray[np.intp]) -> Tensor:
        raw = self._raw(where)
        if self._are_bytes:
            return self._encoded(self._to_device(_for_torch(raw)))
        return self._to_device(self._encoder.encode(raw))

    def _keep(self, dtype: torch.dtype) -> Tensor:
        if self._are_bytes:
            raw_shape = (len(self), *self._X.shape[1:])
            kept = torch.empty(raw_shape, dtype=dtype, device=self.device)
            if self._indices is None:
                return kept.copy_(torch.from_numpy(_for_torch(self._X)))
            step = max(1, 2**22 // max(1, self.n_features))
            for start in range(0, len(self), step):
                raw = self._raw(slice(start, start + step))
                kept[start : start + step] = self._to_device(raw)
            return kept
        kept = torch.empty(len(self), *self.shape, dtype=dtype, device=self.device)
        for where, rows in self.blocks():
            kept[where] = rows
        return kept

    def _store(self) -> None:
        """Encode all rows into a temporary file, if there is space for it."""
        try:
            matrix = temporary_matrix(len(self), self.n_features)
        except DataError:
            return
        stored = matrix.reshape(len(self), *self.shape)
        for where, rows in self.blocks():
            stored[where] = rows.cpu().numpy()
        release_pages(matrix)
        self._X, self._indices, self._encoder = stored, None, _Stored(self.shape)

    def _encoded(self, rows: Tensor) -> Tensor:
        """Encode bytes on the device; other rows are encoded already."""
        if rows.dtype != torch.uint8:
            return rows
        out = rows.to(self._shift.dtype)
        if self._is_shifted:  # pixels on [0, 1] are not, which saves a pass over them
            out.sub_(self._shift)
        return out.mul_(self._factor).view(len(rows), *self.shape)


def _available_bytes(device: torch.device) -> int:
    """Return the maximum number of bytes for kept rows."""
    if device.type != "cuda":
        return _CACHE_BYTES
    free, _ = torch.cuda.mem_get_info(device)
    return free // 2


def _for_torch(raw: NDArray[Any]) -> NDArray[Any]:
    """Return bytes that torch will only read, without a copy if they are contiguous.

    torch warns about read-only arrays, such as a read-only memory map; copying them first took a
    twentieth of the time of encoding a file.
    """
    if not raw.flags.c_contiguous:
        return np.array(raw, order="C")
    return np.asarray(raw if raw.flags.writeable else _Writable(raw))


class _Stored:
    """Encoder of rows that are encoded already."""

    def __init__(self, encoded_shape: tuple[int, ...]) -> None:
        self.encoded_shape = encoded_shape

    def encode(self, block: NDArray[Any]) -> NDArray[np.float32]:
        """Return a copy."""
        return np.array(block, dtype=np.float32)


class _Writable:
    """Memory of an array, declared as writable."""

    def __init__(self, array: NDArray[Any]) -> None:
        address, _ = array.__array_interface__["data"]
        self._array = array  # keeps the memory
        self.__array_interface__ = array.__array_interface__ | {"data": (address, False)}
