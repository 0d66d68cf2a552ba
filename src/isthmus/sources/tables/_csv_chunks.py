"""Text tables larger than memory: turned once into an Arrow file in a temporary folder."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from ..._chunks import ChunkedTable
from ...errors import DataError
from .._dataset import listed
from .._reading_progress import tell_progress
from .._streaming import Watch
from ._cell_types import typed_table
from ._csv_text import CsvText
from ._number_columns import decimal_commas
from ._stray_rows import StrayRows
from ._table_chunks import table_chunks

__all__ = ["csv_chunks"]

_ANY_SIZE = 2**62
_LARGEST_EXACT = 2**53


def csv_chunks(
    paths: Sequence[Path],
    *,
    header: bool | None = None,
    skip_bad: bool = False,
    max_memory: int | None = None,
    missing: Sequence[str] = (),
) -> tuple[ChunkedTable, list[str]]:
    """Return text tables of the same columns as one table in chunks.

    They are read once, block by block, into an Arrow file in a temporary folder, which is deleted
    with the table. The first block, some megabytes, determines the types of the columns.

    Parameters
    ----------
    paths : sequence of Path
        Text tables, as for ``CsvText``.
    header, skip_bad, max_memory
        As for ``CsvText``; there is no limit by default.
    missing : sequence of str, default=()
        Further cells that are missing.

    Returns
    -------
    tuple of ChunkedTable and list of str
        The table, and notes.

    Raises
    ------
    DataError
        If a file cannot be read, a cell has another type than those of the first block, or there
        is not enough space.
    """
    folder = Path(tempfile.mkdtemp(prefix="isthmus-"))
    delete = partial(shutil.rmtree, folder, ignore_errors=True)
    target = folder / "rows.arrow"
    notes: list[str] = []
    watch = Watch(paths)
    try:
        table = _converted(target, paths, notes, header, skip_bad, max_memory or _ANY_SIZE, missing)
    except BaseException:
        delete()
        raise
    weakref.finalize(table, delete)
    table.fingerprint = watch.fingerprint(table.shape)
    return table, notes


def _converted(target: Path, paths: Sequence[Path], *arguments: Any) -> ChunkedTable:
    rows = _RowsFile(target)
    try:
        _write(rows, paths, *arguments)
    except OSError as error:
        raise DataError(
            f"`{paths[0]}` is turned into an Arrow file in {target.parent}. Got: "
            f"{error.strerror or error}. Free some space, or set TMPDIR to another folder."
        ) from None
    finally:
        rows.close()
    if not rows.n_rows:
        raise DataError(f"`{paths[0]}` has column names but no rows.")
    return rows.table()


def _write(
    rows: _RowsFile,
    paths: Sequence[Path],
    notes: list[str],
    header: bool | None,
    skip_bad: bool,
    max_memory: int,
    missing: Sequence[str],
) -> None:
    sizes = [path.stat().st_size for path in paths]
    n_before, n_bytes = 0, max(1, sum(sizes))
    stray = StrayRows()
    for path, n in zip(paths, sizes, strict=True):
        text = CsvText(path, header=header, skip_bad=skip_bad, max_memory=max_memory)
        if rows.schema is not None and list(text.names) != rows.schema.names:
            raise DataError(
                f"`{path}` must have the same columns as `{paths[0]}`, to be one table with "
                f"it. Got {listed(list(text.names))}: pass files of the same columns."
            )
        n_of_file = 0
        comma = _has_decimal_commas(text)
        for strings in text.batches():
            block, number = stray.dropped(strings)
            words = rows.words
            typed = typed_table(block, decimal_comma=comma, words=words, missing=missing)[0]
            if typed.num_rows:
                rows.append(typed, text, n_of_file, number)
            n_of_file += strings.num_rows
            tell_progress(rows.n_rows, (n_before + n * text.share_read) / n_bytes)
        n_before += n
        notes += [note for note in text.notes if note not in notes]
    notes += stray.notes


class _RowsFile:
    """Arrow file of blocks of rows, of which the first determines the types of the columns.

    Attributes
    ----------
    schema : pyarrow.Schema or None
        Types of the columns in the file, None without rows.
    n_rows : int
        Number of rows so far.
    """

    def __init__(self, target: Path) -> None:
        self._target = target
        self._writer: Any = None
        self.schema: pa.Schema | None = None
        self.n_rows = 0
        self._found: list[set[Any]] = []  # for each column, the types that its blocks had

    @property
    def words(self) -> tuple[str, ...]:
        """Columns of strings, in which 007 is not 7."""
        return tuple(field.name for field in self.schema or () if pa.types.is_string(field.type))

    def append(
        self, block: pa.Table, text: CsvText, n_before: int, number: Callable[[int], int]
    ) -> None:
        """Write a block of a text table, below ``n_before`` rows, of which it has some rows."""
        if self.schema is None:
            self.schema = _widened(block.schema, block)
            self._writer = pa.ipc.new_file(str(self._target), self.schema)
            self._found = [set() for _ in self.schema]
        rows = _cast(text, block, self.schema, n_before, number)
        for found, kind in zip(self._found, block.schema.types, strict=True):
            found.add(kind)
        for batch in rows.combine_chunks().to_batches():
            self._writer.write_batch(batch)
        self.n_rows += rows.num_rows

    def close(self) -> None:
        """Complete the file."""
        if self._writer is not None:
            self._writer.close()

    def table(self) -> ChunkedTable:
        """Return all rows, with the types that a table read as a whole has."""
        stored = table_chunks([self._target])[0]
        schema = pa.schema(
            field.with_type(pa.int64()) if _are_whole(found) else field
            for field, found in zip(stored.schema, self._found, strict=True)
        )
        if schema.equals(stored.schema):
            return stored

        def with_whole_numbers(table: pa.Table) -> pa.Table:
            own = pa.schema(map(schema.field, table.column_names))
            return table.cast(own, safe=False)  # all are whole: a check takes twice the time

        return stored.mapped(with_whole_numbers, schema=schema)


def _are_whole(kinds: Collection[Any]) -> bool:
    """Return whether blocks of a column have whole numbers, or no values, but nothing else."""
    return pa.int64() in kinds and {pa.int64(), pa.null()}.issuperset(kinds)


def _has_decimal_commas(text: CsvText) -> bool:
    return decimal_commas([cell for row in text.first_rows for cell in row], text.delimiter)


def _widened(schema: pa.Schema, first: pa.Table) -> pa.Schema:
    """Return types that later blocks are likely to fit: floats for whole numbers and no value.

    Floats hold these whole numbers exactly.
    """
    fields = []
    for field, column in zip(schema, first.columns, strict=True):
        kind = field.type
        is_long = pa.types.is_integer(kind) and _is_beyond(column)
        if pa.types.is_null(kind) or (pa.types.is_integer(kind) and not is_long):
            kind = pa.float64()
        fields.append(pa.field(field.name, kind))
    return pa.schema(fields)


def _is_beyond(column: Any) -> bool:
    import pyarrow.compute as pc

    bounds = pc.min_max(column).as_py()
    return bool(max(abs(bounds["min"] or 0), abs(bounds["max"] or 0)) > _LARGEST_EXACT)


def _cast(
    text: CsvText,
    table: pa.Table,
    schema: pa.Schema,
    n_before: int,
    number: Callable[[int], int],
) -> pa.Table:
    columns = []
    for field, column in zip(schema, table.columns, strict=True):
        kind = column.type
        if kind != field.type:
            try:
                if _is_never(kind, field.type):
                    raise pa.ArrowInvalid(f"{kind} is not {field.type}")
                column = column.cast(field.type)
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
                row, cell = _first_other(field, column)
                place = text.place(n_before + number(row))
                raise _other_type(text.path, field, cell, place) from error
        columns.append(column)
    return pa.table(columns, schema=schema)


def _first_other(field: Any, column: Any) -> tuple[int, Any]:
    """Return the first cell of another type than its column has, and its index."""
    cells = enumerate(column.to_pylist())
    return next((pair for pair in cells if not _fits(pair[1], field.type)), (0, None))


def _other_type(path: Path, field: Any, cell: Any, place: str) -> DataError:
    return DataError(
        f"`{path}` must have values of one type in each column. Column `{field.name}` has "
        f"{field.type} in its first rows, and {str(cell)[:40]!r} in {place}: correct it, or leave "
        "the column out with `exclude` (--exclude)."
    )


def _fits(cell: Any, kind: Any) -> bool:
    try:
        value = pa.scalar(cell)
        value.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, TypeError):
        return False
    return not _is_never(value.type, kind)


def _is_never(kind: Any, wanted: Any) -> bool:
    """Return whether values of a type are not of another, though Arrow converts them.

    It takes 20240101 for microseconds since 1970, and any number but 0 for true.
    """
    is_boolean = pa.types.is_boolean(kind)
    if not (is_boolean or pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        return False
    return bool(pa.types.is_temporal(wanted) or is_boolean != pa.types.is_boolean(wanted))
