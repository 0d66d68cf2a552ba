"""Headers of ARFF files: the attributes, with their types; and what cells look like."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ...errors import DataError
from ._table_widths import check_width

__all__ = ["CELL", "TAB_CELL", "Attribute", "attributes_of", "cells_of", "lines_of", "unreadable"]

_MOST_SHOWN = 40
_QUOTED = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
_IS_QUOTED = re.compile(_QUOTED)
CELL = re.compile(rf"\s*({_QUOTED}|[^,]*)\s*(,|$)")
TAB_CELL = re.compile(rf" *({_QUOTED}|[^\t]*) *(\t|$)")
_ATTRIBUTE = re.compile(rf"@attribute\s+({_QUOTED}|\S+)\s+(.*)", re.IGNORECASE)
_DATE = re.compile(rf"date\s*({_QUOTED}|\S*)\s*", re.IGNORECASE)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}
_COMMENT = re.compile(r"\s+%.*")
_NUMBER = re.compile(r"(numeric|real|integer)\s*(\[.*\])?", re.IGNORECASE)  # and a range, as KEEL's
_OTHER_LINES = {"@relation", "@input", "@inputs", "@output", "@outputs"}
_ISO = "yyyy-MM-dd'T'HH:mm:ss"  # the format of dates that state none
# Letters of Java's SimpleDateFormat, and texts in quotes.
_DATE_PART = re.compile(r"'[^']*'|([a-zA-Z])\1*|.")
_DATE_PARTS = {"yyyy": "%Y", "yy": "%y", "MM": "%m", "M": "%m", "MMM": "%b", "MMMM": "%B"}
_DATE_PARTS |= {"dd": "%d", "d": "%d", "HH": "%H", "H": "%H", "mm": "%M", "ss": "%S", "SSS": "%f"}


class Attribute(NamedTuple):
    """A column.

    Attributes
    ----------
    name : str
    kind : str
        "number", "string", "nominal" or "date".
    levels : frozenset of str
        Values of a nominal attribute.
    format : str
        Format of dates, for ``datetime.strptime``.
    """

    name: str
    kind: str
    levels: frozenset[str] = frozenset()
    format: str = ""


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines with their numbers from 1, without comments and empty ones."""
    for number, line in enumerate(io.StringIO(text, newline=None), 1):
        if line.strip() and not line.lstrip().startswith("%"):
            yield number, line.strip(" \n")  # an empty cell may be before or behind a tab


def attributes_of(path: Path, lines: Iterator[tuple[int, str]]) -> list[Attribute]:
    """Return the attributes of a header, up to and with its @data."""
    attributes: list[Attribute] = []
    for number, line in lines:
        word = line.split(maxsplit=1)[0].lower()
        if word == "@data":
            break
        found = _ATTRIBUTE.fullmatch(line)
        if found:
            given = found[2].strip()
            if not given.startswith("{"):
                given = _COMMENT.sub("", given)
            name = _plain(path, number, found[1])
            attributes.append(_attribute(path, number, name, given))
            check_width(path, len(attributes))
        elif word not in _OTHER_LINES:
            rule = f"line {number} must be @relation, @attribute NAME TYPE or @data"
            raise unreadable(path, rule)
    else:
        raise unreadable(path, "it has no @data")
    if not attributes:
        raise unreadable(path, "it has no @attribute")
    return attributes


def _attribute(path: Path, number: int, name: str, given: str) -> Attribute:
    if _NUMBER.fullmatch(given):
        return Attribute(name, "number")
    if given.lower() == "string":
        return Attribute(name, "string")
    if given.startswith("{") and given.endswith("}"):
        levels = cells_of(path, number, given[1:-1], CELL)
        return Attribute(name, "nominal", frozenset(each for each in levels if each is not None))
    if date := _DATE.fullmatch(given):
        return Attribute(name, "date", format=_date_format(path, number, date[1]))
    raise unreadable(
        path,
        "attributes must be numeric, string, date or a list of levels in braces, not "
        f"{given[:_MOST_SHOWN]!r} as in line {number}",
    )


def _date_format(path: Path, number: int, given: str) -> str:
    """Return a format of Java's ``SimpleDateFormat`` as one of ``strptime``."""
    known: list[str] = []

    def part(found: re.Match[str]) -> str:
        if found[1] is None or found[0].startswith("'"):
            return found[0].strip("'").replace("%", "%%")
        known.append(_DATE_PARTS.get(found[0], ""))
        return known[-1]

    given = _plain(path, number, given)
    form = _DATE_PART.sub(part, given or _ISO)
    if "" in known or len({*known}) < len(known):
        reason = f"{given[:_MOST_SHOWN]!r} in line {number} is no known format of dates"
        raise unreadable(path, reason)
    return form


def cells_of(path: Path, number: int, line: str, pattern: re.Pattern[str]) -> list[str | None]:
    """Return the cells of a line, None for those that are missing."""
    cells: list[str | None] = []
    for found in pattern.finditer(line):
        cell = found[1].rstrip()
        cells.append(None if cell in ("?", "") else _plain(path, number, cell))
        if not found[2]:
            break
    return cells


def _plain(path: Path, number: int, cell: str) -> str:
    """Return a cell without its quotes and escapes."""
    if cell[:1] not in ("'", '"'):
        return cell
    if not _IS_QUOTED.fullmatch(cell):
        raise unreadable(path, f"a quote ({cell[0]}) in line {number} is never closed")
    return _ESCAPE.sub(_unescaped, cell[1:-1])


def _unescaped(found: re.Match[str]) -> str:
    code = found[1]
    if len(code) == 1:
        return _ESCAPED.get(code, code)
    character = chr(int(code[1:], 16))
    return "\ufffd" if "\ud800" <= character <= "\udfff" else character  # half of a pair


def unreadable(path: Path, reason: str) -> DataError:
    return DataError(f"`{path}` cannot be read as ARFF: {reason}. Save the table as CSV.")
