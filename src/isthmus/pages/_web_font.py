"""Web font with the Chinese characters of a page."""

from __future__ import annotations

import base64
import functools
import io
from pathlib import Path

__all__ = ["web_font"]

_FIRST = "\N{CJK RADICAL REPEAT}"  # no character before it is Chinese


def web_font(text: str, path: Path) -> str | None:
    """Return a font with the Chinese characters of a text.

    Parameters
    ----------
    text : str
        Text of the page.
    path : pathlib.Path
        TrueType font.

    Returns
    -------
    str or None
        Data URI of the reduced font, about ten kilobytes; None if there are no such characters.
    """
    chinese = frozenset(ord(letter) for letter in text if letter >= _FIRST)
    return _cut(chinese, path) if chinese else None


@functools.lru_cache(maxsize=4)
def _cut(letters: frozenset[int], path: Path) -> str | None:
    # Imported here: only Chinese pages need it, and it would slow down every start.
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
