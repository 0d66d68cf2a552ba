"""Encoded rows of mixed tables, for findings about rows."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from .._row_blocks import row_blocks
from ..estimators import Autoencoder
from ..preprocessing import Preprocessor, is_table
from ._findings import Finding
from ._table_findings import examine_table
from ._unlike_kinds import examine_kinds

__all__ = ["encoded_rows", "findings_of_columns", "preprocessor_of"]


def preprocessor_of(X: Any, scaling: str) -> Preprocessor | None:
    """Fit the preprocessing of a table with categories, texts, dates or missing cells.

    Parameters
    ----------
    X : object
        Training rows.
    scaling : str
        As for ``Autoencoder``.

    Returns
    -------
    Preprocessor or None
        None if the rows are no table, or all columns are numbers without missing cells.
    """
    if not is_table(X):
        return None
    table = nw.from_native(X, eager_only=True)
    is_numeric = all(column.dtype.is_numeric() for column in table.iter_columns())
    if is_numeric and not np.isnan(np.asarray(table.to_numpy(), dtype=np.float64)).any():
        return None
    made = Autoencoder(scaling=scaling).fit_preprocessing(X)
    return None if made.layout is None else made


def encoded_rows(preprocessor: Preprocessor, X: Any) -> NDArray[np.float32]:
    """Return the encoded rows of a matrix, with the columns' means for missing cells.

    Parameters
    ----------
    preprocessor : Preprocessor
        Fitted.
    X : ndarray of shape (n_samples, n_features)
        Matrix from its ``prepare``.

    Returns
    -------
    ndarray of shape (n_samples, n_encoded), float32
    """
    blocks = [preprocessor.encode(np.asarray(block)) for block in row_blocks(X)]
    if not blocks:
        return np.empty((0, preprocessor.n_encoded), np.float32)
    return np.nan_to_num(np.concatenate(blocks), copy=False, nan=0.0)


def findings_of_columns(
    preprocessor: Preprocessor, X: Any, matrix: NDArray[Any], scaling: str
) -> list[Finding]:
    """Return the findings about the columns of a table.

    Parameters
    ----------
    preprocessor : Preprocessor
        From ``preprocessor_of``.
    X : table
        Training rows.
    matrix : ndarray of shape (n_samples, n_features)
        The same rows, from ``prepare``.
    scaling : str
        As for ``examine_table``.

    Returns
    -------
    list of Finding
    """
    found = examine_table(matrix, preprocessor.observed_columns, scaling=scaling)
    if preprocessor.table is not None:
        table = nw.from_native(X, eager_only=True).to_arrow()
        found += examine_kinds(table, preprocessor.table.plans)
    return found
