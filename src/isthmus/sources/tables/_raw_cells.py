"""Cells of a text table exactly as they are written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from ._byte_source import is_stdin
from ._csv_text import CsvText
from ._delimiters import BLANKS
from ._stray_rows import without_stray_rows
from ._table_formats import format_of
from ._table_sets import is_pattern

__all__ = ["RawCells", "raw_cells"]


@dataclass(frozen=True, eq=False)
class RawCells:
    """Cells of a text table as strings.

    Attributes
    ----------
    table : pyarrow.Table
        Columns of strings, with the same names and rows as ``read_arrow`` returns.
    delimiter : str
        Character between cells; a comma for cells that blanks align.
    """

    table: pa.Table
    delimiter: str


def raw_cells(
    path: Path,
    *,
    header: bool | None = None,
    skip_bad: bool | None = None,
    max_memory: int | None = None,
) -> RawCells | None:
    """Read a text table without giving its columns types.

    Parameters
    ----------
    path : Path
        File.
    header, skip_bad : bool, default=None
        As for ``read_arrow``.
    max_memory : int, default=None
        As for ``read_arrow``.

    Returns
    -------
    RawCells or None
        None if the path is not one text table, or is standard input, which can be read only once.
    """
    is_one = path.is_file() and not is_stdin(path) and not (is_pattern(path) and not path.exists())
    if not is_one or "skip_bad" not in format_of(path).options:
        return None
    file = CsvText(path, header=header, skip_bad=bool(skip_bad), max_memory=max_memory)
    table, *_ = without_stray_rows(file.read())
    delimiter = "," if file.delimiter in (BLANKS, "") else file.delimiter
    return RawCells(table, delimiter or ",")
