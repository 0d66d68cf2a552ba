"""Parquet and Arrow files as a table in chunks: row groups and record batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..._chunks import ChunkedTable
from ..._translation import Message
from ...errors import DataError
from .._dataset import listed
from .._streaming import Watch, chunk_sizes
from ._declared_types import plain_table
from ._table_widths import check_length

__all__ = ["ChunkedFile", "is_chunked_format", "table_chunks"]

_MOST_OPEN = 4  # row groups of a file that are read in part
_DAMAGED = (pa.ArrowException, OSError, StopIteration, KeyError)  # KeyError: columns it lacks
_LARGEST_GROUP = 2**25  # values of a row group that is read as a whole: 128 MiB


class ChunkedFile(Protocol):
    """File that is read in chunks.

    Attributes
    ----------
    path : Path
        The file.
    schema : pyarrow.Schema
        Its columns.
    sizes, groups : list of int
        For each chunk, the number of rows and of its group.
    """

    path: Path
    schema: pa.Schema
    sizes: list[int]
    groups: list[int]

    def read(self, k: int, columns: Sequence[str]) -> pa.Table:
        """Read some columns of a chunk."""


class _ParquetFile:
    """Parquet file; a large row group is cut into chunks that are read one after the other."""

    def __init__(self, path: Path) -> None:
        import pyarrow.parquet as pq

        self.path = path
        with pq.ParquetFile(path) as file:
            self.schema, self._metadata = file.schema_arrow, file.metadata
        self._pieces: list[tuple[int, int, int]] = []  # row group, first row in it, rows
        width = max(1, len(self.schema))
        for group in range(self._metadata.num_row_groups):
            n_rows = self._metadata.row_group(group).num_rows
            sizes = [n_rows] * bool(n_rows)
            if n_rows * width > _LARGEST_GROUP:
                sizes = chunk_sizes(n_rows, width)
            firsts = np.cumsum([0, *sizes]).tolist()
            self._pieces += [(group, first, n) for first, n in zip(firsts, sizes, strict=False)]
        self.sizes = [n for _, _, n in self._pieces]
        self.groups = [group for group, _, _ in self._pieces]
        # Row groups that are being read, by the next chunk and the columns; each is used by one
        # thread at a time.
        self._open: dict[tuple[int, tuple[str, ...]], Iterator[Any]] = {}

    def read(self, k: int, columns: Sequence[str]) -> pa.Table:
        """Read some columns of a chunk."""
        import pyarrow.parquet as pq

        group, _, n_rows = self._pieces[k]
        if n_rows == self._metadata.row_group(group).num_rows:
            with pq.ParquetFile(self.path, metadata=self._metadata, pre_buffer=False) as file:
                return file.read_row_group(group, columns=list(columns), use_threads=False)
        # Batches of a row group are decoded in order: go on where the last read stopped.
        batches = self._open.pop((k, tuple(columns)), None)
        if batches is None:
            batches = self._batches(group, columns)
            for _ in range(k - self.groups.index(group)):
                next(batches)
        table = pa.Table.from_batches([next(batches)])
        if k + 1 < len(self.groups) and self.groups[k + 1] == group:
            for place in list(self._open)[: 1 - _MOST_OPEN]:
                self._open.pop(place, None)
            self._open[k + 1, tuple(columns)] = batches
        return table

    def _batches(self, group: int, columns: Sequence[str]) -> Iterator[Any]:
        import pyarrow.parquet as pq

        size = max(self.sizes[k] for k, own in enumerate(self.groups) if own == group)
        with pq.ParquetFile(self.path, metadata=self._metadata, pre_buffer=False) as file:
            yield from file.iter_batches(
                size, row_groups=[group], columns=list(columns), use_threads=False
            )


class _ArrowFile:
    """Arrow or Feather file of record batches, which are mapped into memory while they are read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with pa.memory_map(str(path)) as source:
            file = pa.ipc.open_file(source)
            self.schema = file.schema
            n_rows = [file.get_batch(k).num_rows for k in range(file.num_record_batches)]
        self._pieces: list[tuple[int, int, int]] = []
        for batch, n in enumerate(n_rows):
            sizes = chunk_sizes(n, max(1, len(self.schema))) if n else []
            firsts = np.cumsum([0, *sizes]).tolist()
            self._pieces += [(batch, first, m) for first, m in zip(firsts, sizes, strict=False)]
        self.sizes = [n for _, _, n in self._pieces]
        self.groups = list(range(len(self.sizes)))

    def read(self, k: int, columns: Sequence[str]) -> pa.Table:
        """Read some columns of a chunk."""
        batch, first, n_rows = self._pieces[k]
        with pa.memory_map(str(self.path)) as source:
            found = pa.ipc.open_file(source).get_batch(batch).slice(first, n_rows)
            table = pa.Table.from_batches([found]).select(list(columns))
            table.validate(full=True)  # as in `read_feather`
            return table


