"""ARFF files, as Weka and OpenML write them."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...errors import DataError
from ._arff_header import (
    CELL,
    TAB_CELL,
    Attribute,
    attributes_of,
    cells_of,
    lines_of,
    unreadable,
)
from ._byte_source import DAMAGED, ByteSource
from ._cell_types import typed_table
from ._column_names import unique_names
from ._table_file import TableFile
from ._text_encoding import encoding_note, encoding_of

__all__ = ["read_arff"]

_ROWS_OF_A_BLOCK = 10_000
_MOST_SHOWN = 40
_WHOLE = re.compile(r"[-+]?[0-9]{1,18}")
_NUMBER = re.compile(r"(?i)[-+]?(([0-9]+\.?[0-9]*|\.[0-9]+)(e[-+]?[0-9]+)?|inf|infinity|nan)")


def read_arff(
    path: Path,
    *,
    max_memory: int | None = None,
    texts: Sequence[str] = (),
    missing: Sequence[str] = (),
) -> TableFile:
    """Read an ARFF file with numeric, nominal, string and date attributes.

    Parameters
    ----------
    path : Path
        File, whose cells are separated by commas or tabs.
    max_memory : int, default=None
        Largest size of the content, unpacked, in bytes.
    texts : sequence of str, default=()
        Columns to keep as strings.
    missing : sequence of str, default=()
        Further cells that are missing.

    Raises
    ------
    DataError
        If the file is not such a table, as one with sparse rows.
    """
    try:
        content = b"".join(ByteSource(path, max_memory).chunks())
    except DAMAGED as error:
        if isinstance(error, DataError):
            raise
        raise unreadable(path, "it is truncated or damaged") from None
    try:
        encoding = encoding_of(path, content)
    except DataError:
        raise unreadable(path, "it is not text") from None
    text = content.decode(encoding, "replace").removeprefix("\ufeff")
    lines = lines_of(text)
    attributes = attributes_of(path, lines)
    names, notes = unique_names([attribute.name for attribute in attributes])
    rows = _rows(path, len(attributes), lines)
    blocks: list[list[Any]] = [[] for _ in attributes]
    while block := [*islice(rows, _ROWS_OF_A_BLOCK)]:
        numbers, cells = zip(*block, strict=True)
        for k, own in enumerate(zip(*cells, strict=True)):
            blocks[k].append(_values(path, attributes[k], own, numbers))
    declared = [a.kind in ("nominal", "string") for a in attributes]
    columns = [
        _without(_joined(blocks[k], attributes[k]), missing if declared[k] else ())
        for k in range(len(attributes))
    ]
    table = pa.table(columns, names=list(names))
    kept = {*texts, *itertools.compress(names, declared)}
    typed, assumed = typed_table(table, texts=kept, missing=missing)
    return TableFile(typed, (*encoding_note(encoding, content), *notes, *assumed))


def _rows(
    path: Path, n_columns: int, lines: Iterator[tuple[int, str]]
) -> Iterator[tuple[int, list[str | None]]]:
    """Yield the cells of each row with the number of its line."""
    pattern = delimiter = None
    for number, line in lines:
        if line.startswith("{"):
            raise DataError(
                f"`{path}` must have dense rows. Got sparse ones, such as {{0 1.5, 7 2}}: save the "
                "table as CSV."
            )
        if pattern is None:
            has_tabs = "\t" in line and "," not in line
            pattern, delimiter = (TAB_CELL, "\t") if has_tabs else (CELL, ",")
        if "'" in line or '"' in line:
            cells = cells_of(path, number, line, pattern)
        else:
            cells = [None if c in ("?", "") else c for c in map(str.strip, line.split(delimiter))]
        if len(cells) != n_columns:
            raise DataError(
                f"`{path}` must have {n_columns} cells in each row, one for each attribute. "
                f"Got {len(cells)} in line {number}: correct it."
            )
        yield number, cells


def _values(
    path: Path, attribute: Attribute, cells: Sequence[str | None], numbers: Sequence[int]
) -> Any:
    """Return cells of an attribute with its type; ``numbers`` are those of their lines."""
    read = _READERS.get(attribute.kind)
    if read is None:
        return pa.array(cells, pa.string())
    values = []
    for cell, number in zip(cells, numbers, strict=True):
        try:
            values.append(None if cell is None else read(attribute, cell))
        except ValueError:
            rule = _RULES[attribute.kind].format(name=attribute.name[:_MOST_SHOWN])
            shown = str(cell)[:_MOST_SHOWN]
            raise DataError(
                f"`{path}` must have {rule}. Got {shown!r} in line {number}: correct "
                "it, or write ? if it is missing."
            ) from None
    if any(isinstance(value, float) for value in values):
        return pa.array([None if v is None else float(v) for v in values], pa.float64())
    return pa.array(values, _TYPES[attribute.kind])


def _joined(blocks: list[Any], attribute: Attribute) -> Any:
    """Return the blocks of an attribute as one column; numbers are integers if all are whole."""
    kind = _TYPES[attribute.kind]
    if any(block.type != kind for block in blocks):
        kind = pa.float64()
        column = pa.chunked_array([block.cast(kind, safe=False) for block in blocks], kind)
        return _with_whole_numbers(column)
    return pa.chunked_array(blocks, kind)


def _without(column: Any, missing: Sequence[str]) -> Any:
    """Return a column of strings with further values that are missing."""
    return (
        pc.if_else(pc.is_in(column, value_set=pa.array(missing)), None, column)
        if missing
        else column
    )


def _level(attribute: Attribute, cell: str) -> str:
    if cell not in attribute.levels:
        raise ValueError(cell)
    return cell


def _number(_: Attribute, cell: str) -> float | None:
    if _WHOLE.fullmatch(cell):
        return int(cell)
    if not _NUMBER.fullmatch(cell):
        raise ValueError(cell)
    number = float(cell)
    return None if math.isnan(number) else number


_READERS: dict[str, Callable[[Attribute, str], Any]] = {
    "number": _number,
    "nominal": _level,
    "date": lambda attribute, cell: datetime.strptime(cell, attribute.format),
}
_RULES = {
    "number": "numbers in `{name}`, a numeric attribute",
    "nominal": "levels that the header names in `{name}`",
    "date": "dates of the format that the header names in `{name}`",
}
_TYPES = {
    "number": pa.int64(),
    "nominal": pa.string(),
    "string": pa.string(),
    "date": pa.timestamp("us"),
}


def _with_whole_numbers(column: Any) -> Any:
    """Return a column of numbers as integers if all of them are whole."""
    if not pa.types.is_floating(column.type):
        return column
    is_whole = pc.and_(pc.is_finite(column), pc.equal(pc.floor(column), column))
    if not pc.all(is_whole).as_py():
        return column
    try:
        return column.cast(pa.int64())
    except pa.ArrowInvalid:  # too large
        return column
