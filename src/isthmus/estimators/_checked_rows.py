"""Validation of input rows, and outputs of the same type as the input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray
from sklearn.utils.validation import (
    check_array,
    check_consistent_length,
    column_or_1d,
    validate_data,
)
from torch import Tensor

from .._row_blocks import as_dense
from .._selected_rows import is_lazy
from ..errors import DataError
from ..preprocessing import Preprocessor, as_array, is_table, whole_table
from ..rows import Rows, block_size, release_pages
from ..sources import listed

__all__ = [
    "check_varies",
    "checked_matrix",
    "checked_rows",
    "column_names",
    "fill_rows",
    "like",
    "map_rows",
    "mean_of_observed",
    "set_table_columns",
]

# What scikit-learn and NumPy say of values that are no real numbers.
_NOT_CONVERTED = ("Complex data not supported", "could not convert", "must be a string or a real")


def checked_rows(estimator: Any, X: Any) -> Any:
    """Return the checked matrix of rows for a fitted estimator: dense or CSR, finite, not float16.

    Parameters
    ----------
    estimator : estimator
        Fitted estimator.
    X : array-like, sparse matrix, table or sequence of texts
        Rows; not modified.

    Returns
    -------
    ndarray or CSR array of shape (n_samples, n_features)

    Raises
    ------
    DataError
        If the rows cannot be read, or contain missing or infinite values.
    """
    preprocessor = estimator.preprocessor_
    # scikit-learn has its own rules for tables if the estimator was fitted on one of numbers.
    is_of_numbers = preprocessor.table is None and column_names(estimator) is not None
    is_scikit_learns = is_table(X) and is_of_numbers
    if not is_scikit_learns or preprocessor.kind == "texts":
        X = preprocessor.prepare(X)
    return checked_matrix(estimator, X, preprocessor, reset=False)


def checked_matrix(
    estimator: Any,
    X: Any,
    preprocessor: Preprocessor,
    *,
    reset: bool,
    y: Any = "no_validation",
) -> Any:
    """Return a checked matrix for an estimator: dense or CSR, finite, not float16.

    Parameters
    ----------
    estimator : estimator
        Stores, or has, the number of columns and their names.
    X : array-like or sparse matrix of shape (n_samples, n_features)
        Rows as a matrix; not modified.
    preprocessor : Preprocessor
        Defines where values may be missing.
    reset : bool
        Whether to store columns on the estimator, as ``fit`` does.
    y : array-like of shape (n_samples,), default="no_validation"
        Labels to check along with the rows; if passed, they are required.

    Returns
    -------
    ndarray, SelectedRows, ChunkedRows or CSR array of shape (n_samples, n_features)
    """
    if preprocessor.table is not None and not reset:
        X = _checked_width(X, preprocessor)
    elif is_lazy(X):
        # A memory-mapped file must not be read whole: one row is enough to check the columns.
        validate_data(estimator, _first_row(X), reset=reset, ensure_all_finite=False)
        if not isinstance(y, str):
            check_consistent_length(X, column_or_1d(y, warn=True))
    else:
        X = _validated(estimator, X, y, reset=reset)
    if preprocessor.table is not None:
        set_table_columns(estimator, preprocessor)
    if X.dtype.kind == "b":
        X = X.astype(np.uint8)
    elif X.dtype == np.float16:
        X = X.astype(np.float32)
    names = column_names(estimator) if preprocessor.table is None else None
    preprocessor.check_values(X, names=names)
    return X


def _first_row(X: Any) -> Any:
    """Return the first row, as a table if its columns have names."""
    names = getattr(X, "column_names", None)
    return X[:1] if names is None else pa.table(list(X[:1].T), names=list(names))


def _validated(estimator: Any, X: Any, y: Any, *, reset: bool) -> Any:
    rows = as_array(X)
    try:
        checked = validate_data(
            estimator,
            rows,
            y,
            reset=reset,
            accept_sparse="csr",
            dtype="numeric",
            ensure_all_finite=False,
        )
    except (TypeError, ValueError) as error:
        if any(words in str(error) for words in _NOT_CONVERTED):
            _check_are_numbers(rows)
        raise
    if isinstance(y, str):
        return as_array(checked)
    return as_array(checked[0])


def _check_are_numbers(rows: Any) -> None:
    """Raise ``DataError`` for lists of complex numbers, and for tables with other values."""
    if not is_table(rows):
        as_array(np.asarray(rows))
        return
    others = [field.name for field in whole_table(rows).schema if not _is_number(field.type)]
    if others:
        raise DataError(
            "The columns of the table must contain numbers, as the training rows did. Got other "
            f"values in {listed(others)}: convert them to numbers."
        )


def _is_number(kind: pa.DataType) -> bool:
    types = pa.types
    tests = (types.is_integer, types.is_floating, types.is_boolean, types.is_decimal, types.is_null)
    return any(test(kind) for test in tests)


def _checked_width(X: Any, preprocessor: Preprocessor) -> Any:
    """Return the checked matrix of a mixed table's rows."""
    if not is_lazy(X):
        X = as_array(X)
        try:
            X = check_array(X, dtype="numeric", ensure_all_finite=False)
        except ValueError as error:
            if "convert string" not in str(error):
                raise
            raise DataError(
                "Rows must be a table with the columns of the training data. Got an array with "
                "texts: pass the table itself."
            ) from None
    _check_width(X, preprocessor)
    return X


