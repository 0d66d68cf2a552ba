"""Figures as data: URIs, small enough that a page with all of them stays below two megabytes."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray
from PIL import Image, features

from ..errors import UsageError

__all__ = ["EmbeddedFigure", "embedded_figure"]

_MEDIA_TYPES = {".svg": "image/svg+xml", ".png": "image/png"}
_MOST_WEBP = 16_383  # pixels per side
_LARGE_PNG = 100_000  # bytes
_LARGE_INNER_PNG = 20_000
_MOST_SHOWN = 900  # pixels per side
_MOST_OFF = 4.0  # levels of 255, on average, by which a palette may change a picture
_INNER_PNG = re.compile(r"data:image/png;base64,\s*([A-Za-z0-9+/=\s]+)")
_NOT_DRAWN = re.compile(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>", re.S)
_UNQUOTED = " '(),-./:;=?@[]_!*$+{}^|~"  # characters that a URI in double quotes can contain


@dataclass(frozen=True)
class EmbeddedFigure:
    """Figure inside a page.

    Attributes
    ----------
    uri : str
        data: URI; empty if the file is missing.
    is_adaptive : bool
        Whether the figure has colours of its own for a dark theme.
    """

    uri: str
    is_adaptive: bool = False


def embedded_figure(folder: Path, file: str) -> EmbeddedFigure:
    """Return a figure of a run folder for a page; the file is not changed.

    Parameters
    ----------
    folder : pathlib.Path
        Run folder.
    file : str
        SVG or PNG file in it.

    Returns
    -------
    EmbeddedFigure

    Raises
    ------
    UsageError
        If the file is outside the folder, or has another suffix.
    """
    path = folder / file
    media_type = _MEDIA_TYPES.get(path.suffix.lower())
    # A report may be sent to others: it must not include files outside the run folder.
    if media_type is None or not path.resolve().is_relative_to(folder.resolve()):
        raise UsageError(
            f"A report's figure must be an SVG or PNG file in the run's folder. Got {file!r}."
        )
    if not path.is_file():
        return EmbeddedFigure("")
    content = path.read_bytes()
    if media_type == "image/svg+xml":
        svg = content.decode("utf-8")
        return EmbeddedFigure(_svg_uri(svg), "prefers-color-scheme" in svg)
    return EmbeddedFigure(_png_uri(content, _LARGE_PNG))


def _png_uri(png: bytes, large: int) -> str:
    media_type, content = ("image/png", png) if len(png) <= large else _smaller(png)
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


def _smaller(png: bytes) -> tuple[str, bytes]:
    """Return a picture as WebP, a quarter of the size, if WebP supports its dimensions."""
    if not features.check("webp"):
        return "image/png", png
    buffer = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        if max(picture.size) > _MOST_WEBP:
            return "image/png", png
        mode = "RGBA" if picture.has_transparency_data else "RGB"
        picture.convert(mode).save(buffer, "WEBP", quality=90)
    return "image/webp", buffer.getvalue()


def _svg_uri(svg: str) -> Markup:
    """Return an SVG as a URI of its text, which is shorter than base64.

    What is not drawn is left out, and large pictures inside become WebP.
    """
    text = _INNER_PNG.sub(_shorter_inner, _NOT_DRAWN.sub("", svg))
    text = re.sub(r"\s+", " ", text).replace("> <", "><").strip()
    if "'" not in text:
        text = text.replace('"', "'")
    return Markup(f"data:image/svg+xml,{quote(text, safe=_UNQUOTED)}")


def _shorter_inner(found: re.Match[str]) -> str:
    png = base64.b64decode(found[1])
    if len(png) <= _LARGE_INNER_PNG:
        return _png_uri(png, len(png))
    few = _with_palette(png)
    return _png_uri(_reduced(png), 0) if few is None else _png_uri(few, len(few))


def _reduced(png: bytes) -> bytes:
    """Return a picture with at most as many pixels as a page shows of it on a sharp screen."""
    buffer = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        if max(picture.size) <= _MOST_SHOWN:
            return png
        picture.thumbnail((_MOST_SHOWN, _MOST_SHOWN), Image.Resampling.LANCZOS)
        picture.save(buffer, "PNG")
    return buffer.getvalue()


def _with_palette(png: bytes) -> bytes | None:
    """Return a picture with at most 256 colours; None if that changes it, as it does photos."""
    with Image.open(io.BytesIO(png)) as picture:
        few = picture.convert("RGBA").quantize(256, method=Image.Quantize.FASTOCTREE)
        before, after = (_seen(image) for image in (picture, few))
    if np.abs(before - after).mean() > _MOST_OFF:
        return None
    buffer = io.BytesIO()
    few.save(buffer, "PNG", optimize=True)
    return min(png, buffer.getvalue(), key=len)


def _seen(picture: Image.Image) -> NDArray[np.float32]:
    """Return the colours of a picture on black."""
    pixels = np.asarray(picture.convert("RGBA"), dtype=np.float32)
    return pixels[..., :3] * (pixels[..., 3:] / np.float32(255))
