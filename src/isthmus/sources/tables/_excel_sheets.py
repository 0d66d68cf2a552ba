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
from ._byte_source import check_archive
from ._string_rows import table_of_rows
from ._table_file import TableFile

__all__ = ["read_sheet"]

# In the directory of the compound file that an encrypted workbook is.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_DIRECTORY_BYTES = 1 << 16
_SHEET = re.compile(r"/?xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_SMALL_SHEET_BYTES = 1 << 26
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
        Largest size of the content, unpacked, in bytes.
    texts : sequence of str, default=()
        Columns to keep as strings.
    missing : sequence of str, default=()
        Further cells that are missing.

    Raises
    ------
    DataError
        If the file is no workbook or encrypted, has no such sheet, or a sheet with more rows than
        Excel allows.
    """
    check_archive(path, max_memory)
    _check_row_count(path)
    try:
        with python_calamine.CalamineWorkbook.from_path(path) as workbook:
            name, rows = _rows(path, workbook, sheet)
            n_sheets = len(workbook.sheet_names)
    except (python_calamine.CalamineError, OSError) as error:
        if isinstance(error, python_calamine.PasswordError) or _is_encrypted(path):
            raise DataError(
                f"`{path}` is protected by a password. Save a copy without one."
            ) from None
        raise DataError(
            f"`{path}` cannot be read as a workbook: {str(error).splitlines()[0][:200]}. Save the "
            "sheet as CSV if it opens elsewhere."
        ) from None
    file = table_of_rows(path, rows, header=header, texts=texts, missing=missing)
    if sheet is not None or n_sheets == 1:
        return file
    note = Message("Read sheet `{name}`, one of {n}.", name=name, n=n_sheets)
    return TableFile(file.table, (note, *file.notes))


def _check_row_count(path: Path) -> None:
    """Raise an error if a large sheet has more rows than Excel writes.

    A packed sheet can be far larger as cells, about ten times its XML, and is only read as a whole.
    """
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if _SHEET.fullmatch(entry.filename) and entry.file_size > _SMALL_SHEET_BYTES:
                with archive.open(entry) as stream:
                    _check_rows(path, stream)


def _check_rows(path: Path, stream: IO[bytes]) -> None:
    n_rows, end = 0, b""
    while chunk := stream.read(_CHUNK_BYTES):
        chunk = end + chunk
        n_rows += chunk.count(b"<row")
        end = chunk[-len(b"<ro") :]
        if n_rows > _MOST_ROWS:
            raise DataError(
                f"`{path}` must have at most {_MOST_ROWS:,} rows in a sheet, as in Excel. It has "
                "more: save the table as CSV or Parquet."
            )


def _is_encrypted(path: Path) -> bool:
    with path.open("rb") as stream:
        return _ENCRYPTED in stream.read(_DIRECTORY_BYTES)


def _rows(path: Path, workbook: Any, sheet: str | None) -> tuple[str, list[list[str]]]:
    names = workbook.sheet_names
    if sheet is None:
        for name in names:
            rows = workbook.get_sheet_by_name(name).to_python()
            if rows:
                return name, _strings(rows)
        raise DataError(f"`{path}` is empty.")
    if sheet not in names and sheet.isdigit() and 1 <= int(sheet) <= len(names):
        sheet = names[int(sheet) - 1]
    if sheet not in names:
        raise DataError(
            f"`{path}` has no sheet `{sheet}`. It has {listed(names)}." + did_you_mean(sheet, names)
        )
    return sheet, _strings(workbook.get_sheet_by_name(sheet).to_python())


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
