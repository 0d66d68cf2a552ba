"""Rows in JSON: one object per line (.jsonl), or a list of objects (.json)."""

from __future__ import annotations

import heapq
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from ..._documents import MOST_LEVELS, parse_json
from ...errors import DataError
from ._byte_source import DAMAGED, ByteSource
from ._cell_types import typed_table
from ._declared_types import plain_table
from ._table_file import TableFile
from ._table_widths import check_width
from ._text_encoding import REPLACED, encoding_note, encoding_of

__all__ = ["read_json"]

_LINES = {".jsonl", ".ndjson"}  # endings of files whose objects are rows, also a single one
_BLOCK_BYTES = 1 << 20
_MOST_CELLS = 20_000_000  # of a table most of whose cells are not in the file
_FULL = 20  # least share of cells that are: one in so many
_SAMPLE_LINES = 1000
_KEY = re.compile(rb'"([^"]*)"\s*:')
_HALF_PAIR = re.compile(rb"\\u[dD][89a-fA-F]")
_ESCAPES = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a whole pair
    rb"|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\\\"
)
_HALF_BYTES = len(rb"\ud800")


def read_json(
    path: Path,
    *,
    max_memory: int | None = None,
    texts: Sequence[str] = (),
    missing: Sequence[str] = (),
) -> TableFile:
    """Read rows that are JSON objects of the same keys.

    Parameters
    ----------
    path : Path
        An object per line; a list of objects; or an object of columns, each a list or, as pandas
        writes it, an object.
    max_memory : int, default=None
        Largest size of the content, unpacked, in bytes.
    texts : sequence of str, default=()
        Columns to keep as strings.
    missing : sequence of str, default=()
        Further cells that are missing.

    Raises
    ------
    DataError
        If the file is not such JSON.
    """
    try:
        content = b"".join(ByteSource(path, max_memory).chunks()).removeprefix(b"\xef\xbb\xbf")
    except DAMAGED as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"`{path}` is truncated or damaged: {error}") from None
    if not content.strip():
        raise DataError(f"`{path}` is empty.")
    content, encoding_notes = _in_utf8(path, content)
    if _HALF_PAIR.search(content):
        content = _ESCAPES.sub(_whole_pair, content)
    table = _of_lines(content) or _of_document(path, content)
    for _ in range(2):  # an object in an object
        check_width(path, table.num_columns)
        table = table.flatten()
    check_width(path, table.num_columns)
    table, notes = plain_table(table)
    typed, assumed = typed_table(table, texts=texts, missing=missing)
    return TableFile(typed, (*encoding_notes, *notes, *assumed))


def _of_lines(content: bytes) -> pa.Table | None:
    """Return objects, one per line, or None if it is anything else."""
    import pyarrow.json

    if not content.lstrip().startswith(b"{") or b"\n" not in content.strip():
        return None
    if _greatest_depth(content) > MOST_LEVELS:  # or brackets in texts: only a parser knows
        return None
    lines = content.split(b"\n")
    if _may_differ(lines):  # it has no limit of cells
        return None
    longest = max(map(len, lines), default=0)
    try:
        return pyarrow.json.read_json(
            io.BytesIO(content),
            read_options=pyarrow.json.ReadOptions(block_size=max(1 << 22, 2 * longest)),
            parse_options=pyarrow.json.ParseOptions(newlines_in_values=False),
        )
    except pa.ArrowException:
        return None


