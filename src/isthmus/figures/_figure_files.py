"""Figures as bytes that are the same each time, and files that are whole or not there."""

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
_MOST_PIXELS = 16_000  # of a side: WebP holds 16,383, and matplotlib draws 65,535


def save_figure(figure: Figure, path: str | os.PathLike[str]) -> Path:
    """Write a figure to an SVG or PNG file, whole or not at all.

    The same figure gives the same bytes: no date and no random ids go into the file. It is
    written under a temporary name in the same folder and then renamed.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to write; not modified.
    path : str or path-like
        Ends in ``.svg`` or ``.png`` (150 dots an inch). Its folder is made if need be; a file
        of that name is replaced.

    Returns
    -------
    pathlib.Path
        Where the figure is.

    Raises
    ------
    UsageError
        If the name ends in anything else.
    OSError
        If the file cannot be written; an older file of that name is then untouched.
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
    """Return a figure as the text of an SVG file.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to draw; not modified.

    Returns
    -------
    str
        The whole document, the same for the same figure; letters are drawn as outlines.
    """
    return _drawn(figure, "svg", {"Date": None, "Creator": None}).decode()


def png_bytes(figure: Figure) -> bytes:
    """Return a figure as the bytes of a PNG file, 150 dots an inch.

    A figure that would be over 16,000 dots long has fewer to the inch.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to draw; not modified.

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