_FORMATS: dict[str, Callable[[Path], ChunkedFile]] = {
    ".parquet": _ParquetFile,
    ".pq": _ParquetFile,
    ".arrow": _ArrowFile,
    ".feather": _ArrowFile,
    ".ipc": _ArrowFile,
}


def is_chunked_format(path: Path) -> bool:
    """Return whether a file, by its name, can be read in chunks.

    Parameters
    ----------
    path : Path
        File.

    Returns
    -------
    bool
    """
    return path.suffix.lower() in _FORMATS


class _Opened(NamedTuple):
    files: list[ChunkedFile]
    skipped: list[str]


def table_chunks(
    paths: Sequence[Path], *, skip_bad: bool = False
) -> tuple[ChunkedTable, list[str]]:
    """Return files of the same columns as one table in chunks, one below the other.

    Parameters
    ----------
    paths : sequence of Path
        Parquet, Arrow or Feather files.
    skip_bad : bool, default=False
        Whether to skip what cannot be read, with notes: all rows are then decoded once first.

    Returns
    -------
    tuple of ChunkedTable and list of str
        The table, and notes.

    Raises
    ------
    DataError
        If a file cannot be read, or has other columns or types than the first.
    """
    watch = Watch(paths)
    files, skipped = _opened(paths, skip_bad=skip_bad)
    schema = files[0].schema
    for file in files[1:]:
        schema = _common_schema(schema, files[0], file)
    names = schema.names
    where = [(file, k) for file in files for k in range(len(file.sizes))]
    damaged = {place for place in where if skip_bad and not _is_whole(*place, names)}
    where = [place for place in where if place not in damaged]
    plain, notes = _first_of(schema, files[0], where)
    columns = plain.schema.names

    def project(wanted: Sequence[str]) -> Callable[[int], pa.Table]:
        def read(k: int) -> pa.Table:
            file, own = where[k]
            watch.check(file.path)
            try:
                found = _as(file.read(own, names if has_lists else wanted), schema)
                found, _ = plain_table(found)
            except _DAMAGED as error:
                raise _unreadable(file.path, error) from None
            if has_lists and found.column_names != columns:
                raise DataError(
                    f"`{file.path}` must have lists of one length in each column. Got rows of "
                    "other lengths: correct it, or leave the column out."
                )
            return found.select(wanted) if has_lists else found

        return read

    has_lists = columns != names  # a column of lists is a column per element
    sizes = [file.sizes[k] for file, k in where]
    groups = [(file.path, file.groups[k]) for file, k in where]
    numbers = {group: k for k, group in enumerate(dict.fromkeys(groups))}
    table = ChunkedTable(
        sizes,
        project(columns),
        schema=plain.schema,
        project=project,
        groups=[numbers[group] for group in groups],
        fingerprint=watch.fingerprint((sum(sizes), len(names))),
    )
    if skipped:
        notes = [*notes, _skipped_note(skipped)]
    if damaged:
        n_rows = sum(file.sizes[k] for file, k in damaged)
        notes = [*notes, _damaged_note(n_rows, sorted({file.path.name for file, _ in damaged}))]
    return table, notes


def _first_of(
    schema: pa.Schema, file: ChunkedFile, where: Sequence[tuple[ChunkedFile, int]]
) -> tuple[pa.Table, list[str]]:
    """Return the first rows with plain types, none if there are no chunks, and notes."""
    try:
        if not where:
            return plain_table(schema.empty_table())
        file, k = where[0]
        return plain_table(_as(file.read(k, schema.names), schema))
    except _DAMAGED as error:
        raise _unreadable(file.path, error) from None


