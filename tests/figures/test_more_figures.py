"""Figures of pixels, of PCA's sizes, and of lines of pictures by kind."""

from __future__ import annotations

import numpy as np
import pytest

from isthmus.errors import UsageError
from isthmus.figures import (
    code_map,
    confused_levels,
    error_histogram,
    pca_sizes,
    pixel_errors,
    reconstruction_grid,
    svg_text,
)


def test_each_pixel_has_its_shade_and_colours_are_added(rng) -> None:
    errors = rng.uniform(size=12)
    figure = pixel_errors(errors, (2, 2, 3))
    (image,) = figure.axes[0].images
    assert np.allclose(image.get_array(), errors.reshape(2, 2, 3).sum(axis=2))
    assert pixel_errors(np.zeros(4), (2, 2)).axes[0].images[0].get_clim()[1] > 0


def test_pixels_need_the_shape_of_the_picture() -> None:
    with pytest.raises(UsageError, match=r"must have shape \(4,\).*Got \(5,\)"):
        pixel_errors(np.zeros(5), (2, 2))


def test_the_model_stands_at_its_size_and_error() -> None:
    figure = pca_sizes([8.0, 4.0, 1.0, 0.0], 2, 0.5)
    curve, _, model = figure.axes[0].lines
    assert list(curve.get_ydata()) == [8.0, 4.0, 1.0]  # what is given back whole is not drawn
    assert (model.get_xdata()[0], model.get_ydata()[0]) == (2, 0.5)
    assert figure.axes[0].get_yscale() == "log"


@pytest.mark.parametrize(
    ("errors", "error"), [([0.0], 0.0), ([1.0], 1.0), ([2.0, 0.0], 0.0), ([1.0, 0.5], 3.0)]
)
def test_sizes_are_drawn_where_errors_are_none_or_few(errors, error) -> None:
    assert "<svg" in svg_text(pca_sizes(errors, 5, error))


@pytest.mark.parametrize("errors", [[], [[1.0]]])
def test_sizes_need_errors(errors) -> None:
    with pytest.raises(UsageError, match="must have at least one error"):
        pca_sizes(errors, 1, 1.0)


def test_lines_of_pictures_are_called_by_their_kind(rng) -> None:
    X = rng.uniform(size=(6, 4))
    figure = reconstruction_grid(X, X, (2, 2), names=["best", "median", "worst"])
    labels = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert labels == [
        "best", "reconstruction", "median", "reconstruction", "worst", "reconstruction",
    ]  # fmt: skip
    (boxes,) = figure.axes[0].collections
    assert len(boxes.get_paths()) == 12


def test_a_histogram_without_a_line_has_none(rng) -> None:
    figure = error_histogram(rng.uniform(size=50))
    assert not figure.axes[0].lines
    assert figure.axes[0].get_legend() is None


def test_a_scale_is_a_scale_for_few_rows_and_ends_before_the_strangest(rng) -> None:
    Z = rng.normal(size=(200, 2))
    errors = np.ones(200)
    errors[0] = 1e6
    figure = code_map(Z, errors, is_scale=True)
    (dots,) = figure.axes[0].collections
    assert dots.get_clim()[1] < 10_000
    assert len(code_map(Z[:3], [1.0, 2.0, 3.0], is_scale=True).axes) == 2  # with its bar
    assert "<svg" in svg_text(code_map(Z[:3], [np.nan] * 3, is_scale=True))


def test_levels_are_drawn_as_shares_of_each_level() -> None:
    counts = np.zeros((2, 3, 3))
    counts[0] = [[3, 1, 0], [0, 2, 0], [1, 0, 1]]
    counts[1, :2, :2] = [[5, 0], [0, 0]]
    figure = confused_levels(["grade", "done"], [["A", "B", "C"], ["yes", "no"]], counts)
    first, second = figure.axes
    assert first.get_title(loc="left") == "grade"
    assert [text.get_text() for text in first.texts] == ["75%", "25%", "100%", "50%", "50%"]
    assert np.allclose(first.images[0].get_array(), [[0, 0.25, 0], [0, 0, 0], [0.5, 0, 0]])
    assert [tick.get_text() for tick in second.get_yticklabels()] == ["yes", "no"]
    assert [text.get_text() for text in second.texts] == ["100%"]  # no row of "no"


def test_levels_need_names_and_counts_of_each_column() -> None:
    with pytest.raises(
        UsageError, match=r"Got 1 names, 1 lists of levels and counts of shape \(2,"
    ):
        confused_levels(["a"], [["x"]], np.zeros((2, 1, 1)))
