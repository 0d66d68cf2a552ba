"""Text tables larger than memory: turned once into an Arrow file in a temporary folder."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Sequence
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
    try:
        n_rows = _write(target, paths, *arguments)
    except OSError as error:
        raise DataError(
            f"`{paths[0]}` is turned into an Arrow file in {target.parent}. Got: "
            f"{error.strerror or error}. Free some space, or set TMPDIR to another folder."
        ) from None
    if not n_rows:
        raise DataError(f"`{paths[0]}` has column names but no rows.")
    return table_chunks([target])[0]


def _write(
    target: Path,
    paths: Sequence[Path],
    notes: list[str],
    header: bool | None,
    skip_bad: bool,
    max_memory: int,
    missing: Sequence[str],
) -> int:
    schema: pa.Schema | None = None
    sizes = [path.stat().st_size for path in paths]
    n_rows = n_before = 0
    n_bytes = max(1, sum(sizes))
    writer = None
    try:
        for path, n in zip(paths, sizes, strict=True):
            text = CsvText(path, header=header, skip_bad=skip_bad, max_memory=max_memory)
            if schema is not None and list(text.names) != schema.names:
                raise DataError(
                    f"`{path}` must have the same columns as `{paths[0]}`, to be one table with "
                    f"it. Got {listed(list(text.names))}: pass files of the same columns."
                )
            n_of_file = 0
            comma = _has_decimal_commas(text)
            for strings in text.batches():
                words = () if schema is None else _words(schema)
                typed = typed_table(strings, decimal_comma=comma, words=words, missing=missing)[0]
                schema = _widened(typed.schema, typed) if schema is None else schema
                rows = _cast(text, typed, schema, n_of_file)
                writer = writer or pa.ipc.new_file(str(target), schema)
                for batch in rows.combine_chunks().to_batches():
                    writer.write_batch(batch)
                n_of_file += rows.num_rows
                tell_progress(n_rows + n_of_file, (n_before + n * text.share_read) / n_bytes)
            n_rows += n_of_file
            n_before += n
            notes += [note for note in text.notes if note not in notes]
    finally:
        if writer is not None:
            writer.close()
    return n_rows


def _has_decimal_commas(text: CsvText) -> bool:
    return decimal_commas([cell for row in text.first_rows for cell in row], text.delimiter)


def _words(schema: pa.Schema) -> tuple[str, ...]:
    """Return the columns of strings, in which 007 is not 7."""
    return tuple(field.name for field in schema if pa.types.is_string(field.type))


def _widened(schema: pa.Schema, first: pa.Table) -> pa.Schema:
    """Return types that later blocks are likely to fit: floats for whole numbers and no value."""
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


def _cast(text: CsvText, table: pa.Table, schema: pa.Schema, n_before: int) -> pa.Table:
    columns = []
    for field, column in zip(schema, table.columns, strict=True):
        kind = column.type
        if kind != field.type:
            try:
                if _is_never(kind, field.type):
                    raise pa.ArrowInvalid(f"{kind} is not {field.type}")
                column = column.cast(field.type)
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
                raise _other_type(text, field, column, n_before) from error
        columns.append(column)
    return pa.table(columns, schema=schema)


def _other_type(text: CsvText, field: Any, column: Any, n_before: int) -> DataError:
    """Return the error for a cell of another type, with its line."""
    cells = enumerate(column.to_pylist())
    place, cell = next((pair for pair in cells if not _fits(pair[1], field.type)), (0, None))
    return DataError(
        f"`{text.path}` must have values of one type in each column. Column `{field.name}` has "
        f"{field.type} in its first rows, and {str(cell)[:40]!r} in {text.place(n_before + place)}:"
        " correct it, or leave the column out with `exclude` (--exclude)."
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
