"""Pictures in lines, and figures of what the numbers of a code mean."""

from __future__ import annotations

import numpy as np
import pytest

from isthmus._translation import Message
from isthmus.errors import UsageError
from isthmus.figures import picture_lines, unit_effects, unit_strips


def mosaic(figure):
    return figure.axes[0].images[0].get_array()


def labels(figure, axis="y"):
    return [label.get_text() for label in getattr(figure.axes[0], f"get_{axis}ticklabels")()]


def test_pictures_are_drawn_from_left_to_right_in_lines():
    pictures = np.repeat(np.linspace(0, 1, 6)[:, None], 4, axis=1)
    figure = picture_lines(pictures, (2, 2), n_columns=3, names=["a", "b"], titles=["x", "y", "z"])
    drawn = mosaic(figure)
    height, width = drawn.shape[:2]
    shades = [
        drawn[height * (2 * line + 1) // 4, width * (2 * column + 1) // 6, 0]
        for line in range(2)
        for column in range(3)
    ]
    assert shades == [0, 51, 102, 153, 204, 255]
    assert labels(figure) == ["a", "b"]
    assert labels(figure, "x") == ["x", "y", "z"]


def test_fewer_pictures_than_columns_make_a_narrow_figure():
    few, many = (picture_lines(np.ones((n, 4)), (2, 2)) for n in (2, 8))
    assert few.get_size_inches()[0] < many.get_size_inches()[0] <= 6.4


@pytest.mark.parametrize("language", ["en", "zh"])
def test_long_names_of_lines_are_inside_the_figure(language):
    names = ["60,000 to 60,001", Message("{start:,} to {end:,}", start=1_234_567, end=1_234_568)]
    figure = picture_lines(np.ones((20, 4)), (2, 2), n_columns=10, names=names, language=language)
    figure.draw_without_rendering()
    starts = [label.get_window_extent().x0 for label in figure.axes[0].get_yticklabels()]
    assert min(starts) > 0
    assert figure.get_size_inches()[0] <= 6.4 + 1e-9


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"X": np.ones((0, 4))}, "at least one picture"),
        ({"X": np.ones((2, 5))}, r"rows of shape \(2, 5\) and \(2, 2\)"),
        ({"X": np.ones((2, 4)), "names": ["a", "b"]}, "Got 2 names and 0 titles"),
        ({"X": np.ones((2, 4)), "titles": ["a"]}, "Got 0 names and 1 titles"),
    ],
)
def test_lines_that_do_not_match_are_refused(arguments, message):
    with pytest.raises(UsageError, match=message):
        picture_lines(picture_shape=(2, 2), **arguments)


def test_derivatives_are_grey_where_zero_on_a_scale_of_their_own():
    slopes = np.array([[0.0, 1e-3, -1e-3, 0.0]])
    figure = unit_strips(
        np.zeros((1, 3, 4)), slopes, 1000 * slopes, (2, 2), names=["0"], steps=[-2, 0, 2]
    )
    drawn = mosaic(figure)[:, :, 0]
    for column in (3, 4):
        picture = drawn[
            :, drawn.shape[1] * column // 5 + 9 : drawn.shape[1] * (column + 1) // 5 - 9
        ]
        assert {*picture.ravel().tolist()} >= {0, 128, 255}
    assert labels(figure, "x") == ["\N{MINUS SIGN}2 sd", "mean", "+2 sd", "moved by", "moves"]


def test_strips_that_do_not_match_are_refused():
    with pytest.raises(UsageError, match=r"Got shapes \(1, 3, 4\), \(1, 4\) and \(2, 4\)"):
        unit_strips(
            np.ones((1, 3, 4)), np.ones((1, 4)), np.ones((2, 4)), (2, 2), names="a", steps=[0, 1, 2]
        )


def test_effects_have_signs_unless_a_column_has_none():
    figure = unit_effects([[0.5, 1.0]], ["0"], ["age", "sex"], signed=[True, False])
    assert [text.get_text() for text in figure.axes[0].texts] == ["+0.5", "1"]
    assert labels(figure, "x") == ["age", "sex"]
    with pytest.raises(UsageError, match="1 units and 3 features"):
        unit_effects([[0.5, 1.0]], ["0"], ["a", "b", "c"])
