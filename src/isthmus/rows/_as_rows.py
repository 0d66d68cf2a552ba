"""Choice of the implementation of rows for an array."""

from __future__ import annotations

from typing import Any

import torch
from scipy import sparse

from .._chunks import ChunkedRows
from ._dense_rows import DenseRows
from ._rows import Encoder
from ._sparse_rows import SparseRows
from ._streamed_rows import StreamedRows

__all__ = ["as_rows"]


def as_rows(
    X: Any,
    encoder: Encoder,
    *,
    device: torch.device | str = "cpu",
    keep: bool = False,
) -> DenseRows | SparseRows | StreamedRows:
    """Return encoded rows of an array.

    Parameters
    ----------
    X : ndarray, SelectedRows, ChunkedRows or CSR array of shape (n_samples, ...)
        Raw rows, any real dtype; not copied, and never modified.
    encoder : Encoder
        Encoder of every row that is read.
    device : torch.device or str, default="cpu"
        Device of batches and blocks.
    keep : bool, default=False
        Whether to keep dense rows on the device if they fit: useful if they are read repeatedly.

    Returns
    -------
    DenseRows, SparseRows or StreamedRows
    """
    if isinstance(X, ChunkedRows):
        return StreamedRows(X, encoder, device=device)
    if sparse.issparse(X):
        return SparseRows(X, encoder, device=device)
    return DenseRows(X, encoder, device=device, keep=keep)