def _may_differ(lines: Sequence[bytes]) -> bool:
    """Return whether rows may have so many different keys that most cells of a table are empty."""
    sample = [*lines[:: max(1, len(lines) // _SAMPLE_LINES)], *heapq.nlargest(10, lines, key=len)]
    found = Counter(key for line in sample for key in {*_KEY.findall(line)})
    once = sum(n == 1 for n in found.values())
    n_keys = len(found) + once * len(lines) // len(sample)
    n_given = found.total() * len(lines) // len(sample)
    return _is_mostly_empty(len(lines), n_keys, n_given)


def _is_mostly_empty(n_rows: int, n_keys: int, n_given: int) -> bool:
    return n_rows * n_keys > max(_MOST_CELLS, _FULL * n_given)


def _in_utf8(path: Path, content: bytes) -> tuple[bytes, list[str]]:
    """Return JSON in valid UTF-8, as pyarrow checks neither names nor texts, and notes."""
    encoding = json.detect_encoding(content)
    if encoding != "utf-8":
        return content.decode(encoding, "replace").encode(), []
    try:
        content.decode()
    except UnicodeDecodeError:
        text = content.decode("utf-8", "replace")
        if text.replace("\ufffd", "").isascii():  # no character of several bytes is UTF-8
            found = encoding_of(path, content)
            return content.decode(found, "replace").encode(), encoding_note(found)
        return text.encode(), encoding_note(REPLACED)
    return content, []


def _greatest_depth(content: bytes) -> int:
    """Return how deep brackets are nested if none is in a text; pyarrow has no limit."""
    depth = greatest = 0
    for start in range(0, len(content), _BLOCK_BYTES):
        block = np.frombuffer(content, np.uint8, min(_BLOCK_BYTES, len(content) - start), start)
        # { and }, and [ and ], differ by 2, and each pair by 32.
        kinds = block & 0xDF
        change = (kinds == ord("[")).astype(np.int8) - (kinds == ord("]")).astype(np.int8)
        running = np.cumsum(change, dtype=np.int64) + depth
        depth, greatest = int(running[-1]), max(greatest, int(running.max()))
    return greatest


def _whole_pair(found: re.Match[bytes]) -> bytes:
    """Return an escape of JSON, or that of U+FFFD for half of a surrogate pair."""
    return b"\\ufffd" if len(found[0]) == _HALF_BYTES else found[0]


def _of_document(path: Path, content: bytes) -> pa.Table:
    try:
        document = _parsed(content)
    except ValueError as error:
        raise DataError(f"`{path}` cannot be read as JSON: {str(error)[:200]}.") from None
    if isinstance(document, dict) and document and not _LINES & {*map(str.lower, path.suffixes)}:
        document = _split(document)
        columns = [*document.values()]
        if all(isinstance(c, dict) for c in columns):  # by the name of the row
            names = dict.fromkeys(name for c in columns for name in c)
            columns = [[c.get(name) for name in names] for c in columns]
        if all(isinstance(c, list) for c in columns):
            check_width(path, len(columns))
            _check_lengths(path, document, [len(c) for c in columns])
            return pa.table({name: _column(c) for name, c in zip(document, columns, strict=True)})
    rows = document if isinstance(document, list) else [document]
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise DataError(
            f"`{path}` must contain rows: a list of objects, or an object per line. Got another "
            "form: save the table as CSV or Parquet."
        )
    names = dict.fromkeys(name for row in rows for name in row)
    check_width(path, len(names))
    if _is_mostly_empty(len(rows), len(names), sum(map(len, rows))):
        raise DataError(
            f"`{path}` must have rows with the same keys. Got {len(rows):,} rows with "
            f"{len(names):,} different keys, most of which a row does not have: save it as a "
            "sparse .npz file (`scipy.sparse.save_npz`)."
        )
    return pa.table({name: _column([row.get(name) for row in rows]) for name in names})


def _split(document: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of a table that pandas wrote with `orient="split"`, or the document."""
    names, rows = document.get("columns"), document.get("data")
    if not document.keys() <= {"columns", "index", "data"} or not isinstance(names, list):
        return document
    if not isinstance(rows, list) or any(not isinstance(row, list) for row in rows):
        return document
    if any(len(row) != len(names) for row in rows):
        return document
    return {str(name): [row[k] for row in rows] for k, name in enumerate(names)}


def _check_lengths(path: Path, names: Iterable[str], lengths: Sequence[int]) -> None:
    for name, length in zip(names, lengths, strict=True):
        if length != lengths[0]:
            raise DataError(
                f"`{path}` must have columns of one length. Got {lengths[0]:,} cells in its first "
                f"column and {length:,} in {name[:100]!r}: correct it, or write an object per row."
            )


def _parsed(content: bytes) -> Any:
    try:
        return parse_json(content.decode())
    except ValueError as error:
        if "Extra data" not in str(error):
            raise
    lines = enumerate(content.splitlines(), 1)
    return [_row(line, number) for number, line in lines if line.strip()]


def _row(line: bytes, number: int) -> Any:
    try:
        return parse_json(line.decode())
    except ValueError as error:
        raise ValueError(f"{error} of line {number}") from None


def _column(values: list[Any]) -> Any:
    try:
        return pa.chunked_array([pa.array(values)])
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):  # cells of several types
        cells = [None if v is None else v if isinstance(v, str) else json.dumps(v) for v in values]
        return pa.chunked_array([cells], pa.string())
