"""The figure of several runs' learning curves."""

from __future__ import annotations

import pytest

from isthmus.errors import UsageError
from isthmus.figures import overlaid_curves


def curves(n):
    return {f"run-{k}": {1: 1.0 + k, 2: 0.5 + k} for k in range(n)}


def names(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_each_run_is_a_line_with_its_name():
    figure = overlaid_curves(curves(3), y_name="validation loss")
    (axes,) = figure.axes
    assert [list(line.get_ydata()) for line in axes.lines] == [[1, 0.5], [2, 1.5], [3, 2.5]]
    assert names(figure) == ["run-0", "run-1", "run-2"]


def test_the_first_eight_have_colours_and_the_others_are_grey():
    figure = overlaid_curves(curves(12), y_name="loss")
    assert sorted(names(figure)) == sorted([*(f"run-{k}" for k in range(8)), "4 other runs"])
    assert len({line.get_color() for line in figure.axes[0].lines}) == 9


def test_losses_that_are_not_finite_leave_a_gap():
    overlaid_curves({"a": {1: float("nan"), 2: float("inf")}}, y_name="loss")


def test_nothing_to_draw_is_refused():
    with pytest.raises(UsageError, match="must have at least one loss"):
        overlaid_curves({"a": {}}, y_name="loss")
