"""Parquet, Feather and Arrow files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa

from ...errors import DataError
from ._byte_source import check_regular
from ._declared_types import plain_table
from ._table_file import TableFile

__all__ = ["read_feather", "read_parquet"]


def read_parquet(path: Path, *, wanted: Sequence[str] | None = None) -> TableFile:
    """Read a Parquet file, or only some columns if it has all of them.

    Raises
    ------
    DataError
        If it is not a Parquet file.
    """
    import pyarrow.parquet as pq

    def read() -> pa.Table:
        with pq.ParquetFile(path) as file:
            known = file.schema_arrow.names
            has_all = wanted is not None and {*wanted} <= {*known} and len({*known}) == len(known)
            return file.read(columns=list(wanted) if has_all and wanted else None)

    return _plain(path, "Parquet", read)


def read_feather(path: Path) -> TableFile:
    """Read a Feather file, or an Arrow file or stream.

    Raises
    ------
    DataError
        If it is none of these.
    """
    from pyarrow import feather

    def read() -> pa.Table:
        with path.open("rb") as raw:
            is_file = raw.read(4) in (b"ARRO", b"FEA1")
        if is_file:
            return feather.read_table(path, memory_map=False)
        with pa.OSFile(str(path)) as stream:
            return pa.ipc.open_stream(stream).read_all()

    return _plain(path, "Feather", read)


def _plain(path: Path, what: str, read: Callable[[], pa.Table]) -> TableFile:
    check_regular(path)
    try:
        table, notes = plain_table(read())
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0][:200]
        raise DataError(f"`{path}` cannot be read as {what}: {reason}") from None
    return TableFile(table, tuple(notes))
