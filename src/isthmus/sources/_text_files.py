"""Texts: columns of a table, or lines of a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .._translation import Message, gettext_noop
from ..errors import DataError
from ._dataset import Dataset, quantity, safe_name
from ._table_columns import to_texts
from ._text_or_table import is_table
from .tables import DAMAGED, ByteSource, encoding_note_of, in_utf8, text_sample

__all__ = ["joined_texts", "read_lines", "table_texts"]

_BLANKS = {  # by the unit
    "line": gettext_noop(
        "Lines without text in {owner}: {n:,} (first: line {first:,}, counted from 1)."
    ),
    "row": gettext_noop(
        "Rows without text in {owner}: {n:,} (first: row {first:,}, counted from 1)."
    ),
}


def read_lines(
    path: Path, *, text_lines: bool | None = None, max_memory: int | None = None
) -> Dataset:
    """Read a .txt file as one text per line.

    Parameters
    ----------
    path : Path
        File, packed or not, in any usual encoding.
    text_lines : bool, default=None
        True if the lines are known to be texts.
    max_memory : int, default=None
        Largest size of the content, unpacked, in bytes.

    Raises
    ------
    DataError
        If it is empty, not text, or could also be a table.
    """
    if text_lines is None and is_table(path) is None:
        raise DataError(
            f"`{path}` could be a table, or have a text per line. Add --no-text-lines for a table,"
            " or --text-lines for texts (`text_lines` in Python)."
        )
    text, remark = _decoded(path, max_memory)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not lines[-1]:
        del lines[-1]
    notes = _notes_of_blanks(f"`{path}`", [bool(line.strip()) for line in lines], "line")
    return _dataset(path, lines, [*remark, *notes])


def _decoded(path: Path, max_memory: int | None) -> tuple[str, list[str]]:
    """Return a whole file as text, and a note if its encoding is a guess."""
    source = ByteSource(path, max_memory)
    _, encoding = text_sample(path, source)
    try:
        content = b"".join(in_utf8(source.chunks(), encoding))
    except DAMAGED as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"`{path}` is truncated or damaged: {error}") from None
    text = content.decode("utf-8", "replace").removeprefix("\ufeff")
    return text, encoding_note_of(source, encoding)


def joined_texts(
    path: Path, table: pa.Table, columns: Sequence[str]
) -> tuple[NDArray[Any], list[str]]:
    """Return the texts of a table's rows, several columns joined with a space, and notes.

    Raises
    ------
    DataError
        If a column does not contain texts.
    """
    texts = _joined(path, table, columns)
    names = " and ".join(f"`{name}`" for name in columns)
    owner = Message.plural(
        "column {names} of `{path}`",
        "columns {names} of `{path}`",
        len(columns),
        names=names,
        path=str(path),
    )
    notes = _notes_of_blanks(owner, pc.greater(pc.utf8_length(texts), 0).to_pylist(), "row")
    return np.array(texts.to_pylist(), dtype=object), notes


def table_texts(path: Path, table: pa.Table, columns: Sequence[str]) -> NDArray[Any]:
    """Return the texts of a table's rows, several columns joined with a space.

    Parameters
    ----------
    path : Path
        Name of the table in messages.
    table : pyarrow.Table
        Must have these columns.
    columns : sequence of str
        Names of the columns, in this order.

    Returns
    -------
    ndarray of shape (n_rows,)
        Object array of strings, empty where there is no text.

    Raises
    ------
    DataError
        If a column does not contain texts.
    """
    return np.array(_joined(path, table, columns).to_pylist(), dtype=object)


def _joined(path: Path, table: pa.Table, columns: Sequence[str]) -> Any:
    parts = [to_texts(path, name, table.column(name)) for name in columns]
    parts = [pc.fill_null(pc.utf8_trim_whitespace(part), "") for part in parts]
    return pc.utf8_trim_whitespace(pc.binary_join_element_wise(*parts, " "))


def _notes_of_blanks(owner: str, is_there: Sequence[bool], unit: str) -> list[str]:
    """Return notes on rows without text, and raise an error if no row has any."""
    missing = [number for number, there in enumerate(is_there, 1) if not there]
    if not missing:
        return []
    if len(missing) == len(is_there):
        raise DataError(
            f"{owner[:1].upper()}{owner[1:]} must contain texts. Got none in all "
            f"{quantity(len(missing), unit)}: check that the right column was read."
        )
    return [Message(_BLANKS[unit], n=len(missing), owner=owner, first=missing[0])]


def _dataset(path: Path, texts: list[str], notes: Sequence[str]) -> Dataset:
    return Dataset(
        name=safe_name(path.stem),
        kind="texts",
        X=np.array(texts, dtype=object),
        y=None,
        feature_names=None,
        label_name=None,
        picture_shape=None,
        X_test=None,
        y_test=None,
        notes=tuple(notes),
    )
