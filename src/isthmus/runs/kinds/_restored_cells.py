"""Cells of rows beside those of their reconstructions, in the units of the source."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._translation import Message
from ...sources import Dataset
from ._features import feature_names

__all__ = ["restored_cells"]


def restored_cells(
    estimator: Any, dataset: Dataset, rows: NDArray[np.float64]
) -> tuple[dict[int, str], list[Any], list[Any]]:
    """Return cells of rows and of their reconstructions.

    Parameters
    ----------
    estimator : estimator
        Fitted; can reconstruct rows.
    dataset : Dataset
        The source.
    rows : ndarray of shape (n_samples, n_features)
        Rows.

    Returns
    -------
    tuple of dict, list and list
        Names by the position of their column, and the cells of each row and of its reconstruction
        by the same positions.
    """
    restore = getattr(estimator, "expected_rows", None) or estimator.reconstruct
    copies = restore(rows)
    table = estimator.preprocessor_.table
    if table is None:
        names = dict(enumerate(feature_names(dataset, rows.shape[1])))
        return names, list(rows), list(copies)
    position = {name: k for k, name in enumerate(estimator.column_names)}
    given, restored = (
        [{position[name]: _shown(v) for name, v in row.items()} for row in part.to_pylist()]
        for part in (table.table_of(rows), table.table_of(copies))
    )
    names = {k: name for name, k in position.items() if given and k in given[0]}
    return names, given, restored


def _shown(value: Any) -> Any:
    """Return a cell as a report shows it: numbers as they are, dates and names as text."""
    if value is None:
        return Message("missing")
    if isinstance(value, int | float | str):
        return value
    return str(value).partition(".")[0]  # dates to the second
