"""Safe output of text to a terminal: printable, wrapped at words, in colour where that helps."""

from __future__ import annotations

import json
import os
import shutil
import sys
import unicodedata
from typing import Any, TextIO

from .._write_errors import write_error
from ._wrapped_text import cut, wrapped

__all__ = [
    "NAME",
    "Printed",
    "as_json_value",
    "is_live",
    "is_plain",
    "one_line",
    "printable",
    "say",
    "say_json",
    "show_line",
    "terminal_width",
    "uses_colour",
    "without_colour",
]

NAME = "isthmus:"  # begins warnings and errors
_LONGEST = 2000
# Control, format and surrogate characters, line and paragraph separators: a terminal interprets
# them (colours, cursor, right-to-left) or cannot show them.
_UNSHOWN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_CODES = {"bold": "1", "dim": "2", "red": "1;31", "yellow": "1;33", "green": "32"}
_ERASED = "\r\x1b[2K"


class Printed:
    """What the running command has printed."""

    n_documents = 0  # on stdout, as JSON


class _Screen:
    """State of this process's terminal."""

    is_plain = False  # --no-color
    has_status = False  # whether a status line is to be erased


def printable(text: str) -> str:
    r"""Return one line of text with escapes (``\x1b``) for characters that are not printable."""
    return "".join(
        c.encode("unicode_escape").decode() if unicodedata.category(c) in _UNSHOWN else c
        for c in text
    )


def one_line(text: str) -> str:
    """Return a text as one printable line of at most 2,000 characters."""
    line = printable(" ".join(text.split()))
    return line if len(line) <= _LONGEST else line[:_LONGEST] + "..."


def terminal_width(stream: TextIO | None = None) -> int | None:
    """Return the number of columns of the terminal, or None if the stream is no terminal."""
    stream = sys.stdout if stream is None else stream
    return shutil.get_terminal_size().columns if stream.isatty() else None


def without_colour() -> None:
    """Print without colour and weight from now on, as ``--no-color`` asks."""
    _Screen.is_plain = True


def is_plain() -> bool:
    """Return whether ``--no-color`` is set."""
    return _Screen.is_plain


def uses_colour(stream: TextIO) -> bool:
    """Return whether to print in colour.

    ``--no-color`` and NO_COLOR come first, then FORCE_COLOR; otherwise terminals have colours.
    """
    if _Screen.is_plain or os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def say(text: str = "", *, stream: TextIO | None = None, style: str = "", styled: str = "") -> None:
    """Print lines, with escapes for characters that are not printable or not in the encoding.

    On a terminal, long lines are wrapped at words.

    Parameters
    ----------
    text : str
        One or more lines.
    stream : text file, default=None
        None is stdout.
    style : {"", "bold", "dim", "red", "yellow", "green"}, default=""
        Colour or weight on a terminal.
    styled : str, default=""
        Beginning of the text that has the style, such as ``isthmus:``; all of it by default.
    """
    stream = sys.stdout if stream is None else stream
    encoding = getattr(stream, "encoding", None) or "utf-8"
    most = terminal_width(stream)
    lines = [printable(line) for line in text.split("\n")]
    if most is not None:
        lines = [part for line in lines for part in wrapped(line, most)]
    shown = "\n".join(lines).encode(encoding, "backslashreplace").decode(encoding)
    if style and uses_colour(stream):
        head = styled or shown
        shown = f"\x1b[{_CODES[style]}m{head}\x1b[0m{shown.removeprefix(head)}"
    _erase_status()
    _put(shown, stream)


def say_json(document: Any, *, indent: int = 2) -> None:
    """Print a JSON document on stdout, with null for numbers that JSON lacks, such as NaN."""
    _erase_status()
    Printed.n_documents += 1
    try:
        text = json.dumps(document, indent=indent, default=as_json_value, allow_nan=False)
    except ValueError:
        loose = json.dumps(document, default=as_json_value)
        text = json.dumps(json.loads(loose, parse_constant=lambda _: None), indent=indent)
    _put(text, sys.stdout)


def _put(text: str, stream: TextIO) -> None:
    """Print a text; an error that has no file name is that of stdout."""
    try:
        print(text, file=stream)
    except BrokenPipeError:
        raise
    except OSError as error:
        if stream is not sys.stdout:
            raise
        raise write_error("Standard output", error.errno or 0) from error


def as_json_value(value: Any) -> Any:
    """Return a value for JSON that has no form of its own: arrays as lists, others as text."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


def is_live() -> bool:
    """Return whether stderr is a terminal whose lines can be written again."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def show_line(text: str = "") -> None:
    """Show a line on stderr, on a terminal only, until the next or ``say``; "" erases it."""
    _erase_status()
    if text and is_live():
        line = cut(one_line(text), shutil.get_terminal_size().columns - 1)
        line = f"\x1b[2m{line}\x1b[0m" if uses_colour(sys.stderr) else line
        sys.stderr.write(line)
        sys.stderr.flush()
        _Screen.has_status = True


def _erase_status() -> None:
    if _Screen.has_status:
        _Screen.has_status = False
        sys.stderr.write(_ERASED)
        sys.stderr.flush()
