"""Chinese in figures: real glyphs from an installed or the bundled font, or else English."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.text import Text

from isthmus._translation import Message, catalog
from isthmus.figures import (
    SweepCurve,
    code_map,
    column_errors,
    confusion_table,
    error_histogram,
    loss_curves,
    model_intervals,
    pca_sizes,
    pixel_errors,
    reconstruction_grid,
    search_slices,
    strange_pictures,
    strange_rows,
    svg_text,
    sweep_curves,
)

_text = importlib.import_module("isthmus.figures._shown_text")
RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 16))
ESTIMATE = {"value": 1.0, "interval": [0.9, 1.2]}
HISTORY = [
    {"epoch": k, "train_loss": 1 / k, "validation_loss": 1.1 / k, "stage": stage}
    for k, stage in enumerate(["layer 1", "layer 1", "fine-tuning", "fine-tuning"], 1)
]
DRAW: dict[str, Callable[..., Figure]] = {
    "losses": lambda **k: loss_curves(
        HISTORY, best_epoch=4, loss_name=Message("mean squared error"), **k
    ),
    "map": lambda **k: code_map(X, [None, *map(str, range(29))], **k),
    "classes": lambda **k: code_map(X, ["a", "b", None] * 10, **k),
    "one number": lambda **k: code_map(X[:, :1], **k),
    "no code": lambda **k: code_map(X * np.nan, **k),
    "error map": lambda **k: code_map(X, X[:, 0], is_scale=True, **k),
    "columns": lambda **k: column_errors(
        list("abcd"), [0.5, -0.5, np.nan, np.nan], n_columns=1, **k
    ),
    "confusion": lambda **k: confusion_table([[3, 1], [0, 4]], ["x", "y"], **k),
    "histogram": lambda **k: error_histogram(X[:, 0], 1.0, is_strange=X[:, 0] > 1, **k),
    "strange rows": lambda **k: strange_rows(
        abs(X[:2]),
        [Message("{row} ({error:.3g})", row=Message("row {n:,}", n=k), error=1.0) for k in (1, 2)],
        list(range(16)),
        **k,
    ),
    "strange pictures": lambda **k: strange_pictures(X[:3], X[:3], (4, 4), **k),
    "reconstructions": lambda **k: reconstruction_grid(X[:4], X[:4], (4, 4), **k),
    "pixels": lambda **k: pixel_errors(abs(X[0]), (4, 4), **k),
    "sizes": lambda **k: pca_sizes([4.0, 2.0, 1.0], 1, 1.5, **k),
    "intervals": lambda **k: model_intervals(
        ["a", "b"], [ESTIMATE, ESTIMATE], [None, ESTIMATE], beside=[ESTIMATE, None], **k
    ),
    "sweep": lambda **k: sweep_curves(
        [SweepCurve("a", {1: [2.0], 2: [1.0]})], x_name="x", y_name="y", elbow=2, **k
    ),
    "search": lambda **k: search_slices({"x": [1, 2]}, [2.0, 1.0], y_name="y", **k),
}


@pytest.fixture(autouse=True)
def fresh_caches() -> Iterator[None]:
    cached = (_text._fonts_for, _text._warn_no_font, _text._warn_no_language)
    for one in cached:
        one.cache_clear()
    yield
    for one in cached:
        one.cache_clear()


def texts(figure: Figure) -> list[Text]:
    svg_text(figure)  # lays it out: ticks get their labels
    return [text for text in figure.findobj(Text) if isinstance(text, Text) and text.get_text()]


def has_chinese(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)


def lacks_glyph(text: Text) -> set[str]:
    """Return characters that none of the text's fonts has in its character map."""
    fonts = [
        font_manager.get_font(font_manager.findfont(family, fallback_to_default=False))
        for family in text.get_fontfamily()
    ]
    return {
        c
        for c in text.get_text()
        if c.strip() and not any(font.get_char_index(ord(c)) for font in fonts)
    }


@pytest.mark.parametrize("name", DRAW)
def test_a_figure_in_chinese_has_a_glyph_for_each_character(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # matplotlib warns of glyphs that it draws as boxes
        found = texts(DRAW[name](language="zh"))
    assert any(has_chinese(text.get_text()) for text in found), name
    assert {text.get_text(): lost for text in found if (lost := lacks_glyph(text))} == {}


@pytest.mark.parametrize("name", DRAW)
def test_a_figure_in_english_has_no_chinese(name: str) -> None:
    assert not any(has_chinese(text.get_text()) for text in texts(DRAW[name](language="en")))


def test_our_font_has_every_character_of_the_catalogue() -> None:
    family, path = _text.BUNDLED_FONT
    font = font_manager.get_font(path)
    assert font.family_name == family
    letters = set("".join(text for forms in catalog("zh").values() for text in forms))
    letters -= set("\nä")  # the letter of an author's name, which the base font has
    assert {c for c in letters if not font.get_char_index(ord(c))} == set()


def test_our_font_serves_where_no_other_does(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = [_text.BUNDLED_FONT]
    monkeypatch.setattr(_text, "_candidates", lambda: iter(alone))
    assert _text.drawable("zh") == "zh"
    assert _text.families("zh") == [_text.BASE_FONT, alone[0][0]]


def test_without_any_font_figures_are_in_english_with_one_warning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_text, "_candidates", lambda: iter(()))
    with pytest.warns(UserWarning, match="figures are in English") as caught:
        figures = [DRAW[name](language="zh") for name in ("losses", "sizes")]
    assert len(caught) == 1
    assert not any(has_chinese(text.get_text()) for figure in figures for text in texts(figure))


def test_a_font_that_claims_every_character_is_not_trusted() -> None:
    names = [family for family, _ in _text._candidates()]
    assert not any("resort" in name.lower() for name in names)


def test_the_settings_of_matplotlib_stay_as_they_are() -> None:
    import matplotlib

    before: dict[str, Any] = dict.copy(matplotlib.rcParams)
    svg_text(DRAW["losses"](language="zh"))
    assert dict.copy(matplotlib.rcParams) == before


def test_the_fonts_notice_lies_beside_it() -> None:
    notice = (Path(_text.__file__).with_name("fonts") / "NOTICE").read_text("utf-8")
    for part in (
        "WenQuanYi Micro Hei",
        "Apache License, Version 2.0",
        "scripts/font.py",
        "changed",
    ):
        assert part in notice
