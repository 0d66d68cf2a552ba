"""Deterministic, atomic output of figures."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from .._files import replacing
from ..errors import UsageError
from ._style import house_style

_DPI = 150
_MOST_PIXELS = 16_000  # per side: WebP supports 16,383, and matplotlib 65,535


def save_figure(figure: Figure, path: str | os.PathLike[str]) -> Path:
    """Write a figure to an SVG or PNG file, atomically.

    The same figure gives the same bytes: the file contains no date and no random ids.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Figure to write; not modified.
    path : str or path-like
        Ends in ``.svg`` or ``.png`` (150 dots per inch). Its folder is created if needed; an
        existing file is replaced.

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
        content = svg_text(figure).encode()
    elif suffix == ".png":
        content = png_bytes(figure)
    else:
        raise UsageError(f"A figure's file name must end in .svg or .png. Got {target.name!r}.")
    with replacing(target) as temporary:
        temporary.write_bytes(content)
    return target


def svg_text(figure: Figure) -> str:
    """Return a figure as SVG.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Figure to draw; not modified.

    Returns
    -------
    str
        SVG document, the same for the same figure; letters are drawn as outlines.
    """
    return _drawn(figure, "svg", {"Date": None, "Creator": None}).decode()


def png_bytes(figure: Figure) -> bytes:
    """Return a figure as PNG, 150 dots per inch.

    The resolution is lower for figures that would be more than 16,000 dots long.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Figure to draw; not modified.

    Returns
    -------
    bytes
        The same for the same figure.
    """
    return _drawn(figure, "png", {"Software": None})


def _drawn(figure: Figure, form: str, metadata: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    with house_style():
        dpi = min(_DPI, _MOST_PIXELS / max(figure.get_size_inches()))
        figure.savefig(buffer, format=form, dpi=dpi, metadata=metadata)
    return buffer.getvalue()
