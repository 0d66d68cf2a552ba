"""Values put into the missing cells of the user's own rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch
from numpy.typing import NDArray

from ._cell_styles import in_the_style_of
from ._data_frames import is_table, with_cells
from ._preprocessor import Preprocessor
from ._text_dates import is_text, text_dates

__all__ = ["fillable_cells", "filled_rows"]


def fillable_cells(
    matrix: NDArray[Any], made: Preprocessor, names: tuple[str, ...]
) -> dict[str, NDArray[np.bool_]]:
    """Return which cells of a table are missing and can be filled, by column.

    Parameters
    ----------
    matrix : ndarray of shape (n_samples, n_features)
        Matrix of the table, NaN where missing.
    made : Preprocessor
        Fitted.
    names : tuple of str
        Names of the matrix's columns, if it is not that of a mixed table.

    Returns
    -------
    dict of str to ndarray of shape (n_samples,), bool
        Without columns whose values cannot be restored: hashed ones and texts.
    """
    if made.table is not None:
        return made.table.missing_cells(matrix)
    return {name: np.isnan(matrix[:, k]) for k, name in enumerate(names)}


def filled_rows(X: Any, matrix: NDArray[Any], decoded: NDArray[Any], made: Preprocessor) -> Any:
    """Return rows with values in their missing cells; all other cells are those of ``X``.

    Parameters
    ----------
    X : array-like, tensor or table
        Rows as given by the user; not modified.
    matrix : ndarray of shape (n_samples, n_features)
        Their matrix, NaN where missing.
    decoded : ndarray of shape (n_samples, n_features)
        Values for the matrix; NaN leaves a cell missing.
    made : Preprocessor
        Fitted; made ``matrix`` from ``X``.

    Returns
    -------
    ndarray, tensor or table
        Of the same library and the same types; an array of bytes or booleans has no missing cells,
        so it is returned as a copy. Columns that the model does not know are unchanged. In a
        table, numbers are rounded in columns whose training values are all whole.
    """
    if is_table(X):
        return _filled_table(X, matrix, decoded, made)
    out = np.array(matrix)
    if out.dtype.kind == "f":
        missing = np.isnan(out)
        out[missing] = decoded[missing]
    return torch.from_numpy(out).to(X.device) if isinstance(X, torch.Tensor) else out


def _filled_table(X: Any, matrix: NDArray[Any], decoded: NDArray[Any], made: Preprocessor) -> Any:
    frame = nw.from_native(X, eager_only=True)
    own = {str(name): name for name in frame.columns}
    names = made.feature_names or tuple(own)
    missing = fillable_cells(matrix, made, names)
    if not any(cells.any() for cells in missing.values()):
        return X
    whole = list(made.whole_columns)
    decoded = decoded.copy()
    decoded[:, whole] = np.round(decoded[:, whole])
    if made.table is not None:
        dates = [plan.name for plan in made.table.plans if plan.kind == "date"]
        columns = _with_moments(made.table.table_of(decoded), dates)
    else:
        columns = pa.table([pa.array(v, from_pandas=True) for v in decoded.T], names=list(names))
    changed = [
        _filled_series(frame[own[name]], cells, columns.column(name))
        for name, cells in missing.items()
        if cells.any()
    ]
    return frame.with_columns(*changed).to_native()


def _with_moments(columns: pa.Table, dates: Sequence[str]) -> pa.Table:
    """Return dates that are restored as texts, because they were texts in training, as dates."""
    for name in dates:
        if is_text((texts := columns.column(name)).type):
            place = columns.column_names.index(name)
            columns = columns.set_column(place, name, text_dates(texts)[0])
    return columns


def _filled_series(series: Any, missing: NDArray[np.bool_], values: pa.ChunkedArray) -> Any:
    """Return a column with values in its missing cells."""
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    where = np.flatnonzero(missing)
    chosen = values.take(pa.array(where))
    given = chosen.to_pylist()
    if pa.types.is_temporal(values.type) and series.dtype in (nw.String, nw.Object):
        given = _as_written(series, chosen)
    kept = [k for k, value in enumerate(given) if value is not None]
    if not kept:
        return series
    if pa.types.is_list(values.type):
        return _with_lists(series, {int(where[k]): given[k] for k in kept})
    cells = [_like(series.dtype, given[k]) for k in kept]
    return with_cells(series, where[kept].tolist(), cells)


def _with_lists(series: Any, given: Mapping[int, list[float]]) -> Any:
    """Return a column with lists in some of its cells; not all libraries can set single lists."""
    cells = series.to_list()
    for k, value in given.items():
        cells[k] = value
    dtype = None if series.dtype == nw.Object else series.dtype
    return nw.new_series(series.name, cells, dtype, backend=series.implementation)


def _as_written(series: Any, dates: pa.ChunkedArray) -> list[Any]:
    """Return dates as texts, those of the observed cells with the nearest dates."""
    cells = pa.chunked_array([series.to_arrow().cast(pa.string())])
    typed = text_dates(cells)[0]
    is_known = pc.is_valid(dates).to_numpy()
    texts = iter(in_the_style_of(cells, typed, dates.filter(pa.array(is_known))))
    return [next(texts) if known else None for known in is_known]


def _like(dtype: Any, value: Any) -> Any:
    """Return a value as a column of this type can hold it."""
    if dtype.is_integer():
        return round(float(value))
    if dtype == nw.Boolean:
        return bool(float(value) >= 0.5)
    return float(value) if dtype.is_float() else value
