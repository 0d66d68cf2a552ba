"""Writing of rows to tables and arrays: codes, reconstructions, scores and results."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from numpy.typing import NDArray
from scipy import sparse

from .._chunks import ChunkedColumn, ChunkedRows
from .._files import replacing
from .._freed_memory import return_freed_memory
from .._translation import Message
from ..errors import UsageError
from ..rows import release_pages
from ._kept_blocks import KeptBlocks
from ._leading_cells import LeadingCells
from ._list_texts import as_text_if_lists
from ._output_paths import CODE_SUFFIXES, check_output
from ._sparse_arrays import dense_pieces, write_sparse_array
from ._sparse_codes import sparse_columns

__all__ = [
    "Counted",
    "free_name",
    "mapped",
    "rows_a_time",
    "uncounted",
    "write_reconstructions",
    "write_rows",
]

# Told what is done, and the number of all rows; yields the blocks of rows as they are done.
Counted: TypeAlias = Callable[[str, Iterable[Any], int], Iterable[Any]]

_MOST_ROWS = 2**16
_MOST_VALUES = 2**23  # of a block: 64 MiB in double precision
_STEP = 1024  # a multiple of every block's size of encoding, so that the codes are the same
_GROUP_BYTES = 2**26  # of a row group with fewer rows than a block may have


def uncounted(message: str, blocks: Iterable[Any], n_rows: int) -> Iterable[Any]:
    """Return the blocks: the ``Counted`` that shows nothing."""
    return blocks


def mapped(
    function: Callable[[Any], Any], X: Any, kept: KeptBlocks | None = None, *, name: str = "rows"
) -> Iterator[Any]:
    """Apply a function to rows, block by block.

    Parameters
    ----------
    function : callable
        Maps each row independently.
    X : ndarray or CSR array of shape (n_samples, n_features)
        Pages of a memory map are released block by block.
    kept : KeptBlocks, default=None
        Keeps the results in files, if there are several blocks.
    name : str, default="rows"
        Name of the results there.

    Yields
    ------
    ndarray or CSR array of shape (n, width)
    """
    step, n = rows_a_time(X), X.shape[0]
    for k, start in enumerate(range(0, max(1, n), step)):
        compute = functools.partial(_of_block, function, X, start, start + step)
        keeps = kept is not None and n > step
        yield kept.block(name, k, compute, (start, n)) if kept and keeps else compute()


def rows_a_time(X: Any) -> int:
    """Return the number of rows of a block of results.

    Parameters
    ----------
    X : ndarray or CSR array of shape (n_samples, n_features)
        Rows.

    Returns
    -------
    int
    """
    fits: int = _MOST_VALUES // max(1, X.shape[1]) // _STEP * _STEP
    return max(_STEP, min(_MOST_ROWS, fits))


def _of_block(function: Callable[[Any], Any], X: Any, start: int, stop: int) -> Any:
    found = function(X[start:stop])
    if isinstance(X, np.ndarray):
        release_pages(X)
    return_freed_memory()
    return found


def write_rows(
    path: Path,
    blocks: Iterable[Any],
    n_rows: int,
    names: Sequence[str],
    beside: dict[str, Any],
    provenance: Mapping[str, str] | None = None,
) -> None:
    """Write blocks of rows as a table or a .npy file, atomically.

    Parameters
    ----------
    path : pathlib.Path
        Ends in .parquet, .csv, .npy or, for sparse rows, .npz.
    blocks : iterable of ndarray or CSR array of shape (n, n_columns)
        Rows; at most one block is in memory.
    n_rows : int
        Total number of rows.
    names : sequence of str
        Column names, for sparse rows from ``code_names``; a .npy or .npz file has none.
    beside : dict of str to ndarray
        Further columns after them, such as labels; not written to a .npy file.
    provenance : mapping of str to str, default=None
        Where the rows come from: JSON under the key "isthmus" in the metadata of a Parquet file.
    """
    check_output(path, CODE_SUFFIXES)
    with replacing(path) as temporary:
        if path.suffix.lower() == ".npy":
            _write_array(temporary, blocks, n_rows)
        elif path.suffix.lower() == ".npz":
            write_sparse_array(temporary, blocks)
        else:
            _write_table(temporary, blocks, names, beside, provenance)


def write_reconstructions(
    path: Path,
    estimator: Any,
    X: Any,
    beside: dict[str, Any],
    provenance: Mapping[str, str] | None = None,
    counted: Counted = uncounted,
    kept: KeptBlocks | None = None,
) -> None:
    """Write the reconstructions of rows in their own units; of a mixed table, in its own types.

    Parameters
    ----------
    path : pathlib.Path
        As for ``write_rows``.
    estimator : estimator
        Fitted; can reconstruct rows.
    X : ndarray or CSR array of shape (n_samples, n_features)
        Checked rows.
    beside : dict of str to ndarray
        Further columns.
    provenance : mapping of str to str, default=None
        As for ``write_rows``.
    counted : callable, optional
        As ``Counted``.
    kept : KeptBlocks, default=None
        As for ``mapped``.

    Raises
    ------
    UsageError
        If the rows are a mixed table, and the file can only hold numbers.
    """
    reader = estimator.preprocessor_.table
    blocks = mapped(estimator.reconstruct, X, kept)
    blocks = iter(counted(Message("Reconstructing rows"), blocks, X.shape[0]))
    if reader is None:
        names = estimator.column_names or [f"column_{k}" for k in range(X.shape[1])]
        write_rows(path, blocks, X.shape[0], names, beside, provenance)
        return
    if path.suffix.lower() == ".npy":
        raise UsageError(
            "Reconstructions of a table with categories must be written to a .csv or .parquet "
            f"file. Got {path}."
        )
    if isinstance(X, ChunkedRows):
        tables = (reader.table_of(block) for block in blocks)
        _write_tables(path, tables, beside, provenance)
        return
    table = pa.concat_tables(reader.table_of(block) for block in blocks)
    columns = {n: np.array(table.column(n).to_pylist(), object) for n in table.column_names}
    columns |= {name: values for name, values in beside.items() if name not in columns}
    write_rows(path, [np.empty((X.shape[0], 0))], X.shape[0], [], columns, provenance)


def _write_array(path: Path, blocks: Iterable[Any], n_rows: int) -> None:
    with path.open("wb") as file:
        for k, block in enumerate(_dense_blocks(blocks)):
            if not k:
                header = {"descr": block.dtype.str, "fortran_order": False}
                shape = (n_rows, *block.shape[1:])
                np.lib.format.write_array_header_1_0(file, {**header, "shape": shape})
            file.write(np.ascontiguousarray(block).data)


def _dense_blocks(blocks: Iterable[Any]) -> Iterator[NDArray[Any]]:
    for block in blocks:
        yield from dense_pieces(block) if sparse.issparse(block) else [block]


def _write_table(
    path: Path,
    blocks: Iterable[Any],
    names: Sequence[str],
    beside: dict[str, Any],
    provenance: Mapping[str, str] | None,
) -> None:
    kind = pyarrow.csv.CSVWriter if path.suffix.lower() == ".csv" else pyarrow.parquet.ParquetWriter
    taken = dict.fromkeys(names)
    for name in list(beside):
        taken[free_name(name, taken)] = None
    # One schema for all rows: a block may have only missing labels.
    is_csv = kind is pyarrow.csv.CSVWriter
    further = [column if _is_lazy(column) else _arrow_column(column) for column in beside.values()]
    if is_csv:
        further = [c if _is_lazy(c) else as_text_if_lists(_without_zeros(c)) for c in further]
    metadata = None if provenance is None else {"isthmus": json.dumps(dict(provenance))}

    def tables() -> Iterator[pa.Table]:
        start = 0
        for block in blocks:
            columns = _columns(block, as_text=is_csv)
            columns += [column.slice(start, block.shape[0]) for column in further]
            yield pa.table(columns, names=list(taken), metadata=metadata)
            start += block.shape[0]

    _write_groups(kind, path, tables())


def _write_groups(kind: Any, path: Path, tables: Iterable[pa.Table]) -> None:
    """Write tables one below the other, small ones joined to row groups."""
    writer = None
    with path.open("wb") as file:  # Arrow expands "~" in paths, and takes names in UTF-8 only
        try:
            for table in _groups(tables):
                writer = writer or kind(file, table.schema)
                writer.write_table(table)
        finally:
            if writer is not None:
                writer.close()


def _groups(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    waiting: list[pa.Table] = []
    n_rows = n_bytes = 0
    for table in tables:
        waiting.append(table)
        n_rows, n_bytes = n_rows + table.num_rows, n_bytes + table.nbytes
        if n_rows >= _MOST_ROWS or n_bytes >= _GROUP_BYTES:
            yield pa.concat_tables(waiting)
            waiting, n_rows, n_bytes = [], 0, 0
    if waiting:
        yield pa.concat_tables(waiting)


def _write_tables(
    path: Path,
    tables: Iterable[pa.Table],
    beside: dict[str, Any],
    provenance: Mapping[str, str] | None,
) -> None:
    """Write tables one below the other, with further columns that they lack, atomically."""
    check_output(path, CODE_SUFFIXES)
    kind = pyarrow.csv.CSVWriter if path.suffix.lower() == ".csv" else pyarrow.parquet.ParquetWriter
    metadata = None if provenance is None else {"isthmus": json.dumps(dict(provenance))}

    def whole() -> Iterator[pa.Table]:
        start = 0
        for table in tables:
            for name in [name for name in beside if name not in table.column_names]:
                column = beside[name]
                found = column if _is_lazy(column) else _arrow_column(column)
                table = table.append_column(name, found.slice(start, table.num_rows))
            start += table.num_rows
            yield table.replace_schema_metadata(metadata)

    with replacing(path) as temporary:
        _write_groups(kind, temporary, whole())


def _columns(block: Any, *, as_text: bool) -> list[pa.Array]:
    if sparse.issparse(block):
        return sparse_columns(block, as_text=as_text)
    # NaN becomes null: rows without observed cells have no codes.
    return [pa.array(block[:, k], from_pandas=True) for k in range(block.shape[1])]


def _is_lazy(column: Any) -> bool:
    """Return whether the cells of a column are made block by block."""
    return isinstance(column, ChunkedColumn | LeadingCells)


def _arrow_column(column: NDArray[Any]) -> pa.Array:
    if column.dtype in (np.int64, np.float64):
        return pa.array(column)
    try:
        return pa.array(column.tolist())
    except OverflowError:  # whole numbers of 2**63 and more
        return pa.array(column.tolist(), pa.uint64())


def free_name(name: str, taken: Mapping[str, Any]) -> str:
    """Return a column name that is not taken.

    Parameters
    ----------
    name : str
        Preferred name.
    taken : mapping
        Its keys are the names that are taken.

    Returns
    -------
    str
        The name, with underscores appended if it is taken.
    """
    while name in taken:
        name += "_"
    return name


def _without_zeros(column: Any) -> Any:
    """Return times of whole seconds in seconds, which are written without decimals."""
    if not pa.types.is_timestamp(column.type):
        return column
    try:
        return column.cast(pa.timestamp("s", column.type.tz))
    except pa.ArrowInvalid:  # it has fractions
        return column
