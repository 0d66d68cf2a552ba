"""Rows with their anomaly scores, and the columns responsible for them."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .._chunks import Chunks
from .._row_blocks import as_dense
from .._translation import Message
from ..doctor import row_errors
from ._fitted_run import FittedRun
from ._kept_blocks import KeptBlocks
from ._leading_cells import LeadingCells
from ._place_names import place_names
from ._row_files import Counted, mapped, uncounted

__all__ = ["error_threshold", "scored_rows"]

_MOST_ELEMENTS = 6  # of a list that is shown
_ROWS_A_TIME = 4096  # all shares at once would be as large as the rows
_MOST_EXPLAINED = 10_000  # of rows in chunks, which may be too many for their names and values


def scored_rows(
    fitted: FittedRun,
    X: Any,
    *,
    table: pa.Table | None = None,
    n_features: int = 3,
    counted: Counted = uncounted,
    kept: KeptBlocks | None = None,
) -> dict[str, Any]:
    """Score rows, most anomalous first.

    Parameters
    ----------
    fitted : FittedRun
        Loaded run, which can explain errors.
    X : ndarray or CSR array of shape (n_samples, n_features)
        Checked rows.
    table : pyarrow.Table, default=None
        The same rows as they were read, for a mixed table.
    n_features : int, default=3
        Number of features to name for each row; of rows in chunks, for the 10,000 most anomalous.
    counted : callable, optional
        As ``Counted``.
    kept : KeptBlocks, default=None
        As for ``mapped``.

    Returns
    -------
    dict of str to ndarray of shape (n_samples,), or LeadingCells
        ``row`` (from 0), ``error``, ``threshold``, ``is_outlier``; then for each k from 1
        ``feature_k``, ``share_k`` (of the error), ``value_k`` and ``expected_k``, which are texts
        for a mixed table. Features of pictures and feature maps are named by their place, such as
        "row_3_column_5_channel_0". None for what is unknown: rows without observed cells have no
        error and come last.
    """
    found = mapped(functools.partial(row_errors, fitted.estimator), X, kept, name="errors")
    errors = np.concatenate(list(counted(Message("Scoring rows"), found, X.shape[0])))
    order = np.argsort(-errors, kind="stable")
    threshold = error_threshold(fitted)
    is_outlier: NDArray[Any] = np.full(len(errors), None)
    if threshold is not None:
        is_known = ~np.isnan(errors)
        is_outlier[is_known] = errors[is_known] > threshold
    columns = {
        "row": order,
        "error": _known(errors)[order],
        "threshold": np.full(len(errors), threshold),
        "is_outlier": is_outlier[order],
    }
    if isinstance(X, Chunks):
        return columns | _largest_of_first(fitted, X, table, n_features, order)
    largest = _largest(fitted, X, table, n_features, counted, kept)
    return columns | {name: values[order] for name, values in largest.items()}


def _largest_of_first(
    fitted: FittedRun, X: Chunks, table: Any, n: int, order: NDArray[np.intp]
) -> dict[str, LeadingCells]:
    """Return the worst features of the most anomalous rows."""
    first = order[:_MOST_EXPLAINED]
    back = np.argsort(np.argsort(first, kind="stable"), kind="stable")
    rows = None if table is None else table.at(np.sort(first))
    found = _largest(fitted, X.at(np.sort(first)), rows, n)
    return {name: LeadingCells(values[back], len(order)) for name, values in found.items()}


def error_threshold(fitted: FittedRun) -> float | None:
    """Return the error above which a row is an outlier; None if it is unknown.

    Parameters
    ----------
    fitted : FittedRun
        Loaded run.

    Returns
    -------
    float or None
    """
    offset = getattr(fitted.estimator, "offset_", None)
    if offset is not None:
        return -float(offset)
    return None if fitted.sketch is None else fitted.sketch.error_fence


def _largest(
    fitted: FittedRun,
    X: Any,
    table: pa.Table | None,
    n: int,
    counted: Counted = uncounted,
    kept: KeptBlocks | None = None,
) -> dict[str, NDArray[Any]]:
    """Return the names, shares, values and expected values of each row's worst features."""
    given = fitted.feature_names or place_names(fitted.picture_shape, X.shape[1])
    n = min(n, len(given))
    if n == 0:
        return {}

    def explained() -> Iterator[pa.Table]:
        n_rows = X.shape[0]
        for k, start in enumerate(range(0, n_rows, _ROWS_A_TIME)):
            compute = functools.partial(_explained, fitted, X, table, given, n, start)
            keeps = kept is not None and n_rows > _ROWS_A_TIME
            done = (start, n_rows)
            yield kept.block("features", k, compute, done) if kept and keeps else compute()

    whole = pa.concat_tables(
        counted(Message("Explaining scores"), explained(), X.shape[0]),
        promote_options="permissive",
    )
    return {name: _objects(whole.column(name)) for name in whole.column_names}