def _as(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return rows of one file with the types of all files."""
    wanted = pa.schema([schema.field(name) for name in table.column_names])
    if table.schema.types == wanted.types:
        return table
    how = [pc.CastOptions(kind, allow_time_truncate=True) for kind in wanted.types]  # nanoseconds
    columns = [pc.cast(c, options=own) for c, own in zip(table.columns, how, strict=True)]
    return pa.table(columns, schema=wanted)


def _is_whole(file: ChunkedFile, k: int, names: Sequence[str]) -> bool:
    try:
        file.read(k, names)
    except _DAMAGED:
        return False
    return True


def _damaged_note(n_rows: int, names: Sequence[str]) -> Message:
    return Message.plural(
        "Skipped {n:,} row that cannot be read, in {names}.",
        "Skipped {n:,} rows that cannot be read, in {names}.",
        n_rows,
        names=listed(names),
    )


def _opened(paths: Sequence[Path], *, skip_bad: bool) -> _Opened:
    files, skipped = [], []
    for path in paths:
        try:
            file = _FORMATS[path.suffix.lower()](path)
            _check_unique(path, file.schema.names)  # which may not be UTF-8
            check_length(path, sum(file.sizes))
            files.append(file)
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            if not skip_bad or len(paths) == 1:
                raise _unreadable(path, error) from None
            skipped.append(path.name)
    if not files:
        raise DataError(f"None of the files {listed(skipped)} can be read: repair them.")
    return _Opened(files, skipped)


def _check_unique(path: Path, names: Sequence[str]) -> None:
    for name, n in Counter(names).items():
        if n > 1:
            raise DataError(
                f"`{path}` must have columns of different names to be read in chunks. Got {n} "
                f"called `{name}`: rename them."
            )


def _skipped_note(names: Sequence[str]) -> Message:
    return Message.plural(
        "Skipped {n} file that cannot be read: {names}.",
        "Skipped {n} files that cannot be read: {names}.",
        len(names),
        names=listed(names),
    )


def _unreadable(path: Path, error: BaseException) -> DataError:
    reason = (str(error).splitlines() or ["it ends too early"])[0][:200].strip(".'")
    return DataError(
        f"`{path}` cannot be read: {reason}. Repair or remove it; of several files, `skip_bad` "
        "(--skip-bad) skips what cannot be read."
    )


def _common_schema(schema: pa.Schema, first: ChunkedFile, other: ChunkedFile) -> pa.Schema:
    """Return types that fit the rows of files so far and of another one.

    Raises
    ------
    DataError
        If the files differ in the names of their columns, or in types that are not both floating,
        both integer or both moments of one time zone.
    """
    names, others = schema.names, other.schema.names
    if names != others:
        raise _other_columns(first, other, _difference(names, others))
    fields = []
    for name, kind, found in zip(names, schema.types, other.schema.types, strict=True):
        wide = _wider(kind, found)
        if wide is None:
            raise _other_columns(first, other, f"has `{name}` as {found}, not {kind}")
        fields.append(pa.field(name, wide))
    return pa.schema(fields)


def _wider(one: Any, other: Any) -> Any:
    """Return the type of two that holds the values of both; None if there is none."""
    if str(one) == str(other):
        return one
    if pa.types.is_null(one) or pa.types.is_null(other):  # a file of missing cells alone
        return other if pa.types.is_null(one) else one
    if _is_moment(one) and _is_moment(other):
        zones = {getattr(kind, "tz", None) for kind in (one, other)}
        return pa.timestamp("us", zones.pop()) if len(zones) == 1 else None
    is_either = (pa.types.is_floating, pa.types.is_integer)
    if not any(test(one) and test(other) for test in is_either):
        return None
    kinds = {str(one), str(other)}
    if "uint64" in kinds and not all(kind.startswith("u") for kind in kinds):
        return None  # no integer holds the values of both
    pair = [pa.schema([pa.field("x", kind)]) for kind in (one, other)]
    return pa.unify_schemas(pair, promote_options="permissive").field("x").type


def _is_moment(kind: Any) -> bool:
    return bool(pa.types.is_timestamp(kind) or pa.types.is_date(kind))


def _difference(names: Sequence[str], others: Sequence[str]) -> str:
    lacking = [name for name in names if name not in others]
    more = [name for name in others if name not in names]
    if lacking or more:
        parts = [f"lacks {listed(lacking)}"] if lacking else []
        return " and ".join([*parts, *([f"also has {listed(more)}"] if more else [])])
    return "has them in another order"


def _other_columns(first: ChunkedFile, other: ChunkedFile, what: str) -> DataError:
    return DataError(
        f"`{other.path}` must have the same columns as `{first.path}`, to be one table with it. It "
        f"{what}: correct it, or pass files of the same columns."
    )
