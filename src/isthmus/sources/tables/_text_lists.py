"""Columns of strings that are lists of numbers, as data frames write embeddings to a CSV file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from ..._translation import Message
from ._number_columns import first_values

__all__ = ["TextLists", "begins_with_list", "to_lists"]

_SAMPLE = 200  # cells
_MOSTLY = 0.5  # share of lists above which a column that is none gets a note
_ELEMENT = r"(?:[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|nan|NaN|None|null)"
_LIST = rf"^\[\s*{_ELEMENT}(?:(?:\s*,\s*|\s+){_ELEMENT})*\s*\]$"
_SPECIAL = r"n|N|[\s,\[]\+"
_NO_NUMBER = ("nan", "NaN", "None", "null")
_EMPTY = r"^\[\s*\]$"


class TextLists(NamedTuple):
    """What a column that begins with a list is.

    Attributes
    ----------
    column : pyarrow.ChunkedArray or None
        Lists of float64, all of one length; null where a cell is missing or an empty list. None if
        the column is text.
    lengths : tuple of int and int, or None
        Shortest and longest list, if they differ.
    stray : tuple of str and int, or None
        A cell that is no list of numbers, and the index of its row.
    """

    column: Any
    lengths: tuple[int, int] | None = None
    stray: tuple[str, int] | None = None

    def note(self, name: str, row_number: Callable[[int], int]) -> Message:
        """Return why a column of this name is text; ``row_number`` as for ``typed_table``."""
        if self.stray is not None:
            return Message(
                "Column `{name}` was read as text: most of its values are lists of numbers, but "
                "not {value!r} in row {row:,}.",
                name=name,
                value=self.stray[0],
                row=row_number(self.stray[1]) + 1,
            )
        shortest, longest = self.lengths or (0, 0)
        return Message(
            "Column `{name}` was read as text: its values are lists of different lengths, from "
            "{shortest:,} to {longest:,} numbers.",
            name=name,
            shortest=shortest,
            longest=longest,
        )


def begins_with_list(values: Any) -> bool:
    """Return whether the first value of a column of trimmed strings is in square brackets."""
    first = first_values(values, 1)[0].as_py()
    return bool(first.startswith("[") and first.endswith("]"))


def to_lists(values: Any) -> TextLists | None:
    """Return a column of trimmed strings as lists of numbers.

    The numbers are separated by commas, as Python and JSON write lists, or by blanks, as NumPy
    writes arrays. A length of one is no list.

    Parameters
    ----------
    values : pyarrow.ChunkedArray
        Strings; null for missing values. At least one value.

    Returns
    -------
    TextLists or None
        None if the column does not look like lists of numbers.
    """
    some = first_values(values, _SAMPLE)
    if pc.mean(pc.match_substring_regex(some, _LIST).cast(pa.int8())).as_py() <= _MOSTLY:
        return None
    present = pc.if_else(pc.match_substring_regex(values, _EMPTY), None, values)
    is_list = pc.match_substring_regex(present, _LIST)
    if pc.all(is_list).as_py() is False:
        return _strays(present, pc.index(is_list, False).as_py())
    lists = _split(present)
    lengths = pc.list_value_length(lists)
    shortest, longest = pc.min_max(lengths).as_py().values()
    if shortest != longest:
        return TextLists(None, lengths=(shortest, longest))
    return TextLists(lists) if longest > 1 else None


def _strays(present: Any, row: int) -> TextLists:
    value = present[row].as_py()
    shown = value if len(value) <= 40 else f"{value[:37]}..."
    return TextLists(None, stray=(shown, row))


def _split(present: Any) -> Any:
    """Return strings that are lists of numbers as lists of float64."""
    parts = pc.ascii_split_whitespace(_inside(present)).combine_chunks()
    elements = pc.list_flatten(parts)
    if pc.any(pc.match_substring_regex(present, _SPECIAL)).as_py():
        elements = pc.utf8_ltrim(elements, "+")
        elements = pc.if_else(pc.is_in(elements, value_set=pa.array(_NO_NUMBER)), "nan", elements)
    counts = pc.fill_null(pc.list_value_length(parts), 0)
    ends = pc.cumulative_sum(counts).cast(pa.int32())
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), ends])
    lists = pa.ListArray.from_arrays(offsets, elements.cast(pa.float64()), mask=parts.is_null())
    return pa.chunked_array([lists])


def _inside(present: Any) -> Any:
    """Return the numbers of lists, separated by blanks."""
    inside = pc.utf8_trim(present, "[] \t\r\n")
    return pc.replace_substring(inside, ",", " ")
