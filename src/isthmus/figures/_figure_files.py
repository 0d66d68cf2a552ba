"""Deterministic, atomic output of figures."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from .._files import replacing
from ..errors import UsageError
from ._paper_files import pdf_bytes
from ._style import DARK, house_style

_DPI = 150
_SVG_DPI = 192  # of points drawn as a picture: twice the pixels of a page
_MOST_PIXELS = 16_000  # per side: WebP supports 16,383, and matplotlib 65,535


def save_figure(figure: Figure, path: str | os.PathLike[str]) -> Path:
    """Write a figure to an SVG, PNG or PDF file, atomically.

    The same figure gives the same bytes: the file contains no date and no random ids.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Figure to write; not modified.
    path : str or path-like
        Ends in ``.svg``, ``.png`` (150 dots per inch) or ``.pdf``. Its folder is created if
        needed; an existing file is replaced.

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
    elif suffix == ".pdf":
        content = pdf_bytes(figure)
    else:
        raise UsageError(
            f"A figure's file name must end in .svg, .png or .pdf. Got {target.name!r}."
        )
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
        SVG document, the same for the same figure; letters are drawn as outlines. Viewers with a
        dark theme, as browsers, show the figure's own colours as light ones on dark paper.
    """
    with _own_pixels(figure):
        text = _drawn(figure, "svg", {"Date": None, "Creator": None}).decode()
    return _with_dark_colours(re.sub(r"<image[^>]*>", _scaled_well, text))


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


@contextmanager
def _own_pixels(figure: Figure) -> Iterator[None]:
    """Draw pictures with their own pixels, for the viewer to scale."""
    pictures = [picture for axes in figure.axes for picture in axes.images]
    before = [picture.get_interpolation() for picture in pictures]
    for picture in pictures:
        picture.set_interpolation("none")
    try:
        yield
    finally:
        for picture, interpolation in zip(pictures, before, strict=True):
            picture.set_interpolation(interpolation)


def _scaled_well(tag: re.Match[str]) -> str:
    """Return a picture's tag without crisp pixels if it is drawn smaller than it is."""
    scale = re.search(r"matrix\(([\d.]+)", tag[0])
    if scale is None or float(scale[1]) >= 0.75:  # points per pixel
        return tag[0]
    return tag[0].replace("image-rendering:crisp-edges;image-rendering:pixelated", "")


def _with_dark_colours(svg: str) -> str:
    """Return an SVG that has other colours in a dark theme, except on paper."""
    rules = [
        f'[style*="{part}: {light}"]{{{part}:{dark}!important}}'
        for light, dark in DARK.items()
        for part in ("fill", "stroke")
        if f"{part}: {light}" in svg
    ]
    style = f"<style>@media screen and (prefers-color-scheme:dark){{{''.join(rules)}}}</style>"
    return svg.replace("</defs>", f"</defs>\n {style}", 1)


def _drawn(figure: Figure, form: str, metadata: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    with house_style():
        wanted = _SVG_DPI if form == "svg" else _DPI
        dpi = min(wanted, _MOST_PIXELS / max(figure.get_size_inches()))
        figure.savefig(buffer, format=form, dpi=dpi, metadata=metadata)
    return buffer.getvalue()
