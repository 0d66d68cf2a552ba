"""Figures of a variational model: divergences of units, and parts of the loss."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pytest

from isthmus.errors import UsageError
from isthmus.figures import loss_curves, svg_text, unit_divergences

HISTORY = [
    {
        "epoch": epoch,
        "train_loss": 5.0 / epoch - 4,
        "validation_loss": 6.0 / epoch - 4,
        "reconstruction": 3.0 / epoch - 4,
        "kl": 2.0 / epoch,
        "validation_kl": 3.0 / epoch,
    }
    for epoch in (1, 2, 3)
]


def test_units_are_in_the_order_of_their_divergence_with_inactive_ones_apart():
    axes = unit_divergences([0.1, 2.0, 1.0], [False, True, True]).axes[0]
    active, inactive = axes.containers
    assert [bar.get_height() for bar in (*active, *inactive)] == [2.0, 1.0, 0.1]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["active", "not active"]


def test_units_that_are_all_active_need_no_legend():
    figure = unit_divergences([1.0, 2.0], [True, True], language="zh")
    assert figure.axes[0].get_legend() is None
    assert "<svg" in svg_text(figure)


@pytest.mark.parametrize(("divergences", "active"), [([], []), ([1.0], [True, False])])
def test_units_need_one_value_each(divergences, active):
    with pytest.raises(UsageError, match="one divergence and one value of `active` per unit"):
        unit_divergences(divergences, active)


def test_each_part_of_a_loss_has_a_panel():
    figure = loss_curves(HISTORY, parts=("reconstruction", "kl"), best_epoch=2, loss_name="nats")
    total, reconstruction, kl = figure.axes
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["total", "reconstruction", "divergence from the prior"]
    assert list(kl.lines[0].get_ydata()) == [2.0, 1.0, pytest.approx(2 / 3)]
    assert total.get_ylabel() == "nats" and not kl.get_ylabel()
    assert total.get_legend() is not None and reconstruction.get_legend() is None


def test_stages_have_no_panels_of_parts():
    staged = [{**record, "stage": f"layer {record['epoch']}"} for record in HISTORY]
    assert len(loss_curves(staged, parts=("kl",)).axes) == 3


def test_parts_replace_given_axes():
    figure, ax = plt.subplots()
    assert len(loss_curves(HISTORY, parts=("kl",), ax=ax).axes) == 3
    plt.close(figure)
