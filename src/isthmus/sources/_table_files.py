"""Tables: files of any format as rows of numbers or texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from .._finite import check_finite
from .._translation import Message
from ..errors import DataError, UsageError, did_you_mean
from ._dataset import Dataset, listed, safe_name
from ._table_columns import as_numbers, kind_of, to_array, to_labels
from ._text_files import joined_texts
from .tables import is_stdin, read_arrow, stem_of

__all__ = ["read_table", "read_txt_table"]


def read_table(
    path: Path,
    *,
    columns: Sequence[str] | None = None,
    label: str | None = None,
    text_column: Sequence[str] | None = None,
    **options: Any,
) -> Dataset:
    """Read the numeric columns of a table file, or its texts.

    Parameters
    ----------
    path : Path
        As for ``read_arrow``.
    columns : sequence of str, optional
        Features, in this order; default: every numeric or boolean column.
    label : str, optional
        Column of labels, of any type; not a feature.
    text_column : sequence of str, optional
        Text columns to use as the rows, joined with a space.
    **options
        Further options of ``read_arrow``.

    Raises
    ------
    DataError
        If the file cannot be read, has no rows or no numeric column, lacks a named column, has text
        among numbers, or has missing or infinite values.
    """
    if text_column is not None and columns is not None:
        raise UsageError(
            "`columns` and `text_column` exclude each other: rows are either numbers or texts. Got "
            f"{listed(columns)} and {listed(text_column)}."
        )
    option = "columns" if text_column is None else "text_column"
    named = columns if text_column is None else text_column
    _check_named(named, label, option=option)
    wanted = None if named is None else (*named, *((label,) if label else ()))
    file = read_arrow(path, wanted=wanted, texts=text_column or (), **options)
    table = file.table
    _check_names(path, table.column_names, named, label)
    if wanted is not None:
        table = table.select(wanted)
    if table.num_rows == 0:
        raise DataError(f"`{path}` has column names but no rows.")
    features: dict[str, Any] = {}
    notes: list[str] = []
    if text_column is not None:
        X, notes = joined_texts(path, table, text_column)
    else:
        features, notes = _features(path, table, columns, label)
        X = to_array(features)
        check_finite(X, names=list(features), owner=f"`{path}`")
    return Dataset(
        name="stdin" if is_stdin(path) else safe_name(stem_of(path)),
        kind="table" if features else "texts",
        X=X,
        y=to_labels(table.column(label)) if label else None,
        feature_names=tuple(features) if features else None,
        label_name=label,
        picture_shape=None,
        X_test=None,
        y_test=None,
        notes=(*file.notes, *notes),
    )


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


def _check_names(
    path: Path, names: Sequence[str], columns: Sequence[str] | None, label: str | None
) -> None:
    known = set(names)
    unknown = [
        name for name in (*(columns or ()), *((label,) if label else ())) if name not in known
    ]
    if unknown:
        same = {name.casefold(): name for name in names}.get(unknown[0].casefold())
        hint = f" Did you mean `{same}`?" if same else did_you_mean(unknown[0], names)
        if not hint:
            hint = f" It has {listed(names, shown=8)}."
        what = "column" if len(unknown) == 1 else "columns"
        raise DataError(f"`{path}` has no {what} {listed(unknown)}.{hint}")


def _features(
    path: Path, table: pa.Table, columns: Sequence[str] | None, label: str | None
) -> tuple[dict[str, Any], list[str]]:
    """Return the feature columns by name, as numbers, and notes on the skipped columns."""
    features: dict[str, Any] = {}
    left_out: dict[str, list[str]] = {}
    for name in columns or [name for name in table.column_names if name != label]:
        column = table.column(name)
        if columns is None and _is_row_index(name, column, position=len(features) + len(left_out)):
            left_out.setdefault(Message("row index"), []).append(name)
            continue
        numbers = as_numbers(path, name, column, named=columns is not None)
        if numbers is None:
            left_out.setdefault(kind_of(column.type), []).append(name)
        else:
            features[name] = numbers
    notes: list[str] = [
        Message.plural(
            "Ignored {n} {kind} column: {names}.",
            "Ignored {n} {kind} columns: {names}.",
            len(names),
            kind=kind,
            names=listed(names),
        )
        for kind, names in left_out.items()
    ]
    if not features:
        raise DataError(
            f"`{path}` must have a numeric column. Got none. {' '.join(notes)}".rstrip()
        )
    return features, notes


def _is_row_index(name: str, column: Any, *, position: int) -> bool:
    """Return whether a first, unnamed column is a data frame's row index."""
    unnamed = (name in ("unnamed_1", "Unnamed: 0") and position == 0) or name.startswith(
        "__index_level_"
    )
    if not unnamed or not pa.types.is_integer(column.type) or column.null_count:
        return False
    values = column.to_numpy()
    return bool(len(values) > 1 and values[0] in (0, 1) and (np.diff(values) == 1).all())
