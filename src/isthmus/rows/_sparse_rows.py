"""Rows of a sparse matrix, made dense one batch at a time."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ._encoded_rows import EncodedRows

__all__ = ["SparseRows"]


class SparseRows(EncodedRows):
    """Rows of a CSR array, made dense and encoded as they are read; see ``isthmus.rows.Rows``.

    Parameters
    ----------
    X : CSR array of shape (n_samples, n_features)
        Raw rows, any real dtype; never modified.
    encoder : Encoder
        Encoder of every row that is read.
    device : torch.device or str, default="cpu"
        Device of batches and blocks.
    indices : ndarray of shape (n,), int, default=None
        Indices of the rows of ``X``, in this order; None for all.
    """

    def select(self, indices: NDArray[np.intp]) -> Self:
        """Return some of the rows, without a copy; see ``Rows.select``."""
        return type(self)(
            self._X,
            self._encoder,
            device=self.device,
            indices=self._chosen(indices),
        )

    def take(self, indices: Tensor) -> Tensor:
        """Return the rows at given indices, (n, ...), float32."""
        return self._read(indices.cpu().numpy())

    def _block(self, where: slice) -> Tensor:
        return self._read(where)

    def _read(self, where: slice | NDArray[np.intp]) -> Tensor:
        return self._to_device(self._encoder.encode(self._raw(where).toarray()))
