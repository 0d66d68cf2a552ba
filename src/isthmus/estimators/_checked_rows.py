"""Rows as users give them: checked on the way in, and codes of their kind on the way out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils.validation import validate_data
from torch import Tensor

from .._finite import check_finite
from .._selected_rows import SelectedRows
from ..errors import DataError
from ..rows import Rows, block_size, release_pages

__all__ = [
    "as_array",
    "check_varies",
    "checked_rows",
    "column_names",
    "fill_rows",
    "like",
    "map_rows",
]


def checked_rows(estimator: Any, X: Any, *, reset: bool, y: Any = "no_validation") -> Any:
    """Return rows as an estimator takes them: dense or CSR, finite, no half precision.

    Parameters
    ----------
    estimator : estimator
        It is told, or knows, how many columns there are and their names.
    X : array-like or sparse matrix of shape (n_samples, n_features)
        Rows; not modified.
    reset : bool
        Whether the estimator is told: in its fit.
    y : array-like of shape (n_samples,), default="no_validation"
        Labels are checked beside the rows, and have to be there.

    Returns
    -------
    ndarray or CSR array of shape (n_samples, n_features)
    """
    # Checked by its first row: scikit-learn's checks would copy a selection of a memory map.
    selected = X if isinstance(X, SelectedRows) else None
    X = validate_data(
        estimator,
        as_array(X if selected is None else selected[:1]),
        y,
        reset=reset,
        accept_sparse="csr",
        dtype="numeric",
        ensure_all_finite=False,
    )
    if not isinstance(y, str):
        X, _ = X
    if selected is not None:
        X = selected
    if X.dtype.kind == "b":
        X = X.astype(np.uint8)
    elif X.dtype == np.float16:
        X = X.astype(np.float32)
    check_finite(X, names=column_names(estimator))
    return X


def column_names(estimator: Any) -> Any:
    """Return the names of the columns that an estimator was fitted on, or None."""
    return getattr(estimator, "feature_names_in_", None)


def as_array(X: Any) -> Any:
    """Return a tensor as an array on the CPU, and anything else as it is."""
    if not isinstance(X, Tensor):
        return X
    X = X.detach().cpu()
    return (X.float() if X.dtype in (torch.bfloat16, torch.float16) else X).numpy()


def like(X: Any, values: NDArray[Any]) -> Any:
    """Return values as a tensor on the device of ``X``, if that is one, else as they are."""
    return torch.from_numpy(values).to(X.device) if isinstance(X, Tensor) else values


def check_varies(X: Any) -> None:
    """Raise ``DataError`` if there are fewer than two rows, or all are the same."""
    if X.shape[0] < 2:
        raise DataError(
            "An autoencoder needs at least 2 rows to learn from. Got 1 sample (row): add rows."
        )
    first = X[:1].toarray() if sparse.issparse(X) else X[:1]
    step = block_size(X.shape[1])
    for start in range(0, X.shape[0], step):
        block = X[start : start + step]
        if (np.asarray(block.toarray() if sparse.issparse(block) else block) != first).any():
            return
    raise DataError(
        f"All {X.shape[0]} rows are the same, so there is nothing to learn: every column is "
        "constant. Check that the right columns and rows were read."
    )


def map_rows(
    rows: Rows, function: Callable[[Tensor], Tensor], width: int, dtype: np.dtype[Any]
) -> NDArray[Any]:
    """Map rows in padded blocks of one size, so that none depends on its neighbours.

    The result is (n_samples, width), float64 for float64 rows, else float32.
    """
    out = np.empty((len(rows), width), np.float64 if dtype == np.float64 else np.float32)
    fill_rows(out, rows, function)
    return out


def fill_rows(out: NDArray[Any], rows: Rows, function: Callable[[Tensor], Tensor]) -> None:
    """Map rows as ``map_rows`` does, to a matrix that may be a temporary file's."""
    with torch.inference_mode():
        for where, block in rows.blocks(padded=True):
            out[where] = function(block)[: where.stop - where.start].cpu().numpy()
            release_pages(out)  # else a whole file of codes would stay in memory
