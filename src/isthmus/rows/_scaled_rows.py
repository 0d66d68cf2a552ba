"""Rows as the network sees them: read, densified and scaled one batch at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from torch import Tensor

from .._scratch import Scratch
from ..preprocessing import Preprocessor, Scaling

__all__ = ["LabelledRows", "Rows", "block_size"]

_CACHE_BYTES = 2**29


def block_size(n_features: int) -> int:
    """Return the fixed number of rows in which rows of this width are encoded.

    Matrix products round differently for different numbers of rows. In blocks of one size, the
    last one padded, a row's code does not depend on its neighbours. The size is a power of two
    between 64 and 1024 that keeps a block under about 16 MiB.

    Parameters
    ----------
    n_features : int
        Width of a row.

    Returns
    -------
    int
    """
    fits = max(64, min(1024, 2**22 // max(1, n_features)))
    return 1 << (fits.bit_length() - 1)


class Rows:
    """Scaled rows for a network, from an array that stays as it is.

    Dense rows can be kept on the device, up to 512 MiB of them and on a CUDA device up to half of
    its free memory: bytes as they are, all others scaled, in single precision. The rest is scaled
    as it is read, so that memory does not grow with the number of rows.

    Parameters
    ----------
    X : ndarray or CSR array of shape (n_samples, n_features)
        Raw rows, any real dtype; a read-only memory map will do.
    scaling : Scaling or Preprocessor
        Applied to every row that is read.
    device : torch.device or str, default="cpu"
        Where the rows go.
    keep : bool, default=False
        Keep the rows where they fit: worth it if they are read more than once.
    """

    def __init__(
        self,
        X: Any,
        scaling: Scaling | Preprocessor,
        *,
        device: torch.device | str = "cpu",
        keep: bool = False,
    ) -> None:
        self._X, self.device = X, torch.device(device)
        self._encode = scaling.apply if isinstance(scaling, Scaling) else scaling.encode
        self.shape: tuple[int, ...] = getattr(scaling, "encoded_shape", (int(X.shape[1]),))
        self.n_features = math.prod(self.shape)
        self._kept: Tensor | None = None
        self._gathered, self._scratch = Scratch(), Scratch()
        # Bytes are a quarter of the traffic, and are scaled where they are used.
        single = scaling.single
        self._are_bytes = X.dtype == np.uint8 and not sparse.issparse(X) and single is not None
        if self._are_bytes and single is not None:
            self._shift, self._inverse = map(self._to_device, single())
            self._is_shifted = bool(self._shift.any())
        if keep and not sparse.issparse(X):
            dtype = torch.uint8 if self._are_bytes else torch.float32
            if X.shape[0] * self.n_features * dtype.itemsize <= _room(self.device):
                self._kept = self._keep(dtype)

    @property
    def are_kept(self) -> bool:
        """Whether all of them are on the device."""
        return self._kept is not None

    def __len__(self) -> int:
        return int(self._X.shape[0])

    def take(self, indices: Tensor) -> Tensor:
        """Return the rows at ``indices`` (n,) as a float32 tensor (n, n_features).

        The next call may overwrite it.
        """
        if self._kept is not None:
            out = self._gathered.matrix(len(indices), self.n_features, like=self._kept)
            torch.index_select(self._kept, 0, indices.to(self.device), out=out)
            return self._shaped(self._scaled(out, self._scratch))
        return self._shaped(self._read(indices.cpu().numpy(), self._scratch))

    def blocks(
        self, *, padded: bool = False, keeps_memory: bool = False
    ) -> Iterator[tuple[slice, Tensor]]:
        """Yield all rows in order, ``block_size`` at a time.

        Parameters
        ----------
        padded : bool, default=False
            Fill the last block up with rows of zeros.
        keeps_memory : bool, default=False
            Let a block overwrite the one before it: for callers that are done with it by then.

        Yields
        ------
        tuple of slice and Tensor
            Which rows these are, and the rows, perhaps followed by padding.
        """
        step = block_size(self.n_features)
        kept = Scratch() if keeps_memory else None
        for start in range(0, len(self), step):
            where = slice(start, min(start + step, len(self)))
            if self._kept is not None:
                rows = self._scaled(self._kept[where], kept or Scratch())
            else:
                rows = self._read(where, kept or Scratch())
            missing = step - len(rows)
            if padded and missing:
                rows = torch.cat([rows, rows.new_zeros(missing, self.n_features)])
            yield where, self._shaped(rows)

    def _shaped(self, rows: Tensor) -> Tensor:
        return rows if len(self.shape) == 1 else rows.view(len(rows), *self.shape)

    def _read(self, where: slice | NDArray[Any], scratch: Scratch) -> Tensor:
        raw = self._X[where]
        if self._are_bytes:
            return self._scaled(self._to_device(_for_torch(raw)), scratch)
        encoded = self._encode(raw.toarray() if sparse.issparse(raw) else np.asarray(raw))
        return self._to_device(encoded.reshape(len(encoded), self.n_features))

    def _to_device(self, rows: NDArray[Any]) -> Tensor:
        return torch.from_numpy(rows).to(self.device)

    def _keep(self, dtype: torch.dtype) -> Tensor:
        kept = torch.empty(len(self), self.n_features, dtype=dtype, device=self.device)
        if self._are_bytes and isinstance(self._X, np.ndarray):
            return kept.copy_(torch.from_numpy(_for_torch(self._X)))
        if self._are_bytes:
            step = block_size(self.n_features)
            for start in range(0, len(self), step):
                raw = self._X[start : start + step]
                kept[start : start + len(raw)] = torch.from_numpy(_for_torch(raw))
            return kept
        for where, rows in self.blocks():
            kept[where] = rows.view(len(rows), -1)
        return kept

    def _scaled(self, kept: Tensor, scratch: Scratch) -> Tensor:
        if kept.dtype != torch.uint8:
            return kept
        out = scratch.matrix(len(kept), self.n_features, like=self._shift)
        out.copy_(kept)
        if self._is_shifted:  # pixels on [0, 1] are not, and a pass over them is saved
            out.sub_(self._shift)
        return out.mul_(self._inverse)


def _room(device: torch.device) -> int:
    """Return the bytes that kept rows may take."""
    if device.type != "cuda":
        return _CACHE_BYTES
    free, _ = torch.cuda.mem_get_info(device)
    return free // 2


def _for_torch(raw: NDArray[Any]) -> NDArray[Any]:
    """Return bytes that torch will only read, without a copy where they lie in rows.

    torch warns of arrays that must not be written, such as a read-only memory map; to copy them
    first took a twentieth of the time of encoding a file.
    """
    if not raw.flags.c_contiguous:
        return np.array(raw, order="C")
    return np.asarray(raw if raw.flags.writeable else _Unlocked(raw))


class _Unlocked:
    """The memory of an array as if it could be written."""

    def __init__(self, array: NDArray[Any]) -> None:
        address, _ = array.__array_interface__["data"]
        self._array = array  # keeps the memory
        self.__array_interface__ = array.__array_interface__ | {"data": (address, False)}


class LabelledRows:
    """Rows with the class of each: batches and blocks are pairs.

    Parameters
    ----------
    rows : Rows
        The rows.
    classes : ndarray of shape (n_samples,), int64
        Their classes, from 0.
    """

    def __init__(self, rows: Rows, classes: NDArray[np.int64]) -> None:
        self.rows = rows
        self._classes = torch.from_numpy(classes).to(rows.device)

    @property
    def are_kept(self) -> bool:
        """Whether all of them are on the device."""
        return self.rows.are_kept

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """Return the rows at ``indices`` (n,), and their classes (n,); see ``Rows.take``."""
        return self.rows.take(indices), self._classes[indices.to(self.rows.device)]

    def blocks(self) -> Iterator[tuple[slice, tuple[Tensor, Tensor]]]:
        """Yield all rows in order, with their classes; see ``Rows.blocks``."""
        for where, block in self.rows.blocks():
            yield where, (block, self._classes[where])
