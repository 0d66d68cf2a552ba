"""Short labels of rows, to show which ones are meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._chunks import Chunks
from ..figures import shorten
from ..sources import Dataset

__all__ = ["row_labels"]

_MOST_CELLS = 4
_TEXT_WIDTH, _CELL_WIDTH = 70, 16


def row_labels(dataset: Dataset, numbers: Sequence[int]) -> list[str]:
    """Return a label for each row: its text, file or first cells; may be empty.

    Parameters
    ----------
    dataset : Dataset
        The source; of a table also as a matrix, if it has ``table``.
    numbers : sequence of int
        Indices of rows in the source, from 0, with its test rows last.

    Returns
    -------
    list of str
    """
    return [_content(dataset, k) for k in numbers]


def _content(dataset: Dataset, k: int) -> str:
    if dataset.row_names is not None and k < len(dataset.row_names):
        return shorten(dataset.row_names[k], _TEXT_WIDTH)
    if dataset.kind == "texts":
        return f"“{shorten(' '.join(str(_row(dataset, k)).split()), _TEXT_WIDTH)}”"
    table = dataset.table if dataset.table is not None else dataset.X
    if dataset.kind != "table" or isinstance(table, Chunks) or not hasattr(table, "column_names"):
        return ""
    own = [f"{name}={_cell(values[k])}" for name, values in dataset.ids.items()]
    names = table.column_names[: max(0, _MOST_CELLS - len(own))]
    cells = [
        f"{shorten(name, _CELL_WIDTH)}={_cell(table.column(name)[k].as_py())}" for name in names
    ]
    return f"({', '.join([*own, *cells])})"


def _row(dataset: Dataset, k: int) -> Any:
    n = len(dataset.X)
    return dataset.X[k] if k < n or dataset.X_test is None else dataset.X_test[k - n]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else shorten(str(value), _CELL_WIDTH)
