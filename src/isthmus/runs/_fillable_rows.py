"""Missing cells of a table, and whether there is anything to fill."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..errors import DataError
from ..sources import Dataset, listed

__all__ = ["check_fillable", "check_is_table", "is_missing", "missing_by_column"]


def check_fillable(dataset: Dataset) -> None:
    """Raise ``DataError`` for rows without missing cells, or that are no table.

    Parameters
    ----------
    dataset : Dataset
        The rows as read.
    """
    check_is_table(dataset)
    if not missing_by_column(dataset):
        raise DataError(
            f"{dataset.name} has no missing cell among {listed(dataset.X.column_names)}: there is "
            "nothing to fill. If a value stands for missing cells, name it with `missing` "
            "(--missing)."
        )


def check_is_table(dataset: Dataset) -> None:
    """Raise ``DataError`` for rows that are no table.

    Parameters
    ----------
    dataset : Dataset
        The rows as read.
    """
    if dataset.kind != "table":
        raise DataError(
            f"Only tables have cells to fill. {dataset.name} contains {dataset.kind}: pass a "
            "table, or fill an array in Python with isthmus.AutoencoderImputer."
        )


def missing_by_column(dataset: Dataset) -> dict[str, NDArray[np.bool_]]:
    """Return the missing cells of each column that has any.

    Parameters
    ----------
    dataset : Dataset
        A table.

    Returns
    -------
    dict of str to ndarray of shape (n_samples,), bool
    """
    table = dataset.X
    cells = {name: is_missing(table.column(name)) for name in table.column_names}
    return {name: own for name, own in cells.items() if own.any()}


def is_missing(column: Any) -> NDArray[np.bool_]:
    """Return which cells of an Arrow column are null or NaN.

    Parameters
    ----------
    column : pyarrow.ChunkedArray
        Any type.

    Returns
    -------
    ndarray of shape (n_samples,), bool
    """
    missing: NDArray[np.bool_]
    if pa.types.is_floating(column.type):
        missing = np.isnan(column.to_numpy())
        return missing
    missing = column.is_null().to_numpy()
    return missing
