"""The figure of a sweep."""

from __future__ import annotations

import pytest

from isthmus.errors import UsageError
from isthmus.figures import SweepCurve, search_slices, svg_text, sweep_curves

MODEL = SweepCurve("Autoencoder", {2: [3.0, 3.2], 4: [2.0, 2.2], 32: [1.0, 1.2]})
PCA = SweepCurve("PCA", {2: [4.0], 4: [3.5], 32: [1.0]}, is_baseline=True)


def drawn(*curves, elbow=None):
    return sweep_curves(curves, x_name="numbers a row", y_name="error", elbow=elbow).axes[0]


def test_a_line_is_the_mean_of_the_seeds_and_a_dot_each_of_them():
    axes = drawn(MODEL, PCA)
    mean, seeds, pca = axes.lines
    assert list(mean.get_ydata()) == pytest.approx([3.1, 2.1, 1.1])
    assert sorted(seeds.get_ydata()) == [1.0, 1.2, 2.0, 2.2, 3.0, 3.2]
    assert list(pca.get_xdata()) == [2, 4, 32]


def test_the_elbow_is_marked_on_the_mean():
    mark = drawn(MODEL, PCA, elbow=4).lines[-1]
    assert (list(mark.get_xdata()), list(mark.get_ydata())) == ([4.0], [2.1])
    assert mark.get_label() == "elbow: 4"


def test_errors_begin_at_zero_and_sizes_of_a_tenfold_range_are_logarithmic():
    axes = drawn(MODEL)
    assert (axes.get_xscale(), axes.get_ylim()[0]) == ("log", 0)
    assert drawn(SweepCurve("a", {2: [1.0], 8: [1.0]})).get_xscale() == "log"
    assert drawn(SweepCurve("a", {2: [1.0], 7: [1.0]})).get_xscale() == "linear"
    assert drawn(SweepCurve("a", {0: [1.0], 80: [1.0]})).get_xscale() == "linear"


@pytest.mark.parametrize("values", [["relu", "silu"], [None, 3], [True, False], ["auto", 1e-3]])
def test_words_stand_side_by_side_and_unjoined(values):
    axes = drawn(SweepCurve("a", {value: [1.0] for value in values}))
    assert [text.get_text() for text in axes.get_xticklabels()] == [str(v) for v in values]
    assert axes.lines[0].get_linestyle() == "None"


def test_many_values_have_few_ticks():
    axes = drawn(SweepCurve("a", {k: [1.0] for k in range(1, 61)}))
    assert len(axes.get_xticks()) <= 10


def test_hostile_names_are_drawn():
    figure = sweep_curves(
        [SweepCurve("$x_{$ \x1b[31m<script>" * 50, {"$\\frac": [1.0], "é\u202e" * 40: [0.0]})],
        x_name="a" * 10_000,
        y_name="$",
    )
    assert svg_text(figure).startswith("<?xml")


def test_nothing_to_draw_is_an_error():
    with pytest.raises(UsageError, match="at least one value"):
        drawn(SweepCurve("a", {}))


def test_a_search_has_a_panel_for_each_parameter_with_the_best_marked():
    tried = {"rate": [1e-4, 1e-1, 1e-2], "activation": ["relu", "silu", "relu"]}
    rate, activation = search_slices(tried, [3.0, 1.0, 2.0], y_name="error").axes
    assert rate.get_xscale() == "log"
    assert list(rate.lines[0].get_ydata()) == [3.0, 1.0, 2.0]
    best = rate.lines[1], activation.lines[1]
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in best] == [(0.1, 1.0), (1.0, 1.0)]
