"""Wrapping of text at words, in columns of a terminal, where Chinese characters take two."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .._translation import width

__all__ = ["cut", "wrapped"]

_WIDE = r"\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
# A run of narrow characters, or one wide character; with the spaces before it.
_PIECE = re.compile(rf"\s*(?:[{_WIDE}]|[^\s{_WIDE}]+)")
# Punctuation, full-width or not, that must not begin or end a line.
_NEVER_FIRST = re.compile(
    r"[\uff0c\u3002\u3001\uff1b\uff1a\uff01\uff1f\uff09\u3011\u300b%,.;:!?)\]}]"
)
_NEVER_LAST = re.compile(r"[\uff08\u3010\u300a(\[{]$")


def wrapped(line: str, most: int) -> list[str]:
    """Return a line as lines of at most ``most`` columns, broken between words.

    Continuation lines have the indent of the first. A word that is too long for a line, such as a
    path, stays whole on a line of its own.
    """
    if width(line) <= most:
        return [line]
    indent = line[: len(line) - len(line.lstrip())]
    lines, now = [], ""
    for piece in _pieces(line):
        if not now.strip():
            now = indent + piece.strip()
        elif width(now) + width(piece) <= most:
            now += piece
        else:
            lines.append(now)
            now = indent + piece.strip()
    return [*lines, now] if now.strip() else lines


def _pieces(line: str) -> Iterator[str]:
    """Yield what must stay together: words, and wide characters with their punctuation."""
    held = ""
    for piece in _PIECE.findall(line):
        is_glued = _NEVER_FIRST.match(piece) or _NEVER_LAST.search(held)
        if held and not is_glued:
            yield held
            held = ""
        held += piece
    if held:
        yield held


def cut(text: str, most: int) -> str:
    """Return the text, or its beginning with "..." where it has more than ``most`` columns."""
    if width(text) <= most:
        return text
    kept = ""
    for character in text:
        if width(kept + character) > most - 3:
            break
        kept += character
    return kept + "..."
