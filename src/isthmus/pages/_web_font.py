"""The letters that a page needs and a reader's machine may lack."""

from __future__ import annotations

import base64
import functools
import io
from pathlib import Path

__all__ = ["web_font"]

_FIRST = "\N{CJK RADICAL REPEAT}"  # no letter before it is Chinese


def web_font(text: str, path: Path) -> str | None:
    """Return the Chinese letters of a text as a font for its page.

    Parameters
    ----------
    text : str
        What the page holds.
    path : pathlib.Path
        A TrueType font.

    Returns
    -------
    str or None
        A data URI of the font cut to these letters, some ten kilobytes; None if there are none.
    """
    chinese = frozenset(ord(letter) for letter in text if letter >= _FIRST)
    return _cut(chinese, path) if chinese else None


@functools.lru_cache(maxsize=4)
def _cut(letters: frozenset[int], path: Path) -> str | None:
    # Only pages in Chinese need these, and they would hold up every start.
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    with TTFont(path, recalcTimestamp=False) as font:
        kept = letters & font.getBestCmap().keys()
        if not kept:
            return None
        options = Options()
        options.flavor = "woff"
        options.notdef_outline = True
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=kept)
        subsetter.subset(font)
        font.flavor = "woff"
        out = io.BytesIO()
        font.save(out)
    return "data:font/woff;base64," + base64.b64encode(out.getvalue()).decode()
