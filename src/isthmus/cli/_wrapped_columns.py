"""Tables of texts whose cells are wrapped, so that each column keeps to its width."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .._translation import width

__all__ = ["wrapped_columns"]

_GAP = 2
_NARROWEST = 12
_PIECES = re.compile(r"\s*[^\s\u2e80-\uffef]+|\s*[\u2e80-\uffef]")  # words, wide characters


def wrapped_columns(rows: Sequence[Sequence[str]], most: int | None = None) -> str:
    """Align cells to the left in columns; too wide cells go on in the next line.

    Parameters
    ----------
    rows : sequence of sequence of str
        Cells of one line each; the first row is the head.
    most : int, default=None
        Width to keep to, if columns of at least twelve characters fit; None for any width.
    """
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    if most is not None:
        widths = _narrowed(widths, most - _GAP * (len(widths) - 1))
    lines = []
    for row in rows:
        parts = [_wrapped(cell, own) for cell, own in zip(row, widths, strict=True)]
        for k in range(max(map(len, parts))):
            cells = [part[k] if k < len(part) else "" for part in parts]
            padded = (
                cell + " " * (own - width(cell)) for cell, own in zip(cells, widths, strict=True)
            )
            lines.append((" " * _GAP).join(padded).rstrip())
    return "\n".join(lines)


def _narrowed(widths: Sequence[int], most: int) -> list[int]:
    """Return widths of a sum of at most ``most``, taken from the widest columns."""
    widths = list(widths)
    while sum(widths) > most and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return widths


def _wrapped(text: str, most: int) -> list[str]:
    """Return lines of at most ``most`` columns, cut at blanks and between wide characters."""
    lines = [""]
    for piece in _PIECES.findall(text):
        if lines[-1] and width(lines[-1]) + width(piece) > most:
            lines.append("")
        rest = piece if lines[-1] else piece.lstrip()
        while width(rest) > most:  # a word that is wider than its column
            cut = next(k for k in range(len(rest), 0, -1) if k == 1 or width(rest[:k]) <= most)
            lines[-1], rest = rest[:cut], rest[cut:]
            lines.append("")
        lines[-1] += rest
    return lines