def _check_width(X: Any, preprocessor: Preprocessor) -> None:
    if X.shape[1] != preprocessor.n_features:
        raise DataError(
            "Rows must be a table with the columns of the training data, or a matrix as returned "
            f"by `prepared_rows` ({preprocessor.n_features} columns). Got {X.shape[1]} columns."
        )


def set_table_columns(estimator: Any, preprocessor: Preprocessor) -> None:
    """Set scikit-learn's attributes on the columns of a mixed table to those of the table."""
    names = () if preprocessor.table is None else [plan.name for plan in preprocessor.table.plans]
    estimator.n_features_in_ = len(names)
    estimator.feature_names_in_ = np.array(names, dtype=object)


def column_names(estimator: Any) -> Any:
    """Return the column names that an estimator was fitted on, or None."""
    return getattr(estimator, "feature_names_in_", None)


def like(X: Any, values: NDArray[Any]) -> Any:
    """Return values as a tensor on the device of ``X`` if it is a tensor, else unchanged."""
    return torch.from_numpy(values).to(X.device) if isinstance(X, Tensor) else values


def check_varies(X: Any) -> None:
    """Raise ``DataError`` if there are fewer than two rows, or all rows are equal."""
    if X.shape[0] < 2:
        raise DataError(
            "An autoencoder requires at least 2 training rows. Got 1 sample (row): add rows."
        )
    first = as_dense(X[:1])
    is_empty = first != first  # NaN, which equals nothing, not even itself
    step = block_size(X.shape[1])
    for start in range(0, X.shape[0], step):
        block = as_dense(X[start : start + step])
        if ((block != first) & ~((block != block) & is_empty)).any():
            return
    missing = " or missing" if is_empty.any() else ""
    raise DataError(
        f"All {X.shape[0]} rows are equal, so there is nothing to train on: every column is "
        f"constant{missing}. Check that the right columns and rows were read."
    )


def map_rows(
    rows: Rows,
    function: Callable[[Tensor], Tensor],
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
) -> NDArray[Any]:
    """Map rows in padded blocks of one size, so that no result depends on other rows.

    The result is (n_samples, *shape), float64 for float64 rows, else float32.
    """
    out = np.empty((len(rows), *shape), np.float64 if dtype == np.float64 else np.float32)
    fill_rows(out, rows, function)
    return out


def fill_rows(out: NDArray[Any], rows: Rows, function: Callable[[Tensor], Tensor]) -> None:
    """Map rows like ``map_rows``, into a matrix that may be memory-mapped."""
    with torch.inference_mode():
        for where, block in rows.blocks(padded=True):
            out[where] = function(block)[: where.stop - where.start].cpu().numpy()
            release_pages(out)  # otherwise a whole file of codes would stay in memory


def mean_of_observed(errors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of each row, without missing cells; NaN for rows of nothing else."""
    observed = ~np.isnan(errors)
    mean: NDArray[np.float64]
    if observed.all():
        mean = errors.mean(axis=1)
        return mean
    n_observed = observed.sum(axis=1).astype(np.float64)
    total = np.where(observed, errors, 0.0).sum(axis=1)
    mean = np.divide(total, n_observed, out=np.full(len(errors), np.nan), where=n_observed > 0)
    return mean
