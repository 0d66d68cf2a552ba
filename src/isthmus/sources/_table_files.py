"""Tables: files of any format as rows of numbers or texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .._translation import Message
from ..errors import DataError, UsageError
from ._column_choice import check_choice, check_left
from ._column_patterns import column_hint, columns_like, is_column_pattern
from ._dataset import Dataset, listed, safe_name
from ._finite_cells import check_finite_cells
from ._streamed_tables import streamed_table
from ._table_columns import to_labels
from ._text_files import joined_texts
from ._windows import check_windows, windows_note, windows_of_table
from .tables import is_stdin, read_arrow, stem_of

__all__ = ["check_names", "read_table", "read_txt_table"]


def read_table(
    path: Path,
    *,
    columns: Sequence[str] | None = None,
    exclude: Sequence[str] | None = None,
    id: Sequence[str] | None = None,
    kinds: Mapping[str, str] | None = None,
    missing: Sequence[str] | None = None,
    label: str | None = None,
    text_column: Sequence[str] | None = None,
    window: int | None = None,
    stride: int | None = None,
    stream: bool | None = None,
    memory: int | None = None,
    **options: Any,
) -> Dataset:
    """Read the columns of a table file, or its texts.

    Parameters
    ----------
    path : Path
        As for ``read_arrow``.
    columns : sequence of str, optional
        Features, in this order; names or patterns such as ``"temp_*"``. Default: all columns.
    exclude : sequence of str, optional
        Names or patterns of columns to leave out.
    id : sequence of str, optional
        Columns that identify rows: not features, but written next to results.
    kinds : mapping of str to str, optional
        Kinds of columns by name or pattern; see ``isthmus.preprocessing.plan_columns``.
    missing : sequence of str, optional
        Values that stand for missing cells, such as ``"-999"``.
    label : str, optional
        Column of labels, of any type; not a feature.
    text_column : sequence of str, optional
        Text columns to use as the rows, joined with a space.
    window, stride : int, optional
        Rows of a window, and from the start of one to that of the next; see ``windows_of_table``.
    stream, memory : bool, int, optional
        Whether to read a table in chunks, and from which size; see ``streamed_table``.
    **options
        Further options of ``read_arrow``.

    Raises
    ------
    DataError
        If the file cannot be read, has no rows, or lacks a named column.
    """
    streamed = streamed_table(
        path,
        stream=stream,
        memory=memory,
        columns=columns,
        exclude=exclude,
        id=id,
        kinds=kinds,
        missing=missing,
        label=label,
        text_column=text_column,
        window=window,
        stride=stride,
        **options,
    )
    if streamed is not None:
        return streamed
    if text_column is not None:
        given = {"exclude": exclude, "id": id, "kinds": kinds, "missing": missing, "window": window}
        if unused := [name for name, value in given.items() if value is not None]:
            raise UsageError(
                f"{listed(unused)} and `text_column` exclude each other: rows are a table or "
                "texts. Remove one of them."
            )
        return _read_texts(path, text_column, label, columns=columns, **options)
    check_windows(window, stride)
    apart = [name for name, value in (("kinds", kinds), ("label", label)) if value]
    if window is not None and apart:
        raise UsageError(f"{listed(apart)} and `window` exclude each other. Remove one of them.")
    _check_named(columns, label, option="columns")
    check_choice(columns=columns, exclude=exclude, id=id, kinds=kinds, label=label)
    wanted = None
    if columns is not None and not any(map(is_column_pattern, columns)):
        wanted = (*columns, *(id or ()), *((label,) if label else ()))
    file = read_arrow(path, wanted=wanted, missing=missing or (), **options)
    names = file.table.column_names
    named, ids, left_out = (matching(path, given, names) for given in (columns, id, exclude))
    check_names(path, names, (*(named or ()), *(ids or ()), *(left_out or ())), label)
    kept = [name for name in named or names if name not in (left_out or ()) and name != label]
    check_left(kept, names, exclude=exclude, label=label)
    kept += [name for name in ids or () if name not in kept]
    if file.table.num_rows == 0:
        raise DataError(f"`{path}` has column names but no rows.")
    X = without_marks(file.table.select(kept), missing)
    check_finite_cells(path, X.select([name for name in kept if name not in (ids or ())]))
    if window is not None:
        return _windows(path, X, window, stride or 1, ids, file.notes)
    return Dataset(
        name=_name_of(path),
        kind="table",
        X=X,
        y=to_labels(file.table.column(label)) if label else None,
        feature_names=tuple(kept),
        label_name=label,
        picture_shape=None,
        X_test=None,
        y_test=None,
        notes=file.notes,
        planning={"kinds": kinds, "ids": ids, "columns": named},
    )


def _windows(
    path: Path,
    table: pa.Table,
    window: int,
    stride: int,
    ids: Sequence[str] | None,
    notes: Sequence[str],
) -> Dataset:
    """Return the windows of a table as rows."""
    X, marks = windows_of_table(path, table, window, stride, ids or ())
    return Dataset(
        name=_name_of(path),
        kind="table",
        X=X,
        y=None,
        feature_names=tuple(X.column_names),
        label_name=None,
        picture_shape=None,
        X_test=None,
        y_test=None,
        notes=(*notes, windows_note(X.num_rows, window)),
        planning={"kinds": None, "ids": marks, "columns": None},
        gap=max(1, (window - 1) // stride),
    )


def _read_texts(
    path: Path,
    text_column: Sequence[str],
    label: str | None,
    *,
    columns: Sequence[str] | None,
    **options: Any,
) -> Dataset:
    """Read the texts of a table."""
    if columns is not None:
        raise UsageError(
            "`columns` and `text_column` exclude each other: rows are either a table or texts. Got "
            f"{listed(columns)} and {listed(text_column)}."
        )
    _check_named(text_column, label, option="text_column")
    wanted = (*text_column, *((label,) if label else ()))
    file = read_arrow(path, wanted=wanted, texts=text_column, **options)
    table = file.table
    check_names(path, table.column_names, text_column, label)
    if table.num_rows == 0:
        raise DataError(f"`{path}` has column names but no rows.")
    X, notes = joined_texts(path, table, text_column)
    return Dataset(
        name=_name_of(path),
        kind="texts",
        X=X,
        y=to_labels(table.column(label)) if label else None,
        feature_names=None,
        label_name=label,
        picture_shape=None,
        X_test=None,
        y_test=None,
        notes=(*file.notes, *notes),
    )


def _name_of(path: Path) -> str:
    return "stdin" if is_stdin(path) else safe_name(stem_of(path))


def read_txt_table(path: Path, *, text_lines: bool | None = None, **options: Any) -> Dataset:
    """Read a .txt file as a table, as ``read_table`` does, with a note if that is a guess."""
    dataset = read_table(path, **options)
    if text_lines is not None:
        return dataset
    note = Message("The file was read as a table; `--text-lines` reads a text per line.")
    return replace(dataset, notes=(note, *dataset.notes))


def _check_named(columns: Sequence[str] | None, label: str | None, *, option: str) -> None:
    if columns is not None and (not columns or len(set(columns)) < len(columns)):
        raise UsageError(
            f"`{option}` must name at least one column, each once. Got {listed(columns) or 'none'}."
        )
    if columns is not None and label in columns:
        raise UsageError(
            f"`label` must not be in `{option}`: a label is not a feature. Got {label}."
        )


def check_names(
    path: Path, names: Sequence[str], columns: Sequence[str] | None, label: str | None
) -> None:
    """Raise ``DataError`` if a table lacks columns.

    Parameters
    ----------
    path : Path
        Name of the table in messages.
    names : sequence of str
        Names of the table's columns.
    columns : sequence of str or None
        Names to look for.
    label : str or None
        Another one.
    """
    known = set(names)
    unknown = [
        name for name in (*(columns or ()), *((label,) if label else ())) if name not in known
    ]
    if unknown:
        what = "column" if len(unknown) == 1 else "columns"
        hint = column_hint(unknown[0], names)
        raise DataError(f"`{path}` has no {what} {listed(unknown)}.{hint}")


def matching(
    path: Path, patterns: Sequence[str] | None, names: Sequence[str]
) -> tuple[str, ...] | None:
    """Return the column names that match patterns, each once; other names are left to checks.

    Parameters
    ----------
    path : Path
        Name of the table in messages.
    patterns : sequence of str or None
        Names, or patterns such as ``"temp_*"``.
    names : sequence of str
        Names of the table's columns.

    Raises
    ------
    DataError
        If a pattern matches no column.
    """
    if patterns is None:
        return None
    found: dict[str, None] = {}
    for pattern in patterns:
        own = columns_like(pattern, names)
        if not own and is_column_pattern(pattern):
            raise DataError(
                f"`{path}` has no column that matches `{pattern}`. It has {listed(names, shown=8)}."
            )
        found |= dict.fromkeys(own or [pattern])
    return tuple(found)


def without_marks(table: pa.Table, marks: Sequence[str] | None) -> pa.Table:
    """Return a table with null for values that stand for missing cells.

    Parameters
    ----------
    table : pyarrow.Table
        Any columns.
    marks : sequence of str or None
        The values, as text; they are compared with numbers as numbers.

    Returns
    -------
    pyarrow.Table
    """
    for k, (name, column) in enumerate(zip(table.column_names, table.columns, strict=True)):
        kind = column.type
        is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
        own: list[Any] = [_number(mark) for mark in marks or ()] if is_number else list(marks or ())
        own = [mark for mark in own if mark is not None]
        if not own or not (is_number or pa.types.is_string(kind)):
            continue
        compared = column.cast(pa.float64()) if is_number else pc.utf8_trim_whitespace(column)
        is_mark = pc.is_in(compared, value_set=pa.array(own, compared.type))
        table = table.set_column(k, name, pc.if_else(is_mark, None, column))
    return table


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
