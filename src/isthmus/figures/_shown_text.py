"""Cleaning of user-provided text for display, and fonts that can show it."""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

from matplotlib import font_manager
from matplotlib.text import Text

from .._translation import catalog, translate, width

BASE_FONT = "DejaVu Sans"  # part of matplotlib, so figures look the same on every machine
# WenQuanYi Micro Hei, reduced by scripts/font.py: Chinese figures need no installed font.
BUNDLED_FONT = "Isthmus Micro Hei", Path(__file__).with_name("fonts") / "wqy-microhei-gb2312.ttf"
_PREFERRED_FONTS = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Noto Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "SimHei",
    "Heiti SC",
    "Noto Sans CJK JP",
    "Arial Unicode MS",
    "Noto Sans",
)
# These claim glyphs that they draw as boxes, as nothing, or in a form matplotlib cannot draw.
_USELESS_FONT = re.compile(r"last ?resort|fallback|adobe blank|color ?emoji", re.IGNORECASE)
_ESCAPE_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # OSC: titles, links
    r"|\x1b[ -/]*[0-~]"
)
_MISSING = "\N{REPLACEMENT CHARACTER}"
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
_LONGEST_READ = 20_000  # a hostile text may be megabytes long; the rest is never visible


def clean(text: object, *, keep_lines: bool = False) -> str:
    """Return ``text`` without escape sequences, control, format and broken characters.

    White space is reduced to single spaces; with ``keep_lines``, spaces and line ends are kept.

    Parameters
    ----------
    text : object
        Any object; its ``str`` is used.
    keep_lines : bool, default=False
        Whether to keep spaces and line ends.

    Returns
    -------
    str
    """
    raw = _ESCAPE_SEQUENCE.sub("", str(text)[:_LONGEST_READ])
    if keep_lines:
        raw = raw.replace("\r\n", "\n").replace("\t", "    ")
    else:
        raw = " ".join(raw.split())
    return "".join(_shown_character(c, keep_lines) for c in raw)


def _shown_character(character: str, keep_lines: bool) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Cf"):  # Cf: a right-to-left override would reorder its neighbours
        return character if keep_lines and character == "\n" else ""
    return _MISSING if category in ("Cs", "Co", "Cn") else character


