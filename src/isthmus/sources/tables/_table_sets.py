"""Several files with the same columns as one table: a folder, or a pattern such as days/*.csv."""

from __future__ import annotations

import glob
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from ..._translation import Message
from ...errors import DataError
from .._dataset import listed
from ._table_file import TableFile
from ._table_formats import TABLE_ENDINGS, format_of

__all__ = ["is_pattern", "read_table_set", "tables_in"]

_NOT_TABLES = (".json", ".zip")  # in a folder, these are often settings and archives


def is_pattern(path: Path) -> bool:
    """Return whether a path that does not exist is a pattern of file names.

    Parameters
    ----------
    path : Path
        Such as ``days/*.csv``.

    Returns
    -------
    bool
    """
    return glob.has_magic(str(path))


def tables_in(path: Path) -> list[Path]:
    """Return the tables in a folder, or those of a pattern, in the order of their names.

    Parameters
    ----------
    path : Path
        Folder or pattern; anything else has no tables.

    Returns
    -------
    list of Path
    """
    skipped = _NOT_TABLES if path.is_dir() else ()
    if path.is_dir():
        entries = list(path.iterdir())
    elif is_pattern(path):
        entries = [Path(name) for name in glob.glob(str(path), recursive=True)]
    else:
        return []
    tables = [
        entry
        for entry in entries
        if entry.name.lower().endswith(TABLE_ENDINGS)
        and not entry.name.startswith((".", "~$"))
        and entry.suffix.lower() not in skipped
        and entry.is_file()
    ]
    return sorted(tables)


def read_table_set(path: Path, options: Mapping[str, Any]) -> TableFile:
    """Read all tables of a folder or pattern, one below the other.

    Raises
    ------
    DataError
        If there is none, or one has other columns than the first.
    """
    paths = tables_in(path)
    if not paths:
        raise DataError(f"`{path}` contains no tables.")
    files = [format_of(each).read(each, options) for each in paths]
    first = files[0].table.column_names
    for other, file in zip(paths[1:], files[1:], strict=True):
        _check_columns(paths[0], first, other, file.table.column_names)
    files = _with_words(paths, files, first, options)
    tables = _same_types([file.table.select(first) for file in files])
    note = Message.plural(
        "Read {n} file as one table: {names}.",
        "Read {n} files as one table: {names}.",
        len(paths),
        names=listed([each.name for each in paths]),
    )
    notes = dict.fromkeys(note for file in files for note in file.notes)
    return TableFile(pa.concat_tables(tables), (note, *notes))


def _with_words(
    paths: Sequence[Path],
    files: Sequence[TableFile],
    names: Sequence[str],
    options: Mapping[str, Any],
) -> list[TableFile]:
    """Read files again whose numbers are words in others, as 007 is not 7 then."""

    def is_word(file: TableFile, name: str) -> bool:
        return bool(pa.types.is_string(file.table.column(name).type))

    words = [name for name in names if any(is_word(file, name) for file in files)]
    return [
        file
        if all(is_word(file, name) for name in words)
        else format_of(path).read(path, {**options, "words": words})
        for path, file in zip(paths, files, strict=True)
    ]


def _check_columns(first: Path, names: Sequence[str], other: Path, found: Sequence[str]) -> None:
    lacking = [name for name in names if name not in found]
    more = [name for name in found if name not in names]
    if lacking or more:
        parts = [f"lacks {listed(lacking)}"] if lacking else []
        parts += [f"also has {listed(more)}"] if more else []
        raise DataError(
            f"`{other}` must have the same columns as `{first}`, to be one table with it. It "
            f"{' and '.join(parts)}: correct it, or pass files of the same columns."
        )


def _same_types(tables: list[pa.Table]) -> list[pa.Table]:
    """Give each column the widest of its types, string if there is none."""
    for name in tables[0].column_names:
        kinds = {table.column(name).type for table in tables}
        if len(kinds) == 1:
            continue
        kind = _common_type(kinds)
        tables = [  # not safe: whole numbers beyond 2**53 and nanoseconds are rounded
            table.set_column(
                table.column_names.index(name), name, table.column(name).cast(kind, safe=False)
            )
            for table in tables
        ]
    return tables


def _common_type(kinds: set[Any]) -> Any:
    kinds = {kind for kind in kinds if not pa.types.is_null(kind)}
    if len(kinds) == 1:
        return kinds.pop()
    if all(pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in kinds):
        return pa.float64()
    if all(pa.types.is_date(kind) or pa.types.is_timestamp(kind) for kind in kinds):
        return pa.timestamp("us")
    return pa.string()
