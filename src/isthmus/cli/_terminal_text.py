"""Safe output of text to a terminal."""

from __future__ import annotations

import shutil
import sys
import unicodedata
from typing import Any, TextIO

__all__ = ["as_json_value", "one_line", "printable", "say", "terminal_width"]

_LONGEST = 2000
# Control, format and surrogate characters, line and paragraph separators: a terminal interprets
# them (colours, cursor, right-to-left) or cannot show them.
_UNSHOWN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


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


def terminal_width() -> int | None:
    """Return the number of columns of the terminal, or None if stdout is no terminal."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def say(text: str = "", *, stream: TextIO | None = None) -> None:
    """Print lines, with escapes for characters that are not printable or not in the encoding.

    Parameters
    ----------
    text : str
        One or more lines.
    stream : text file, default=None
        None is stdout.
    """
    stream = sys.stdout if stream is None else stream
    encoding = getattr(stream, "encoding", None) or "utf-8"
    shown = "\n".join(map(printable, text.split("\n")))
    print(shown.encode(encoding, "backslashreplace").decode(encoding), file=stream)


def as_json_value(value: Any) -> Any:
    """Return a value for JSON that has no form of its own: arrays as lists, others as text."""
    return value.tolist() if hasattr(value, "tolist") else str(value)
