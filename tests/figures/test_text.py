"""User text: cleaned, cut, and in fonts that have its glyphs."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest
from matplotlib import font_manager
from matplotlib.text import Text

from isthmus.figures import _shown_text as _text


@pytest.fixture(autouse=True)
def fresh_caches() -> Iterator[None]:
    for cached in (_text._fonts_for, _text._warn_no_font):
        cached.cache_clear()
    yield
    for cached in (_text._fonts_for, _text._warn_no_font):
        cached.cache_clear()


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain", "plain"),
        ("two\n lines\tand tabs", "two lines and tabs"),
        ("\x1b[31;1mred\x1b[0m", "red"),
        ("\x1b]8;;http://x.example\x07link\x1b]8;;\x07", "link"),
        ("bell\x07 null\x00", "bell null"),
        ("left\u202eright", "leftright"),
        ("broken \ud800 half", "broken \ufffd half"),
        ("private \ue000", "private \ufffd"),
        (3.5, "3.5"),
        (None, "None"),
    ],
)
def test_clean_leaves_only_what_can_be_seen(raw: object, shown: str) -> None:
    assert _text.clean(raw) == shown


def test_clean_keeps_lines_where_asked() -> None:
    assert _text.clean("a \\\n  --b\x1b[0m\r\nc", keep_lines=True) == "a \\\n  --b\nc"


def test_shorten_counts_chinese_characters_as_two_columns() -> None:
    assert _text.shorten("客户年龄", 8) == "客户年龄"
    assert _text.shorten("客户年龄", 7) == "客户年…"
    assert _text.width(_text.shorten("客户年龄" * 9, 20, middle=True)) <= 20


def test_shorten_in_the_middle_keeps_the_end_that_tells_names_apart() -> None:
    first, second = (_text.shorten("sensor_reading_" * 9 + tail, 20, middle=True) for tail in "ab")
    assert first.endswith("a")
    assert second.endswith("b")
    assert "…" in first
    assert len(first) == 20


@pytest.mark.parametrize(
    "raw", ["x" * 10_000, "客" * 10_000, "e" + "\u0301" * 10_000, "\x1b[" * 9000]
)
def test_a_text_of_ten_thousand_characters_is_cut(raw: str) -> None:
    assert len(_text.shorten(_text.clean(raw), 30)) <= 125


def test_a_missing_glyph_comes_from_another_installed_font() -> None:
    base = font_manager.get_font(font_manager.findfont(_text.BASE_FONT))
    stix = font_manager.get_font(font_manager.findfont("STIXGeneral"))  # comes with matplotlib
    glyph = next(chr(c) for c in sorted(stix.get_charmap()) if not base.get_char_index(c))
    families, missing = _text._fonts_for("x" + glyph)
    assert families[0] == _text.BASE_FONT
    assert len(families) == 2
    assert not missing


def test_the_last_resort_font_is_never_chosen() -> None:
    assert not any("Last" in family for family, _ in _text._candidates())


def test_text_that_no_font_covers_warns_once_and_is_shown_as_replacement(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_text, "_candidates", lambda: iter(()))
    with pytest.warns(UserWarning, match="No installed font has some characters") as caught:
        shown = [_text.showable(text, 20) for text in ("客户 a", "年龄")]
    assert shown == ["\ufffd\ufffd a", "\ufffd\ufffd"]
    assert len(caught) == 1


def test_a_font_installed_since_matplotlib_listed_them_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entries = font_manager.fontManager.ttflist
    path = next(entry.fname for entry in entries if entry.name == "STIXGeneral")
    unlisted = [entry for entry in entries if not entry.name.startswith("STIX")]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", unlisted)
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: [path])
    assert ("STIXGeneral", path) in list(_text._candidates())


def test_a_dressed_text_shows_dollars_as_they_are() -> None:
    artist = Text(text="$x^2$", parse_math=True)
    _text.dress(artist)
    assert not artist.get_parse_math()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert artist._preprocess_math(artist.get_text()) == ("$x^2$", False)  # type: ignore[attr-defined]
