"""Layout of a table of cells: lines above it, its header, and a line of units."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ..._translation import Message
from .._dataset import listed
from ._cell_forms import is_number, is_value, is_word
from ._column_names import numbered_names, unique_names
from ._delimiters import Record

__all__ = ["Layout", "layout_of"]

_FEWEST_WORDS = 4  # per cell of a text column: column names are shorter
_LONGEST_UNIT = 16


@dataclass(frozen=True)
class Layout:
    """Where a table's names and rows are.

    Attributes
    ----------
    names : tuple of str
        A different one for each column.
    n_lines : int
        Number of lines above the first row.
    rows : list of list of str
        First rows, which have at least one cell.
    notes : tuple of str
        What was skipped or assumed.
    """

    names: tuple[str, ...]
    n_lines: int
    rows: list[list[str]]
    notes: tuple[str, ...]


def layout_of(
    records: Sequence[Record], *, header: bool | None = None, comment: Sequence[str] | None = None
) -> Layout:
    """Find the header and the first row.

    Parameters
    ----------
    records : sequence of Record
        First records, at least one.
    header : bool, default=None
        Whether the first record has the names; None detects it.
    comment : sequence of str, default=None
        Cells of the last comment above the table, which may be the names.
    """
    width = _usual_width(records)
    start = _first_of_table(records, width)
    notes: list[str] = []
    if start:
        # Comments are not counted: they are marked as no part of the table.
        notes.append(_skipped(start))
    table = [cells for cells, _ in records[start:]]
    n_lines = records[start - 1].line if start else 0
    is_guess = header is None
    if header is None:
        header = _has_header(table)
    if header:
        n_lines = records[start].line
        names = _header_cells(table, width)
        remark = _remark_on_numbers(names)
        table = table[1:]
    elif comment is not None and len(comment) == width:
        names, remark = list(comment), []
    else:
        names, remark = (
            list(numbered_names(width)),
            [_no_header_note(table[0], width)] if is_guess else [],
        )
    unique, renamed = unique_names(names)
    if header and _is_line_of_units(table, len(unique)):
        n_lines = records[start + 1].line
        table = table[1:]
        notes.append(Message("Skipped a line of units below the column names."))
    return Layout(unique, n_lines, table, (*notes, *remark, *renamed))


def _skipped(n: int) -> str:
    return Message.plural(
        "Skipped {n:,} line above the table.", "Skipped {n:,} lines above the table.", n
    )


def _usual_width(records: Sequence[Record]) -> int:
    return Counter(len(cells) for cells, _ in records).most_common(1)[0][0]


def _first_of_table(records: Sequence[Record], width: int) -> int:
    """Return the index of the first record that is no title."""
    for index in range(len(records) - 1):
        if not _is_title(records[index:], width):
            return index
    return 0


def _is_title(records: Sequence[Record], width: int) -> bool:
    (cells, _), *rest = records
    filled = [cell for cell in cells if cell.strip()]
    if len(filled) == 1 < width - 1 and is_word(filled[0]):
        # The only name of a table, as in `,,b`, is above its values; a title begins the line.
        column = cells.index(filled[0])
        return column == 0 or not _is_above_values(
            filled[0], _below([r.cells for r in rest], column)
        )
    if len(cells) >= width or _is_short_header(records, width):
        return False
    if not any(map(is_number, filled)):
        return True
    # A few numbers and words above a table, such as its number of rows and classes.
    is_narrow = len(cells) < width - 1 and any(map(is_word, filled))
    return is_narrow and all(len(record) == width for record, _ in rest)


def _is_short_header(records: Sequence[Record], width: int) -> bool:
    """Return whether R wrote row names but no name for them, or rows end in a delimiter."""
    (first, _), *rest = records
    return (
        len(first) == width - 1
        and all(map(is_word, first))
        and all(len(cells) == width for cells, _ in rest)
        and any(map(is_value, rest[0].cells))
    )


def _header_cells(table: Sequence[Sequence[str]], width: int) -> list[str]:
    first, rest = list(table[0]), table[1:]
    if len(first) == width - 1 and rest:
        ends_in_delimiter = not any(record[-1].strip() for record in rest if len(record) == width)
        return [*first, ""] if ends_in_delimiter else ["", *first]
    return first


def _has_header(table: Sequence[Sequence[str]]) -> bool:
    first, rest = table[0], table[1:]
    if [*first] in [[*record] for record in rest]:
        return all(map(is_word, first))  # files of one header each, joined
    numbers = [cell.strip() for cell in first if is_value(cell)]
    if not numbers:
        if any(_is_above_values(cell, _below(rest, j)) for j, cell in enumerate(first)):
            return True  # although a name may also be a value of its own column
        return not any(_comes_again_often(cell, _below(rest, j)) for j, cell in enumerate(first))
    if len(numbers) >= 3 and numbers == [str(k) for k in range(len(numbers))]:
        return True  # 0, 1, 2, ...: the names that a data frame without names writes
    if first[0].strip() and _are_measured(numbers):
        return False
    # A word in a line of values, such as a label, also occurs further down in its column. A name
    # does not, and neither does the empty name of a row index.
    words = [(j, cell) for j, cell in enumerate(first) if not cell.strip() or is_word(cell)]
    if any(cell.strip() and cell in _below(rest, j) for j, cell in words):
        return False
    return any((cell.strip() or j == 0) and _is_name(cell, _below(rest, j)) for j, cell in words)


def _are_measured(numbers: Sequence[str]) -> bool:
    """Return whether numbers are no names: they have decimals, and do not ascend."""
    plain = [float(cell) for cell in numbers if is_number(cell)]
    has_decimals = any("." in cell for cell in numbers)
    return len(plain) > 2 and has_decimals and plain != sorted(plain)


def _below(rest: Sequence[Sequence[str]], column: int) -> list[str]:
    return [record[column] for record in rest if column < len(record)]


def _is_above_values(cell: str, below: list[str]) -> bool:
    """Return whether a cell is a word, and all cells below it are numbers or dates."""
    filled = [text for text in below if text.strip()]
    return is_word(cell) and len(filled) > 1 and all(map(is_value, filled))


def _comes_again_often(cell: str, below: list[str]) -> bool:
    """Return whether a word is one of the few different words of its column."""
    return (
        bool(cell.strip())
        and below.count(cell) > 1
        and 2 * len(set(below)) <= len(below)
        and not any(map(is_value, below))
    )


def _is_name(cell: str, below: list[str]) -> bool:
    """Return whether a cell is a name rather than a value, judged by the cells below it."""
    if cell in below:
        return False
    # All texts differ, so a text need not occur again further down.
    lengths = sorted(len(text.split()) for text in (cell, *below))
    middle = lengths[len(lengths) // 2]
    return len(cell.split()) < _FEWEST_WORDS or middle < _FEWEST_WORDS


def _is_line_of_units(table: Sequence[Sequence[str]], width: int) -> bool:
    """Return whether the first row has words where all other rows have values."""
    if len(table) < 3 or len(table[0]) != width:
        return False
    first, rest = table[0], table[1:]
    n_units = n_columns = 0
    for j, cell in enumerate(first):
        below = [text for text in _below(rest, j) if text.strip()]
        if not below or any(map(is_word, below)):
            continue
        if is_value(cell) or len(cell) > _LONGEST_UNIT:
            return False
        n_columns += 1
        n_units += is_word(cell)
    return n_units > 0 and 2 * n_units >= n_columns


def _no_header_note(first: Sequence[str], width: int) -> str:
    shown = listed(numbered_names(width), shown=3)
    if any(map(is_value, first)):
        return Message("The first line contains values; columns are named {names}.", names=shown)
    return Message(
        "The first line was read as values, for its words occur again below; columns are named "
        "{names}. If it has the names, pass `--header`.",
        names=shown,
    )


def _remark_on_numbers(cells: Sequence[str]) -> list[str]:
    """Return a note if the header may have been misjudged."""
    numbers = [cell.strip() for cell in cells if is_value(cell)]
    if not numbers:
        return []
    return [
        Message(
            "The first line was read as column names, including {names}.", names=listed(numbers)
        )
    ]
