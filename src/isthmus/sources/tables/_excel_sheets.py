"""Sheets of Excel and OpenDocument workbooks: .xlsx, .xlsb, .xls and .ods."""

from __future__ import annotations

import datetime
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import python_calamine

from ..._translation import Message
from ...errors import DataError, did_you_mean
from .._dataset import listed
from ._byte_source import DAMAGED, check_archive, check_memory
from ._string_rows import table_of_rows
from ._table_file import TableFile

__all__ = ["read_sheet"]

# In the directory of the compound file that an encrypted workbook is.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_DIRECTORY_BYTES = 1 << 16
_SHEET = re.compile(r"/?xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_LONGEST_TAG = 1 << 16
_ROW = re.compile(rb'<row(?:\s+r="(\d{1,9})")?')
_WIDE_CELL = re.compile(rb'<c r="([A-Z]{2,3})\d')  # in column AA or beyond
_PARSED_CELL_BYTES = 24  # in the reader
_CELL_BYTES = 100  # as an object of Python and as text
_CHUNK_BYTES = 1 << 20
_MOST_ROWS = 1 << 20  # of a worksheet of Excel
_EXACT = 1e15  # whole numbers below it have all their digits in a float


def read_sheet(
    path: Path,
    *,
    sheet: str | None = None,
    header: bool | None = None,
    max_memory: int | None = None,
    texts: Sequence[str] = (),
    missing: Sequence[str] = (),
) -> TableFile:
    """Read a sheet of a workbook.

    Parameters
    ----------
    path : Path
        Workbook.
    sheet : str, default=None
        Name of the sheet, or its number from 1; None reads the first sheet that is not empty.
    header : bool, default=None
        Whether the first row has the names; None detects it.
    max_memory : int, default=None
        Largest size of the content, unpacked, and of its cells, in bytes.
    texts : sequence of str, default=()
        Columns to keep as strings.
    missing : sequence of str, default=()
        Further cells that are missing.

    Raises
    ------
    DataError
        If the file is no workbook or encrypted, has no such sheet, is too large, or has a sheet
        with more rows than Excel allows.
    """
    check_archive(path, max_memory)
    _check_extent(path, max_memory)
    try:
        with python_calamine.CalamineWorkbook.from_path(path) as workbook:
            name, rows = _rows(path, workbook, sheet, max_memory)
            sheets = workbook.sheet_names
    except (python_calamine.CalamineError, OSError) as error:
        if isinstance(error, python_calamine.PasswordError) or _is_encrypted(path):
            raise DataError(
                f"`{path}` is protected by a password. Save a copy without one."
            ) from None
        raise DataError(
            f"`{path}` cannot be read as a workbook: {_reason(error)}. Save the "
            "sheet as CSV if it opens elsewhere."
        ) from None
    file = table_of_rows(path, rows, header=header, texts=texts, missing=missing)
    if sheet is not None or len(sheets) == 1:
        return file
    if file.table.num_rows == 0:
        others = [other for other in sheets if other != name]
        raise DataError(
            f"Sheet `{name}` of `{path}` has column names but no rows. The "
            f"workbook also has {listed(others)}: choose a sheet with `sheet` (--sheet)."
        )
    note = Message("Read sheet `{name}`, one of {n}.", name=name, n=len(sheets))
    return TableFile(file.table, (note, *file.notes))


def _check_extent(path: Path, max_memory: int | None) -> None:
    """Raise an error if a sheet has more rows than Excel writes, or more cells than allowed.

    A sheet is only read as a whole: all cells up to its last row and its last column, which a few
    bytes of XML can put far away.
    """
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                if _SHEET.fullmatch(entry.filename):
                    with archive.open(entry) as stream:
                        n_rows, n_columns = _extent(path, stream)
                    check_memory(path, n_rows * n_columns * _PARSED_CELL_BYTES, max_memory)
    except DAMAGED as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"`{path}` is truncated or damaged: {str(error)[:200]}.") from None


def _extent(path: Path, stream: IO[bytes]) -> tuple[int, int]:
    """Return the last row of a sheet, and its last column, or 1 if it has at most 26."""
    n_rows, last_row, last_column, end = 0, 0, b"", b""
    while chunk := stream.read(_CHUNK_BYTES):
        chunk = end + chunk
        cut = max(0, chunk.rfind(b"<"))  # the last tag may go on in the next chunk
        chunk, end = chunk[:cut], chunk[cut:][:_LONGEST_TAG]
        rows = _ROW.findall(chunk)
        n_rows += len(rows)
        last_row = max([last_row, n_rows, *map(int, filter(None, rows))])
        last_column = max([last_column, *{*_WIDE_CELL.findall(chunk)}], key=_column_number)
        if last_row > _MOST_ROWS:
            raise DataError(
                f"`{path}` must have at most {_MOST_ROWS:,} rows in a sheet, as in Excel. It has "
                "more: save the table as CSV or Parquet."
            )
    return last_row, max(1, _column_number(last_column))


def _column_number(name: bytes) -> int:
    """Return the number of a column, from 1, such as 28 for AB."""
    number = 0
    for letter in name:
        number = 26 * number + letter - ord("A") + 1
    return number


def _is_encrypted(path: Path) -> bool:
    with path.open("rb") as stream:
        return _ENCRYPTED in stream.read(_DIRECTORY_BYTES)


def _rows(
    path: Path, workbook: Any, sheet: str | None, max_memory: int | None
) -> tuple[str, list[list[str]]]:
    def cells(name: str) -> list[list[Any]]:
        read = workbook.get_sheet_by_name(name)
        check_memory(path, read.total_height * read.total_width * _CELL_BYTES, max_memory)
        rows: list[list[Any]] = read.to_python()
        return rows

    names = workbook.sheet_names
    if sheet is None:
        for name in names:
            if rows := cells(name):
                return name, _strings(rows)
        raise DataError(f"`{path}` is empty.")
    if sheet not in names and sheet.isdigit() and 1 <= int(sheet) <= len(names):
        sheet = names[int(sheet) - 1]
    if sheet not in names:
        raise DataError(
            f"`{path}` has no sheet `{sheet}`. It has {listed(names)}." + did_you_mean(sheet, names)
        )
    return sheet, _strings(cells(sheet))


def _strings(rows: list[list[Any]]) -> list[list[str]]:
    return [[_string(cell) for cell in row] for row in rows]


def _string(cell: Any) -> str:
    string: str = _STRINGS.get(type(cell), str)(cell)
    return string


def _of_float(number: float) -> str:
    is_whole = number.is_integer() and abs(number) < _EXACT
    return str(int(number)) if is_whole else repr(number)


_STRINGS: dict[type, Any] = {
    float: _of_float,
    bool: lambda cell: "true" if cell else "false",
    datetime.datetime: lambda cell: cell.isoformat(" ").removesuffix(" 00:00:00"),
    datetime.timedelta: lambda cell: repr(cell.total_seconds()),
}


def _reason(error: Exception) -> str:
    """Return the first line of an error, or what it is: some of calamine's have no text."""
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