def shorten(text: str, limit: int, *, middle: bool = False) -> str:
    """Cut ``text`` to ``limit`` columns with an ellipsis at its end, or in its middle.

    The middle suits names that share a long beginning and differ at the end.

    Parameters
    ----------
    text : str
        Any text.
    limit : int
        Columns of a terminal; a wide character takes two.
    middle : bool, default=False
        Whether to cut in the middle.

    Returns
    -------
    str
    """
    # The first test is for many accents on one letter, which take no columns.
    if len(text) <= 4 * limit and width(text) <= limit:
        return text
    tail = _head(text[::-1], (limit - 1) // 3)[::-1] if middle else ""
    return _head(text, limit - 1 - width(tail)) + _ELLIPSIS + tail


def _head(text: str, limit: int) -> str:
    used = 0
    for at, character in enumerate(text[: 4 * limit + 4]):
        used += width(character)
        if used > limit:
            return text[:at]
    return text[: 4 * limit + 4]


def showable(text: object, limit: int, *, middle: bool = False, language: str = "en") -> str:
    """Return ``text`` cleaned, cut to ``limit`` columns and without glyphs that no font has."""
    short = shorten(clean(translate(text, language)), limit, middle=middle)
    missing = _fonts_for(short)[1]
    if missing:
        _warn_no_font()
    return "".join(_MISSING if c in missing else c for c in short)


def dress(artist: Text, *, embeddable: bool = False) -> None:
    """Make ``artist`` show its text literally, in fonts that have its glyphs.

    Parameters
    ----------
    artist : matplotlib.text.Text
        Text of a figure.
    embeddable : bool, default=False
        Whether to use only fonts that a PDF can embed as TrueType, if any has the glyphs.
    """
    artist.set_parse_math(False)
    artist.set_usetex(False)
    artist.set_fontfamily(list(_fonts_for(artist.get_text(), embeddable)[0]))


def drawable(language: str) -> str:
    """Return the language if a font supports it; else English, with a warning."""
    if not _fonts_for(_letters(language))[1]:
        return language
    _warn_no_language()
    return "en"


def families(language: str) -> list[str]:
    """Return the fonts of a drawable language."""
    return list(_fonts_for(_letters(language))[0])


@functools.cache
def _letters(language: str) -> str:
    texts = (text for forms in catalog(language).values() for text in forms)
    return "".join(sorted(set("".join(texts)) - {"\n"}))


@functools.lru_cache(maxsize=4096)
def _fonts_for(text: str, embeddable: bool = False) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the families that show ``text``, and the characters that none of them has."""
    chosen = [BASE_FONT]
    missing = _lacking(font_manager.findfont(BASE_FONT), frozenset(text))
    found: Iterable[tuple[str, object]] = _candidates() if missing else ()
    if missing and embeddable:  # other fonts are a last resort
        true_type = (item for item in _candidates() if _is_true_type(item[1]))
        found = itertools.chain(true_type, found)
    for family, path in found:
        still = _lacking(path, missing)
        if len(still) < len(missing):
            chosen.append(_registered(family, path))
            missing = still
        if not missing:
            break
    return tuple(chosen), missing


def _lacking(path: object, characters: frozenset[str]) -> frozenset[str]:
    try:
        font = font_manager.get_font(path)  # type: ignore[arg-type]
    except (OSError, RuntimeError):  # ignore broken font files
        return characters
    return frozenset(c for c in characters if not font.get_char_index(ord(c)))


def _is_true_type(path: object) -> bool:
    """Return whether a font file is one font with TrueType outlines."""
    try:
        with open(str(path), "rb") as file:
            return file.read(4) in (b"\x00\x01\x00\x00", b"true")
    except OSError:
        return False


def _candidates() -> Iterator[tuple[str, object]]:
    """Yield (family, file): preferred fonts, the bundled one, all others, then unlisted files."""
    upright = sorted(
        (entry for entry in font_manager.fontManager.ttflist if _is_upright(entry)),
        key=lambda entry: (entry.name, entry.fname),
    )
    files = {entry.name: entry.fname for entry in reversed(upright)}
    preferred = [name for name in _PREFERRED_FONTS if name in files]
    for family in preferred:
        yield family, files[family]
    if BUNDLED_FONT[1].is_file():
        yield BUNDLED_FONT
    for family in sorted(files.keys() - preferred):
        yield family, files[family]
    # matplotlib caches its list of fonts on disk, so a font that the user installed after this
    # warning would not be found.
    listed = {entry.fname for entry in font_manager.fontManager.ttflist}
    for path in sorted(set(font_manager.findSystemFonts()) - listed):
        name = _family_name(path)
        if name and not _USELESS_FONT.search(name):
            yield name, path


def _is_upright(entry: font_manager.FontEntry) -> bool:
    regular = entry.style == "normal" and str(entry.weight) in ("400", "normal", "regular")
    return regular and not _USELESS_FONT.search(entry.name)


def _family_name(path: str) -> str:
    try:
        return font_manager.get_font(path).family_name
    except (OSError, RuntimeError):
        return ""


def _registered(family: str, path: object) -> str:
    """Register a font file with matplotlib, in this process only, unless it is known."""
    if all(entry.name != family for entry in font_manager.fontManager.ttflist):
        font_manager.fontManager.addfont(str(path))
    return family


@functools.cache
def _warn_no_font() -> None:
    warnings.warn(
        "No installed font has some characters of the names or labels, so figures show them as "
        f"'{_MISSING}'. Install a font that covers them, for Chinese such as Noto Sans CJK SC.",
        UserWarning,
        stacklevel=2,
    )


@functools.cache
def _warn_no_language() -> None:
    warnings.warn(
        "No installed font has the characters of this language, so figures are in English. "
        "Install a font that covers them, for Chinese such as Noto Sans CJK SC.",
        UserWarning,
        stacklevel=2,
    )
