"""Parquet, Feather and Arrow files, read in pieces and within a limit of memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...errors import DataError
from ._byte_source import check_memory, check_regular, check_unpacked
from ._declared_types import plain_table
from ._table_file import TableFile
from ._table_widths import check_length, check_width

__all__ = ["read_feather", "read_parquet"]

_WIDTHS = {"BOOLEAN": 1, "INT32": 4, "INT64": 8, "INT96": 8, "FLOAT": 4, "DOUBLE": 8}


def read_parquet(
    path: Path, *, wanted: Sequence[str] | None = None, max_memory: int | None = None
) -> TableFile:
    """Read a Parquet file, or only some columns if it has all of them.

    Parameters
    ----------
    path : Path
        File.
    wanted : sequence of str, default=None
        The only columns that are needed.
    max_memory : int, default=None
        Largest size of the columns, in bytes; None allows the memory of the machine.

    Raises
    ------
    DataError
        If it is not a Parquet file, or has more.
    """
    import pyarrow.parquet as pq

    def read() -> pa.Table:
        with pq.ParquetFile(path) as file:
            check_width(path, file.metadata.num_columns)
            known = file.schema_arrow.names
            has_all = wanted is not None and {*wanted} <= {*known} and len({*known}) == len(known)
            columns = list(wanted) if has_all and wanted else None
            check_memory(path, _least_bytes(file, columns), max_memory)
            n_groups = file.metadata.num_row_groups
            if n_groups < 2:
                return _joined(path, [file.read(columns=columns)], max_memory)
            groups = (file.read_row_group(k, columns=columns) for k in range(n_groups))
            return _joined(path, groups, max_memory)

    return _plain(path, "Parquet", read)


def read_feather(path: Path, *, max_memory: int | None = None) -> TableFile:
    """Read a Feather file, or an Arrow file or stream.

    Parameters
    ----------
    path : Path
        File.
    max_memory : int, default=None
        Largest size of the columns, in bytes; None allows the memory of the machine.

    Raises
    ------
    DataError
        If it is none of these, or has more.
    """
    from pyarrow import feather

    def read() -> pa.Table:
        check_memory(path, path.stat().st_size, max_memory)
        with path.open("rb") as raw:
            magic = raw.read(4)
        if magic == b"FEA1":
            table = feather.read_table(path, memory_map=False)
            table.validate(full=True)
            return _joined(path, [table], max_memory)
        with pa.OSFile(str(path)) as stream:
            if magic != b"ARRO":
                reader = pa.ipc.open_stream(stream)
                return _joined(path, map(_as_table, reader), max_memory, reader.schema)
            file = pa.ipc.open_file(stream)
            batches = (file.get_batch(k) for k in range(file.num_record_batches))
            return _joined(path, map(_as_table, batches), max_memory, file.schema)

    return _plain(path, "Feather", read)


def _as_table(batch: pa.RecordBatch) -> pa.Table:
    batch.validate(full=True)  # offsets of a damaged file would point outside of its memory
    return pa.Table.from_batches([batch])


def _least_bytes(file: Any, columns: Sequence[str] | None) -> int:
    """Return how many bytes the columns of a Parquet file take at least."""
    leaves = [file.schema.column(k) for k in range(len(file.schema))]
    wanted = [
        k for k, leaf in enumerate(leaves) if columns is None or leaf.path.split(".")[0] in columns
    ]
    widths = [_WIDTHS.get(leaf.physical_type, 4) for leaf in leaves]
    in_lists = [k for k in wanted if leaves[k].max_repetition_level]
    of_a_row = sum(widths[k] for k in wanted if k not in in_lists)
    if in_lists:
        # Raises an error if the metadata is damaged, where `column` below would end the process.
        file.scan_contents(in_lists)
    total = 0
    for group in range(file.metadata.num_row_groups):
        row_group = file.metadata.row_group(group)
        total += of_a_row * row_group.num_rows
        total += sum(widths[k] * row_group.column(k).num_values for k in in_lists)
    return total


def _joined(
    path: Path,
    pieces: Iterable[pa.Table],
    max_memory: int | None,
    schema: pa.Schema | None = None,
) -> pa.Table:
    """Return the pieces of a table as one, unless they are larger than allowed."""
    read, total, stated, n_rows = [], 0, 0, 0
    for piece in pieces:
        n_rows += piece.num_rows
        check_length(path, n_rows)
        sizes = [_decoded_bytes(column) for column in piece.columns]
        total += sum(sizes)
        check_memory(path, total, max_memory)
        types = piece.schema.types
        stated += sum(n for n, kind in zip(sizes, types, strict=True) if _repeats(kind))
        check_unpacked(path, stated, path.stat().st_size, max_memory)
        read.append(piece)
    return pa.concat_tables(read) if read or schema is None else schema.empty_table()


def _repeats(kind: Any) -> bool:
    """Return whether a value that many rows of a column have is stored once in a file."""
    types = pa.types
    return bool(types.is_dictionary(kind) or types.is_run_end_encoded(kind) or types.is_null(kind))


def _decoded_bytes(column: Any) -> int:
    """Return the bytes of a column; if values are stored once for many rows, of them all."""
    kind = column.type
    if pa.types.is_null(kind):
        return 8 * len(column)
    if pa.types.is_run_end_encoded(kind):  # at most
        longest = [_longest(chunk.values) for chunk in column.chunks if len(chunk.values)]
        return len(column) * max(longest, default=8)
    if not pa.types.is_dictionary(kind) or not _is_text(kind.value_type):
        return int(column.nbytes)
    total = 4 * len(column)
    for chunk in column.chunks:
        lengths = pc.take(pc.binary_length(chunk.dictionary), chunk.indices)
        total += pc.sum(lengths.cast(pa.int64())).as_py() or 0
    return total


def _longest(values: Any) -> int:
    """Return the most bytes that a value has."""
    if not _is_text(values.type):
        return 8
    return 4 + (pc.max(pc.binary_length(values)).as_py() or 0)


def _is_text(kind: Any) -> bool:
    return str(kind) in ("string", "large_string")


def _plain(path: Path, what: str, read: Callable[[], pa.Table]) -> TableFile:
    check_regular(path)
    try:
        table, notes = plain_table(read())
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0][:200].rstrip(".")
        raise DataError(
            f"`{path}` cannot be read as {what}: {reason}. Repair it, or save the table again."
        ) from None
    return TableFile(table, tuple(notes))
