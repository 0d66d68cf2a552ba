"""Pictures of every shape: figures of a reasonable size with visible pictures."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from isthmus.figures import (
    first_layer_filters,
    pixel_errors,
    png_bytes,
    reconstruction_grid,
    strange_pictures,
    svg_text,
)
from isthmus.figures._picture_cells import cell_ratio, enlarged, pixel_aspect, shrunk
from isthmus.figures._style import new_figure

SHAPES = [
    (1, 1), (1, 1, 3), (60, 1), (60, 1, 1), (1, 60), (2, 3), (8, 8), (1, 5000), (5000, 1),
    (3, 700, 3), (40, 1000),
]  # fmt: skip
KINDS = {
    "grid": lambda X, shape: reconstruction_grid(
        X[np.arange(30) % len(X)], X[np.arange(30) % len(X)], shape, names=["a", "b", "c"]
    ),
    "few": lambda X, shape: reconstruction_grid(X[:1], X[:1], shape),
    "filters": lambda X, shape: first_layer_filters(X[np.arange(100) % len(X)], shape),
    "filter": lambda X, shape: first_layer_filters(X[:1], shape),
    "errors": lambda X, shape: pixel_errors(X[0], shape),
    "strange": lambda X, shape: strange_pictures(X, X, shape),
    "strange one": lambda X, shape: strange_pictures(X[:1], X[:1], shape),
}


def size_of(figure):
    with Image.open(io.BytesIO(png_bytes(figure))) as picture:
        return picture.size


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_figures_of_any_shape_are_neither_outsized_nor_slivers(kind, shape):
    X = np.random.default_rng(0).uniform(size=(10, math.prod(shape)))
    figure = KINDS[kind](X, shape)
    width, height = size_of(figure)
    assert 100 <= width <= 1000
    assert 30 <= height <= 3200
    assert len(svg_text(figure)) < 20_000_000


@pytest.mark.parametrize("kind", ["few", "filter", "errors"])
def test_large_colour_pictures_are_drawn_in_their_own_proportions(kind):
    shape = (3000, 2000, 3)
    X = np.linspace(0, 1, math.prod(shape), dtype=np.float32)[np.newaxis]
    width, height = size_of(KINDS[kind](X, shape))
    assert width <= 1000 and height <= 1500
    small = shrunk(X, shape)
    assert small.shape == (1, 480, 320, 3)
    assert small.mean() == pytest.approx(0.5, rel=1e-3)


def test_large_strange_pictures():
    shape = (3000, 2000, 3)
    X = np.linspace(0, 1, math.prod(shape), dtype=np.float32)[np.newaxis]
    width, height = size_of(strange_pictures(X, X, shape))
    assert width <= 1000 and height <= 1500


def test_strange_pictures_stand_above_their_errors_in_one_axes():
    X = np.random.default_rng(0).uniform(size=(7, 12))
    (axes,) = strange_pictures(X, X, (4, 3), range(7)).axes
    pictures, errors = axes.images[:7], axes.images[7:]
    assert len(errors) == 7
    for k, (upper, lower) in enumerate(zip(pictures, errors, strict=True)):
        left, right, bottom, top = upper.get_extent()
        assert lower.get_extent()[:2] == [left, right] and lower.get_extent()[3] < bottom
        assert (top - bottom) / (right - left) == pytest.approx(4 / 3)
        assert_allclose(lower.get_array(), X[k].reshape(4, 3) / X[k].max())
        (number,) = (text for text in axes.texts if text.get_text() == f"{k}")
        assert left < number.get_position()[0] < right and number.get_position()[1] > top


def test_pixels_of_large_pictures_are_averaged():
    picture = np.arange(6 * 4.0).reshape(6, 4)
    small = shrunk([picture.ravel()], (6, 4), most=3)
    assert small.shape == (1, 3, 2, 1)
    assert_allclose(small[0, :, :, 0], picture.reshape(3, 2, 2, 2).mean(axis=(1, 3)))
    uneven = shrunk([np.arange(5.0)], (1, 5), most=2)
    assert_allclose(uneven.ravel(), [0.5, 3.0])


def test_pictures_that_fit_keep_every_value():
    rows = np.arange(2 * 480.0).reshape(2, 480)
    assert_array_equal(shrunk(rows, (480, 1)).reshape(2, 480), rows)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((1, 1), (120, 120)),
        ((28, 28), (140, 140)),
        ((60, 1), (120, 30)),
        ((1, 60), (30, 120)),
        ((480, 1), (480, 120)),
        ((480, 320), (480, 320)),
        ((10, 40), (30, 120)),
    ],
)
def test_cells_are_at_most_four_times_as_long_as_wide(shape, expected):
    pictures = np.arange(math.prod(shape)).astype(np.uint8).reshape(1, *shape, 1)
    large = enlarged(pictures)
    assert large.shape == (1, *expected, 3)
    down, across = expected[0] // shape[0], expected[1] // shape[1]
    assert_array_equal(large[:, ::down, ::across, :1], pictures)


def test_aspects_of_pixels_fill_the_cell():
    assert (cell_ratio(8, 8), pixel_aspect(8, 8)) == (1, 1)
    assert (cell_ratio(3, 2), pixel_aspect(3, 2)) == (1.5, 1)
    assert (cell_ratio(60, 1), pixel_aspect(60, 1)) == (4, 4 / 60)
    assert (cell_ratio(1, 5000), pixel_aspect(1, 5000)) == (0.25, 1250)


@pytest.mark.parametrize(("inches", "expected"), [((2, 3), (300, 450)), ((1, 400), (40, 16_000))])
def test_a_png_of_a_very_long_figure_has_fewer_dots(inches, expected):
    assert size_of(new_figure(*inches)) == expected
