"""Tables of text in columns that fit a terminal: cells wrap at words, then columns stack."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from .._translation import width
from ._terminal_text import one_line
from ._wrapped_text import wrapped

__all__ = ["fitted_table"]

_GAP = "  "
_WORDS = re.compile(r"\[[^\]]*\]|\S+")  # an interval in brackets stays together


def fitted_table(
    rows: Sequence[Sequence[str]], most: int | None = None, *, to_the_left: bool = False
) -> str:
    """Align cells in columns, the first column to the left and others to the right.

    Parameters
    ----------
    rows : sequence of sequences of str
        Cells; the first row is the head.
    most : int, default=None
        Columns of the terminal. If the table is wider, cells are wrapped at words; if that does not
        suffice, it is split into several tables with the same first column, as pandas does. None
        is any width.
    to_the_left : bool, default=False
        Whether to align all columns to the left.

    Returns
    -------
    str
        Tables are separated by an empty line.
    """
    cells = [[one_line(cell) for cell in row] for row in rows]
    columns = list(zip(*cells, strict=True))
    natural = [max(map(width, column)) for column in columns]
    least = [max(map(_widest_word, column)) for column in columns]
    if most is None or _total(natural) <= most:
        return _aligned(cells, natural, to_the_left)
    if _total(least) <= most:
        return _aligned(cells, _shrunk(least, natural, most), to_the_left)
    parts = []
    for part in _fitting(least, most):
        of_part = [[row[0], *row[part]] for row in cells]
        own = [[sizes[0], *sizes[part]] for sizes in (least, natural)]
        parts.append(_aligned(of_part, _shrunk(own[0], own[1], most), to_the_left))
    return "\n\n".join(parts)


def _widest_word(cell: str) -> int:
    return max(map(width, _WORDS.findall(cell)), default=0)


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _shrunk(least: Sequence[int], natural: Sequence[int], most: int) -> list[int]:
    """Return widths between two bounds that fit, first for columns that need little more."""
    widths, left = list(least), max(0, most - _total(least))
    needs = sorted(range(len(widths)), key=lambda k: natural[k] - least[k])
    for place, k in enumerate(needs):
        more = min(natural[k] - least[k], left // (len(needs) - place))
        widths[k] += more
        left -= more
    return widths


def _fitting(widths: Sequence[int], most: int) -> list[slice]:
    """Return the columns after the first in groups that fit beside it, at least one in each."""
    starts, taken = [1], widths[0]
    for k, own in enumerate(widths[1:], 1):
        taken += len(_GAP) + own
        if taken > most and k > starts[-1]:
            starts.append(k)
            taken = widths[0] + len(_GAP) + own
    return [slice(*ends) for ends in itertools.pairwise([*starts, len(widths)])]


def _aligned(rows: Sequence[Sequence[str]], widths: Sequence[int], to_the_left: bool) -> str:
    lines = []
    for row in rows:
        parts = [_parts(cell, most) for cell, most in zip(row, widths, strict=True)]
        for pieces in itertools.zip_longest(*parts, fillvalue=""):
            padded = [
                _padded(piece, most, not to_the_left and k > 0)
                for k, (piece, most) in enumerate(zip(pieces, widths, strict=True))
            ]
            lines.append(_GAP.join(padded).rstrip())
    return "\n".join(lines)


def _parts(cell: str, most: int) -> list[str]:
    if width(cell) <= most:
        return [cell]
    joined = _WORDS.sub(lambda word: word[0].replace(" ", "\0"), cell)
    return [part.replace("\0", " ") for part in wrapped(joined, most)]


def _padded(text: str, most: int, to_the_right: bool) -> str:
    space = " " * (most - width(text))
    return space + text if to_the_right else text + space
