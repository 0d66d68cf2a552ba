"""Script of an interactive page: one constant text, and its data as JSON that is not run."""

from __future__ import annotations

import base64
import functools
import hashlib
import importlib.resources
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from .._translation import Message, translate

__all__ = ["PageScript", "page_script"]

_WORDS = {
    "reset": Message("Reset"),
    "closer": Message("Zoom in"),
    "wider": Message("Zoom out"),
    "row": Message("row {n}", n="{n}"),
    "error": Message("error"),
    "none": Message("no label"),
    "other": Message("other"),
    "some": Message("{n} of {total} points", n="{n}", total="{total}"),
    "map": Message(
        "Point at a code to read it. Drag to move; zoom with two fingers, with Ctrl and the wheel, "
        "or with the wheel after a click. Keys: arrows, + and -, 0 to reset, N and P for the next "
        "and previous code."
    ),
    "curves": Message("Point at a curve to read it, or use the arrow keys."),
    "sort": Message("Sort by this column"),
}
_PARTS = ("plot", "map", "curves", "page")
_UNSAFE = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


@dataclass(frozen=True)
class PageScript:
    """Parts of an interactive page, safe to put into HTML.

    Attributes
    ----------
    text : Markup
        JavaScript.
    sha256 : str
        Its hash for a Content-Security-Policy, in base64.
    style : Markup
        CSS.
    data : Markup
        JSON, in which no character can end its element.
    """

    text: Markup
    sha256: str
    style: Markup
    data: Markup


def page_script(plots: Mapping[str, Any] | None, language: str) -> PageScript | None:
    """Return the script of a page and its data.

    Parameters
    ----------
    plots : mapping or None
        Values by ``isthmus.figures.interactive_data``.
    language : {"en", "zh"}
        Language of its texts.

    Returns
    -------
    PageScript or None
        None without values, for a page without a script.
    """
    if plots is None:
        return None
    text = _script()
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    words = {name: translate(word, language) for name, word in _WORDS.items()}
    data = json.dumps(
        {"words": words, "figures": dict(plots)},
        ensure_ascii=False,  # the page's font has the characters that are in its text
        allow_nan=False,
        separators=(",", ":"),
    )
    safe = data.translate(_UNSAFE)
    return PageScript(Markup(text), digest, Markup(_file("interactive.css")), Markup(safe))


@functools.cache
def _script() -> str:
    """Return the parts of the script as one function, so that they leave no names on the page."""
    parts = "\n".join(_file(f"interactive_{name}.js") for name in _PARTS)
    return f'"use strict";\n(() => {{\n{parts}\n}})();'


def _file(name: str) -> str:
    """Return a file of this package, without spaces around it."""
    return importlib.resources.files(__package__).joinpath(name).read_text("utf-8").strip()
