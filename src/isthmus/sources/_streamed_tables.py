"""Table files that are read in chunks."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .._chunks import ChunkedTable
from ..errors import DataError, UsageError
from ._column_choice import check_choice, check_left
from ._dataset import Dataset, listed, safe_name
from ._finite_cells import with_finite_cells
from ._streaming import is_streamed, streaming_note
from .tables import (
    csv_chunks,
    is_chunked_format,
    is_pattern,
    is_text_table,
    stem_of,
    table_chunks,
    tables_in,
)

__all__ = ["shards_of", "streamed_table"]

_UNSUITABLE = ("label", "text_column", "window", "stride")


def streamed_table(
    path: Path,
    *,
    stream: bool | None,
    memory: int | None,
    columns: Sequence[str] | None = None,
    exclude: Sequence[str] | None = None,
    id: Sequence[str] | None = None,
    kinds: Mapping[str, str] | None = None,
    missing: Sequence[str] | None = None,
    skip_bad: bool | None = None,
    **options: Any,
) -> Dataset | None:
    """Return a table in chunks, if that is asked for or it does not fit into memory.

    Parameters
    ----------
    path : Path
        File, folder or pattern.
    stream : bool or None
        Whether to read in chunks; None decides by the size.
    memory : int or None
        Size above which rows are read in chunks.
    columns, exclude, id, kinds, missing, skip_bad
        As for ``read_table``.
    **options
        Further options of ``read_table``, which do not apply to rows in chunks.

    Returns
    -------
    Dataset or None
        None to read the table as a whole.

    Raises
    ------
    UsageError
        If an option does not apply.
    DataError
        If the file cannot be read.
    """
    if stream is False:
        return None
    given = [name for name in _UNSUITABLE if options.get(name) is not None]
    paths = shards_of(path)
    if stream and given:
        raise UsageError(
            f"{listed(given)} and `stream` exclude each other. Remove one of them, or the option "
            "for a table that fits into memory."
        )
    is_text = bool(paths) and all(map(is_text_table, paths))
    if not is_text and not (paths and all(map(is_chunked_format, paths))):
        if stream:
            raise UsageError(
                "`stream` requires Parquet, Arrow, Feather or CSV files, all of one format, "
                "pictures, a .npy file or a sparse matrix in a .npz file. Got "
                f"`{path}`: convert it, or leave `stream` out."
            )
        return None
    if given:
        return None
    if is_text:
        n_bytes = sum(file.stat().st_size for file in paths)
        if not is_streamed(n_bytes // 4, stream, memory):
            return None
        how = {name: options.get(name) for name in ("header", "max_memory")}
        marks = tuple(missing or ())
        table, notes = csv_chunks(paths, skip_bad=bool(skip_bad), missing=marks, **how)
        return _dataset(path, _marked(table, missing), notes, columns, exclude, id, kinds)
    try:
        table, notes = table_chunks(paths, skip_bad=bool(skip_bad))
    except DataError:
        if stream or len(paths) > 1 or skip_bad:
            raise
        return None  # the reader of whole tables tells what is wrong, or reads older formats
    # Only the reader of chunks reads files of subfolders, and skips files.
    is_needed = skip_bad or (path.is_dir() and not tables_in(path))
    if not is_needed and not is_streamed(len(table) * len(table.schema), stream, memory):
        return None
    return _dataset(path, _marked(table, missing), notes, columns, exclude, id, kinds)


def _marked(table: ChunkedTable, missing: Sequence[str] | None) -> ChunkedTable:
    """Return a table with null for values that stand for missing cells."""
    from ._table_files import without_marks

    if not missing:
        return table
    return table.mapped(functools.partial(without_marks, marks=missing))


def _dataset(
    path: Path,
    table: ChunkedTable,
    notes: Sequence[str],
    columns: Sequence[str] | None,
    exclude: Sequence[str] | None,
    id: Sequence[str] | None,
    kinds: Mapping[str, str] | None,
) -> Dataset:
    from ._table_files import check_names, matching

    if not len(table):
        raise DataError(f"`{path}` has column names but no rows.")
    check_choice(columns=columns, exclude=exclude, id=id, kinds=kinds, label=None)
    names = table.column_names
    named, ids, left_out = (matching(path, given, names) for given in (columns, id, exclude))
    check_names(path, names, (*(named or ()), *(ids or ()), *(left_out or ())), None)
    kept = [name for name in named or names if name not in (left_out or ())]
    check_left(kept, names, exclude=exclude, label=None)
    kept += [name for name in ids or () if name not in kept]
    return Dataset(
        name=safe_name(stem_of(path)),
        kind="table",
        X=with_finite_cells(path, table if kept == names else table.select(kept), ids or ()),
        y=None,
        feature_names=tuple(kept),
        label_name=None,
        picture_shape=None,
        X_test=None,
        y_test=None,
        notes=(*notes, streaming_note(len(table))),
        planning={"kinds": kinds, "ids": ids, "columns": named},
    )


def shards_of(path: Path) -> list[Path]:
    """Return the files of a table; of a folder, else those of its subfolders, as Spark writes.

    Parameters
    ----------
    path : Path
        File, folder or pattern.

    Returns
    -------
    list of Path
        In the order of their names.
    """
    if path.is_file():
        return [path]
    if is_pattern(path) and not path.exists():
        return tables_in(path)
    own = tables_in(path)
    return own or sorted(
        file
        for file in path.rglob("*")
        if file.is_file() and is_chunked_format(file) and not file.name.startswith((".", "_"))
    )
