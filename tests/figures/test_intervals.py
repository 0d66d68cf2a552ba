"""The figure of several models' errors."""

from __future__ import annotations

import pytest

from isthmus.errors import UsageError
from isthmus.figures import model_intervals, png_bytes

ERRORS = [{"value": 2.0, "interval": [1.8, 2.2]}, {"value": 1.0, "interval": None}]
DIFFERENCES = [None, {"value": -1.0, "interval": [-1.2, -0.8]}]


def draw(names=("runs/a (2)", "runs/b (4)"), beside=ERRORS):
    return model_intervals(list(names), ERRORS, DIFFERENCES, beside=beside)


def test_errors_stand_left_and_differences_right():
    left, right = draw().axes
    assert left.get_xlim()[0] == 0
    assert [label.get_text() for label in left.get_yticklabels()] == ["runs/a (2)", "runs/b (4)"]
    assert [line.get_xdata()[0] for line in right.lines if line.get_marker() == "o"] == [-1.0]


def test_names_are_shown_clean_and_short():
    names = ["\x1b[31m<script>$x$" + "y" * 10_000, "encodé"]
    figure = draw(names)
    shown = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert shown[0].startswith("<script>$x$y") and len(shown[0]) < 40 and "\x1b" not in shown[0]
    assert png_bytes(figure).startswith(b"\x89PNG")


def test_without_pca_there_is_no_legend():
    assert draw().legends
    assert not draw(beside=[None, None]).legends


def test_lengths_must_match():
    with pytest.raises(UsageError, match=r"Got 1 names, 2, 2 and 2"):
        draw(names=["one"])
