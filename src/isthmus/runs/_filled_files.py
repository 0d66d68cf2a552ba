"""Writing of filled rows; the observed cells of a text table stay as they are written."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from .._files import replacing
from ..preprocessing import in_the_style_of
from ._impute_rows import Imputed
from ._list_texts import as_text_if_lists
from ._output_paths import FILLED_SUFFIXES, check_output

__all__ = ["write_filled"]

_ROWS_A_TIME = 2**16


def write_filled(path: Path, imputed: Imputed, k: int = 0, *, mark: bool = False) -> None:
    """Write filled rows.

    A .csv file of a text table has its delimiter, all its columns and its cells as they are
    written, except the filled ones. Any other file has the columns that were read, in their types.

    Parameters
    ----------
    path : pathlib.Path
        Ends in .csv or .parquet.
    imputed : Imputed
        Filled rows.
    k : int, default=0
        Number of the draw.
    mark : bool, default=False
        Whether to add a column NAME_missing, 1 where a cell was missing, for each column that has
        such cells.
    """
    check_output(path, FILLED_SUFFIXES)
    filled, suffix = imputed.filled[k], path.suffix.lower()
    marks = _marks(imputed) if mark else {}
    with replacing(path) as temporary:
        if suffix == ".csv" and imputed.raw is not None:
            _write_raw(temporary, imputed, filled, marks)
            return
        table = _with_label(filled, imputed)
        for name, values in marks.items():
            table = table.append_column(name, pa.array(values))
        with temporary.open("wb") as file:  # Arrow expands "~" in paths, and takes UTF-8 only
            if suffix == ".csv":
                texts = [as_text_if_lists(column) for column in table.columns]
                pyarrow.csv.write_csv(pa.table(texts, names=table.column_names), file)
            else:
                pyarrow.parquet.write_table(table, file)


def _with_label(table: pa.Table, imputed: Imputed) -> pa.Table:
    """Return a table with the label, which is not filled."""
    dataset = imputed.dataset
    if dataset.y is None or dataset.label_name in (None, *table.column_names):
        return table
    return table.append_column(dataset.label_name, pa.array(dataset.y.tolist()))


def _marks(imputed: Imputed) -> dict[str, Any]:
    taken = set(imputed.dataset.X.column_names)
    found = {}
    for name, cells in imputed.missing.items():
        own = f"{name}_missing"
        while own in taken:
            own += "_"
        taken.add(own)
        found[own] = cells.astype(np.int8)
    return found


def _write_raw(path: Path, imputed: Imputed, filled: pa.Table, marks: dict[str, Any]) -> None:
    if imputed.raw is None:
        raise TypeError("the rows are not a text table")
    cells, typed = imputed.raw.table, imputed.dataset.X
    columns = dict(zip(cells.column_names, cells.columns, strict=True))
    for name, missing in imputed.missing.items():
        where = missing & filled.column(name).is_valid().to_numpy()
        texts = in_the_style_of(
            columns[name], typed.column(name), filled.column(name).filter(pa.array(where))
        )
        own = columns[name].combine_chunks()
        columns[name] = pc.replace_with_mask(own, pa.array(where), pa.array(texts, pa.string()))
    columns |= {name: pa.array(values) for name, values in marks.items()}
    cells = pa.table(columns)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=imputed.raw.delimiter, lineterminator="\n")
        writer.writerow(cells.column_names)
        for batch in cells.to_batches(max_chunksize=_ROWS_A_TIME):
            writer.writerows(zip(*(column.to_pylist() for column in batch.columns), strict=True))
