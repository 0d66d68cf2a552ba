"""ARFF files, as Weka and OpenML write them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ...errors import DataError
from ._byte_source import DAMAGED, ByteSource
from ._cell_types import typed_table
from ._column_names import unique_names
from ._table_file import TableFile
from ._table_widths import check_width

__all__ = ["read_arff"]

_ATTRIBUTE = re.compile(rb"(?mi)^\s*@attribute\b")
_SPARSE = re.compile(rb"(?mi)^\s*@data\s*(%.*\n\s*)*\{")
_UNREADABLE = (*DAMAGED, csv.Error, LookupError, NotImplementedError, StopIteration, ValueError)


def read_arff(
    path: Path,
    *,
    max_memory: int | None = None,
    texts: Sequence[str] = (),
    missing: Sequence[str] = (),
) -> TableFile:
    """Read an ARFF file with numeric, nominal and date attributes.

    Parameters
    ----------
    path : Path
        File.
    max_memory : int, default=None
        Largest size of the content, unpacked, in bytes.
    texts : sequence of str, default=()
        Columns to keep as strings.
    missing : sequence of str, default=()
        Further cells that are missing.

    Raises
    ------
    DataError
        If SciPy cannot read it, as one with text or sparse rows.
    """
    from scipy.io import arff

    try:
        content = b"".join(ByteSource(path, max_memory).chunks())
        check_width(path, len(_ATTRIBUTE.findall(content)))
        if _SPARSE.search(content):
            raise DataError(
                f"`{path}` must have dense rows. Got sparse ones, such as {{0 1.5, 7 2}}: save the "
                "table as CSV."
            )
        text = content.decode("utf-8", "replace")
        rows, meta = arff.loadarff(io.StringIO(text, newline=None))
        _check_cells(path, text, len(meta.names()))
    except DataError:
        raise
    except _UNREADABLE as error:
        reason = f"{error}"[:200] if isinstance(error, NotImplementedError | ValueError) else ""
        raise DataError(
            f"`{path}` cannot be read as ARFF: {reason or 'it is truncated or damaged'}. Save the"
            " table as CSV."
        ) from None
    if any(rows[name].dtype.kind not in "fSM" for name in meta.names()):
        raise DataError(f"`{path}` has rows within rows. Save the table as CSV.")
    names, notes = unique_names(meta.names())
    columns = [_column(rows[name]) for name in meta.names()]
    table = pa.table(columns, names=list(names))
    typed, assumed = typed_table(table, texts=texts, missing=missing)
    return TableFile(typed, (*notes, *assumed))


def _check_cells(path: Path, text: str, n_columns: int) -> None:
    """Raise ``DataError`` for a row with more cells than attributes, which SciPy leaves out."""
    is_data = False
    for number, line in enumerate(io.StringIO(text, newline=None), 1):
        if is_data and line.count(",") >= n_columns and not line.startswith("%"):
            quote = "'" if "'" in line else '"'
            n_cells = len(next(csv.reader([line], quotechar=quote, skipinitialspace=True)))
            if n_cells > n_columns:
                raise DataError(
                    f"`{path}` must have {n_columns} cells in each row, one for each attribute. "
                    f"Got {n_cells} in line {number}: correct it."
                )
        is_data = is_data or line.lower().startswith("@data")


def _column(values: Any) -> Any:
    if values.dtype.kind == "S":
        cells = np.char.decode(values, "utf-8", "replace").tolist()
        return pa.chunked_array([cells], pa.string())
    if values.dtype.kind == "M":
        values = values.astype("datetime64[us]")
    array = pa.array(values, from_pandas=True)  # NaN is a missing value
    is_whole = (
        pa.types.is_floating(array.type)
        and pc.all(pc.and_(pc.is_finite(array), pc.equal(pc.floor(array), array))).as_py()
    )
    return pa.chunked_array([array.cast(pa.int64()) if is_whole else array])
