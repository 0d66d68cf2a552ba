"""Formats of table files by the endings of their names; the registry of their readers."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ._table_file import TableFile

__all__ = ["TABLE_ENDINGS", "TableFormat", "format_of", "is_text_table", "stem_of"]

_PACKED = ("", ".gz", ".zip", ".zst", ".xz", ".bz2")


@dataclass(frozen=True)
class TableFormat:
    """A format of table files.

    Attributes
    ----------
    reader : str
        Module of this package and function, such as ``"_arff.read_arff"``. It is imported when a
        file is read.
    endings : tuple of str
        Endings of file names, in lower case.
    options : tuple of str
        Reading options that the reader takes, besides those for all tables.
    takes : tuple of str
        Further keyword arguments that it takes: "texts", "words", "missing" and "wanted".
    """

    reader: str
    endings: tuple[str, ...]
    options: tuple[str, ...] = ()
    takes: tuple[str, ...] = ("texts", "missing")

    def read(self, path: Path, options: Mapping[str, Any]) -> TableFile:
        """Read a file.

        Parameters
        ----------
        path : Path
            File.
        options : mapping
            Keyword arguments by name, of which the reader gets those that it takes.

        Returns
        -------
        TableFile
        """
        module, _, name = self.reader.partition(".")
        reader = getattr(importlib.import_module(f"{__package__}.{module}"), name)
        given = {
            key: options[key]
            for key in (*self.options, *self.takes)
            if options.get(key) is not None
        }
        file: TableFile = reader(path, **given)
        return file


def _packed(*endings: str) -> tuple[str, ...]:
    return tuple(ending + packed for packed in _PACKED for ending in endings)


_TEXT = TableFormat(
    "_text_tables.read_text_table",
    (*_packed(".csv", ".tsv", ".tab", ".psv", ".data", ".dat"), ".zip"),
    ("header", "skip_bad", "max_memory"),
    ("texts", "words", "missing"),
)
_FORMATS = (
    _TEXT,
    TableFormat("_arrow_files.read_parquet", (".parquet", ".pq"), ("max_memory",), ("wanted",)),
    TableFormat("_arrow_files.read_feather", (".feather", ".arrow", ".ipc"), ("max_memory",), ()),
    TableFormat(
        "_excel_sheets.read_sheet",
        (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"),
        ("sheet", "header", "max_memory"),
    ),
    TableFormat("_json_rows.read_json", _packed(".jsonl", ".ndjson", ".json"), ("max_memory",)),
    TableFormat("_arff.read_arff", _packed(".arff"), ("max_memory",)),
)
_BY_ENDING = {ending: each for each in _FORMATS for ending in each.endings}
TABLE_ENDINGS = tuple(sorted(_BY_ENDING, key=len, reverse=True))


def format_of(path: Path) -> TableFormat:
    """Return the format of a file by its name; a text table if the name does not tell.

    Parameters
    ----------
    path : Path
        File; need not exist.

    Returns
    -------
    TableFormat
    """
    return _BY_ENDING.get(_ending(path), _TEXT)


def is_text_table(path: Path) -> bool:
    """Return whether a regular file is a text table, by its name.

    Parameters
    ----------
    path : Path
        File.

    Returns
    -------
    bool
    """
    return path.is_file() and format_of(path) is _TEXT


def stem_of(path: Path) -> str:
    """Return a file's name without the ending of its format.

    Parameters
    ----------
    path : Path
        File; need not exist.

    Returns
    -------
    str
    """
    ending = _ending(path)
    return path.name[: len(path.name) - len(ending)] if ending else path.stem


def _ending(path: Path) -> str:
    name = path.name.lower()
    return next((ending for ending in TABLE_ENDINGS if name.endswith(ending)), "")