def _explained(
    fitted: FittedRun, X: Any, table: pa.Table | None, given: Sequence[str], n: int, start: int
) -> pa.Table:
    """Return the worst features of some rows."""
    estimator, names = fitted.estimator, np.array(given, dtype=object)
    block = X[start : start + _ROWS_A_TIME]
    share = estimator.explain(block)
    top = np.argsort(-share, axis=1, kind="stable")[:, :n]
    rows = None if table is None else table.slice(start, len(top))
    cells = _cells(fitted, block, rows, given, top)
    shares = np.take_along_axis(share, top, axis=1)
    is_empty = estimator.preprocessor_.has_nothing_observed(block)
    parts = [_without(part, is_empty) for part in (names[top], shares, *cells)]
    titles = ("feature", "share", "value", "expected")
    return pa.table(
        {
            f"{title}_{k + 1}": pa.array(part[:, k])
            for k in range(n)
            for title, part in zip(titles, parts, strict=True)
        }
    )


def _objects(column: Any) -> NDArray[Any]:
    """Return the cells of an Arrow column, None where they are missing."""
    found: NDArray[Any] = np.array([*column.to_pylist(), None], object)[:-1]
    return found


def _cells(
    fitted: FittedRun, X: Any, table: pa.Table | None, names: Sequence[str], top: NDArray[np.intp]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the values of chosen cells, and the values expected instead."""
    estimator = fitted.estimator
    restore = getattr(estimator, "expected_rows", None) or estimator.reconstruct
    expected = np.asarray(restore(X))
    reader = estimator.preprocessor_.table
    if reader is None:
        found = (np.take_along_axis(part, top, axis=1) for part in (as_dense(X), expected))
        value, other = (_known(part.astype(np.float64)) for part in found)
        return value, other
    own = reader.table_of(X) if table is None else table
    return _texts(own, names, top, digits=None), _texts(
        reader.table_of(expected), names, top, digits=6
    )


def _texts(
    table: pa.Table, names: Sequence[str], top: NDArray[np.intp], *, digits: int | None
) -> NDArray[Any]:
    """Return chosen cells of a table as texts, None if they are missing."""
    out = np.full(top.shape, None, dtype=object)
    for column in np.unique(top):
        if names[column] in table.column_names:
            rows, places = np.nonzero(top == column)
            cells = table.column(names[column]).take(pa.array(rows))
            out[rows, places] = _as_texts(cells, digits)
    return out


def _as_texts(cells: Any, digits: int | None) -> list[str | None]:
    if digits is not None and pa.types.is_floating(cells.type):
        return [None if cell is None else f"{cell:.{digits}g}" for cell in cells.to_pylist()]
    if pa.types.is_list(cells.type):
        return [
            None if cell is None else _short_list(cell, digits or 6) for cell in cells.to_pylist()
        ]
    texts: list[str | None] = cells.cast(pa.string()).to_pylist()
    return texts


def _short_list(values: Sequence[float], digits: int) -> str:
    """Return the first numbers of a list as text."""
    shown = ", ".join(f"{value:.{digits}g}" for value in values[:_MOST_ELEMENTS])
    return f"[{shown}, ...]" if len(values) > _MOST_ELEMENTS else f"[{shown}]"


def _without(values: NDArray[Any], rows: NDArray[np.bool_]) -> NDArray[Any]:
    """Return values with None in some rows."""
    if not rows.any():
        return values
    kept = values.astype(object)
    kept[rows] = None
    return kept


def _known(values: NDArray[np.float64]) -> NDArray[Any]:
    """Return numbers with None for NaN."""
    known: NDArray[Any] = values.astype(object)
    known[np.isnan(values)] = None
    return known
