"""`read_arrow`, the reader of all table files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...errors import DataError
from ._table_file import TableFile
from ._table_formats import format_of
from ._table_sets import is_pattern, read_table_set
from ._table_widths import check_width

__all__ = ["read_arrow"]


def read_arrow(
    path: Path,
    *,
    wanted: Sequence[str] | None = None,
    texts: Sequence[str] = (),
    header: bool | None = None,
    skip_bad: bool | None = None,
    sheet: str | None = None,
    max_memory: int | None = None,
    missing: Sequence[str] = (),
) -> TableFile:
    """Read a table file of any format, with a type for each column.

    Parameters
    ----------
    path : Path
        File; a folder or a pattern such as ``days/*.csv``, whose tables have the same columns; or
        "-" for a text table from standard input.
    wanted : sequence of str, default=None
        The only columns that are needed; others may be read too.
    texts : sequence of str, default=()
        Columns to keep as strings, whatever their cells look like.
    header : bool, default=None
        Whether the first line has the names; None detects it.
    skip_bad : bool, default=None
        Drop lines of a text table with too few or too many cells.
    sheet : str, default=None
        Sheet of a workbook.
    max_memory : int, default=None
        Largest size of the content of a file once it is unpacked, in bytes, of the columns of
        strings read from a text table, and of the columns of a Parquet, Feather or Arrow file.
    missing : sequence of str, default=()
        Further cells of a table of texts that are missing.

    Returns
    -------
    TableFile

    Raises
    ------
    DataError
        If the file cannot be read as a table.
    """
    options = {
        "wanted": wanted,
        "texts": texts,
        "header": header,
        "skip_bad": skip_bad,
        "sheet": sheet,
        "max_memory": max_memory,
        "missing": missing,
    }
    if path.is_dir() or (is_pattern(path) and not path.exists()):
        return read_table_set(path, options)
    file = format_of(path).read(path, options)
    if not file.table.num_columns:
        raise DataError(f"`{path}` has no columns.")
    check_width(path, file.table.num_columns)
    return file
