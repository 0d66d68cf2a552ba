"""SVG figures in a dark theme, without a second set of files."""

from __future__ import annotations

import importlib
import re

import numpy as np
from matplotlib.colors import to_hex, to_rgb

from isthmus.figures import code_map, loss_curves, reconstruction_grid, svg_text, unit_effects

_style = importlib.import_module("isthmus.figures._style")


def luminance(colour: str) -> float:
    shades = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    linear = np.where(shades <= 0.04045, shades / 12.92, ((shades + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def test_an_svg_has_other_colours_in_a_dark_theme_and_none_on_paper() -> None:
    text = svg_text(loss_curves([{"epoch": k, "train_loss": 1 / k} for k in (1, 2)]))
    assert text.count("@media screen and (prefers-color-scheme:dark)") == 1
    rule = r'\[style\*="fill: #5f6b7a"\]\{fill:#9eabba!important\}'
    assert re.search(rule, text)
    assert "stroke: #2a6fbb" in text and "{stroke:#6fb0f0!important}" in text


def test_texts_and_lines_have_contrast_on_both_papers() -> None:
    dark = _style.DARK
    for colour, least in ((_style.INK, 7), (_style.MUTED, 4.5), (_style.BLUE, 3)):
        assert contrast(colour, _style.PAPER) >= least
        assert contrast(dark[colour], dark[_style.PAPER]) >= least
    for colour in _style.CLASS_COLOURS:
        assert min(contrast(colour, paper) for paper in (_style.PAPER, dark[_style.PAPER])) >= 2


def test_numbers_in_a_table_of_effects_have_contrast_on_both_papers() -> None:
    effects = np.linspace(-1, 1, 41)
    figures = [unit_effects([[effect, 1.0]], ["0"], ["a", "b"]) for effect in effects]
    colours = [{t.get_position(): t.get_color() for t in f.axes[0].texts} for f in figures]
    for effect, texts in zip(effects, colours, strict=True):
        *shade, alpha = figures[0].axes[0].images[0].cmap((effect + 1) / 2)
        text = texts.get((0, 0), _style.INK)
        for paper in (_style.PAPER, _style.DARK[_style.PAPER]):
            cell = to_hex(alpha * np.array(shade) + (1 - alpha) * np.array(to_rgb(paper)))
            shown = text if paper == _style.PAPER else _style.DARK.get(text, text)
            assert contrast(shown, cell) >= 3


def test_few_points_are_vectors_and_many_are_one_picture(rng) -> None:
    few, many = (svg_text(code_map(rng.normal(size=(n, 2)))) for n in (50, 2_001))
    assert "<image" not in few
    assert many.count("<image") == 1


def test_pictures_in_an_svg_have_their_own_pixels_between_transparent_gaps() -> None:
    figure = reconstruction_grid(np.eye(4), np.eye(4), (2, 2))
    before = [image.get_interpolation() for image in figure.axes[0].get_images()]
    assert svg_text(figure).count("<image") == 1
    assert [image.get_interpolation() for image in figure.axes[0].get_images()] == before
    drawn = np.asarray(figure.axes[0].get_images()[0].get_array())
    assert set(np.unique(drawn[..., 3])) == {0, 255}
