"""Deterministic, atomic output of figures."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.text import Text

from .._files import replacing
from ..errors import UsageError
from ._shown_text import dress
from ._style import house_style

_DPI = 150
_MOST_PIXELS = 16_000  # per side: WebP supports 16,383, and matplotlib 65,535


def save_figure(figure: Figure, path: str | os.PathLike[str], *, dpi: int = _DPI) -> Path:
    """Write a figure to an SVG, PNG or PDF file, atomically.

    The same figure gives the same bytes: the file contains no date and no random ids.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Figure to write; not modified.
    path : str or path-like
        Ends in ``.svg``, ``.png`` or ``.pdf``. Its folder is created if needed; an existing file is
        replaced.
    dpi : int, default=150
        Dots per inch of a PNG, and of what is rasterised in an SVG or PDF: points of maps.

    Returns
    -------
    pathlib.Path
        Path of the figure.

    Raises
    ------
    UsageError
        If the name has another suffix.
    OSError
        If the file cannot be written; an existing file is then not changed.
    """
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix == ".svg":
        content = svg_text(figure, dpi=dpi).encode()
    elif suffix == ".png":
        content = png_bytes(figure, dpi=dpi)
    elif suffix == ".pdf":
        content = pdf_bytes(figure, dpi=dpi)
    else:
        raise UsageError(
            f"A figure's file name must end in .svg, .png or .pdf. Got {target.name!r}."
        )
    with replacing(target) as temporary:
        temporary.write_bytes(content)
    return target


def svg_text(figure: Figure, *, dpi: int = _DPI) -> str:
    """Return a figure as SVG.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Figure to draw; not modified.
    dpi : int, default=150
        Dots per inch of what is rasterised.

    Returns
    -------
    str
        SVG document, the same for the same figure; letters are drawn as outlines.
    """
    return _drawn(figure, "svg", {"Date": None, "Creator": None}, dpi).decode()


def png_bytes(figure: Figure, *, dpi: int = _DPI) -> bytes:
    """Return a figure as PNG.

    The resolution is lower for figures that would be more than 16,000 dots long.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Figure to draw; not modified.
    dpi : int, default=150
        Dots per inch.

    Returns
    -------
    bytes
        The same for the same figure.
    """
    return _drawn(figure, "png", {"Software": None}, dpi)


def pdf_bytes(figure: Figure, *, dpi: int = _DPI) -> bytes:
    """Return a figure as PDF, with text as text in embedded TrueType fonts.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Figure to draw; not modified, except that fonts without TrueType outlines are replaced.
    dpi : int, default=150
        Dots per inch of what is rasterised.

    Returns
    -------
    bytes
        PDF of one page, the same for the same figure: it has no date.
    """
    for text in figure.findobj(Text):
        dress(text, embeddable=True)
    nothing = {"CreationDate": None, "Creator": None, "Producer": None}
    return _drawn(figure, "pdf", nothing, dpi)


def _drawn(figure: Figure, form: str, metadata: dict[str, Any], dpi: int) -> bytes:
    buffer = io.BytesIO()
    with house_style():
        fits = min(dpi, _MOST_PIXELS / max(figure.get_size_inches()))
        figure.savefig(buffer, format=form, dpi=fits, metadata=metadata)
    return buffer.getvalue()
