"""Files of figures for papers: PDF with embedded fonts, and SVG and PNG in print resolution."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.text import Text

from .._files import replacing
from ._shown_text import dress
from ._style import house_style

__all__ = ["pdf_bytes", "save_for_paper"]

_DPI = 300  # what journals ask for
_MOST_PIXELS = 30_000  # per side: matplotlib supports 65,535
_UNDATED: dict[str, dict[str, Any]] = {
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "svg": {"Date": None, "Creator": None},
    "png": {"Software": None},
}


def save_for_paper(figure: Figure, path: str | os.PathLike[str]) -> Path:
    """Write a figure to a PDF, SVG or PNG file for print, atomically.

    The same figure gives the same bytes. What is rasterised, as the points of maps, has 300 dots
    per inch, fewer in figures over 100 inches. Letters are text in embedded TrueType fonts in a
    PDF, and outlines in an SVG.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Figure to write; not modified, except that for a PDF fonts without TrueType outlines are
        replaced.
    path : str or path-like
        Ends in ``.pdf``, ``.svg`` or ``.png``. Its folder is created if needed; an existing file
        is replaced.

    Returns
    -------
    pathlib.Path
        Path of the figure.

    Raises
    ------
    OSError
        If the file cannot be written; an existing file is then not changed.
    """
    target = Path(path)
    content = _printed(figure, target.suffix.lower().removeprefix("."))
    with replacing(target) as temporary:
        temporary.write_bytes(content)
    return target


def pdf_bytes(figure: Figure) -> bytes:
    """Return a figure as PDF, as for ``save_for_paper``.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Figure to draw; fonts without TrueType outlines are replaced.

    Returns
    -------
    bytes
        PDF of one page without a date, the same for the same figure.
    """
    return _printed(figure, "pdf")


def _printed(figure: Figure, form: str) -> bytes:
    if form == "pdf":
        for text in figure.findobj(Text):
            dress(text, embeddable=True)
    buffer = io.BytesIO()
    dpi = min(_DPI, _MOST_PIXELS / max(figure.get_size_inches()))
    with house_style():
        figure.savefig(buffer, format=form, dpi=dpi, metadata=_UNDATED[form])
    return buffer.getvalue()
