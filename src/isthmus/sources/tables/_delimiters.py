"""Lines of a text table: what separates their cells."""

from __future__ import annotations

import contextlib
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ._cell_forms import is_value
from ._table_widths import MOST_COLUMNS, check_widths_of_lines

__all__ = ["BLANKS", "Record", "SampleLines", "sample_lines"]

BLANKS = ""  # the delimiter of columns that are aligned by blanks
_SAMPLE_LINES = 100
_FEWEST_LINES = 5
_SAMPLE_CHARACTERS = 1 << 20
_HINT = re.compile(r'"?sep=(?P<delimiter>[^"\r\n])"?\s*', re.IGNORECASE)
_AGREEING = 0.9
_DELIMITERS = ",;\t|"


class Record(NamedTuple):
    """Cells of a record, and the number of the line, from 1, in which it ends."""

    cells: list[str]
    line: int


class SampleLines(NamedTuple):
    """First lines of a text table.

    Attributes
    ----------
    delimiter : str
        One character, or ``BLANKS``.
    records : list of Record
        Records that have a cell, without the comments above them.
    comments : list of str
        Lines above the records that begin with ``#``, without this character.
    is_padded : bool
        Whether blanks stand between delimiters and quotes.
    """

    delimiter: str
    records: list[Record]
    comments: list[str]
    is_padded: bool


def sample_lines(path: Path, text: str) -> SampleLines:
    """Split the first lines of a text table into records.

    Raises
    ------
    DataError
        If a line has more than 100,000 cells.
    """
    lines = list(io.StringIO(text, newline=""))
    hint = _HINT.fullmatch(lines[0])
    start = int(hint is not None)
    comments, start = _comments(lines, start)
    shown = _first(lines[start:])
    check_widths_of_lines(path, shown, hint["delimiter"] if hint else _DELIMITERS)
    delimiter = hint["delimiter"] if hint else _delimiter(path, shown)
    if hint is None and comments and comments[-1].startswith(delimiter) and delimiter:
        # The first column is called "#": this is the header.
        comments, start = comments[:-1], start - 1
        shown = _first(lines[start:])
    records = _records(shown, delimiter)
    padded = _records(shown, delimiter, is_padded=True)
    is_padded = _score(padded, delimiter) > _score(records, delimiter)
    records = [Record(cells, line + start) for cells, line in (padded if is_padded else records)]
    return SampleLines(delimiter, records, comments, is_padded)


def _first(lines: Sequence[str]) -> Sequence[str]:
    """Return the first lines: a hundred, or fewer if they are very long."""
    n, size = 0, 0
    while n < min(len(lines), _SAMPLE_LINES) and (n < _FEWEST_LINES or size < _SAMPLE_CHARACTERS):
        size += len(lines[n])
        n += 1
    return lines[:n]


def _comments(lines: Sequence[str], start: int) -> tuple[list[str], int]:
    """Return the comments above the table, and the index of the line after them."""
    comments = []
    for index, line in enumerate(lines[start:], start):
        if line.startswith("#"):
            comments.append(line[1:].strip())
        elif line.strip():
            return comments, index
    return [], start


def _records(lines: Sequence[str], delimiter: str, *, is_padded: bool = False) -> list[Record]:
    if delimiter == BLANKS:
        cells = [_split_at_blanks(line) for line in lines]
        return [Record(record, number) for number, record in enumerate(cells, 1) if record]
    with _cells_of_any_length(sum(map(len, lines))):
        reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=is_padded)
        return [Record(cells, reader.line_num) for cells in reader if any(map(str.strip, cells))]


@contextlib.contextmanager
def _cells_of_any_length(n_characters: int) -> Iterator[None]:
    """Let ``csv`` read cells of up to so many characters; its limit is one for all readers."""
    limit = csv.field_size_limit()
    try:
        csv.field_size_limit(max(limit, n_characters))
        yield
    finally:
        csv.field_size_limit(limit)


def _split_at_blanks(line: str) -> list[str]:
    return [cell.strip('"') for cell in re.findall(r'"[^"]*"|\S+', line)]


def _delimiter(path: Path, lines: Sequence[str]) -> str:
    """Return the delimiter that gives most lines the same number of cells, most of them values."""
    best, chosen = _Score(0.0, 0.0, False, 0), ","
    for delimiter in "\t,;|" if ".tsv" in path.suffixes else _DELIMITERS:
        score = max(
            _score(_records(lines, delimiter, is_padded=is_padded), delimiter)
            for is_padded in (False, True)
        )
        if score > best:
            best, chosen = score, delimiter
    if best.agreeing < _AGREEING and max(map(len, lines), default=0) <= 2 * MOST_COLUMNS:
        score = _score(_records(lines, BLANKS), BLANKS)
        # Words beside one another are a text, unless numbers stand among them.
        if score.agreeing >= _AGREEING and score.values >= 0.5:
            return BLANKS
    return chosen


class _Score(NamedTuple):
    """How well a delimiter fits; compared from the first number to the last.

    Attributes
    ----------
    agreeing : float
        Share of lines with the usual number of cells, rounded; 0 for one cell per line. Lines
        where it stands inside square brackets, as in a list of numbers, do not count.
    values : float
        Share of values among the cells of these lines.
    is_tab : bool
        Whether it is a tab, which is seldom part of a text.
    width : int
        Usual number of cells.
    """

    agreeing: float
    values: float
    is_tab: bool
    width: int


def _score(records: Sequence[Record], delimiter: str) -> _Score:
    usual = Counter(len(cells) for cells, _ in records).most_common(1)
    if not usual or usual[0][0] == 1:
        return _Score(0.0, 0.0, False, 0)
    width = usual[0][0]
    alike = [record for record, _ in records if len(record) == width]
    cells = [cell for record in alike for cell in record]
    values = sum(map(is_value, cells)) / len(cells)
    count = sum(not any(map(_is_part_of_list, record)) for record in alike)
    return _Score(round(count / len(records), 1), values, delimiter == "\t", width)


def _is_part_of_list(cell: str) -> bool:
    """Return whether a delimiter has split a list at this cell."""
    return cell.count("[") != cell.count("]")
