"""ROC and precision-recall curves of scores."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from isthmus.errors import UsageError
from isthmus.figures import ranking_curves

_ranking = importlib.import_module("isthmus.runs.kinds._ranking")


@pytest.fixture
def spec(rng):
    is_strange = rng.random(400) < 0.2
    errors = rng.normal(size=400) + 1.5 * is_strange
    scores = {"a": errors, "b": rng.normal(size=400)}
    return _ranking.ranking_figure(["a", "b"], scores, is_strange, 1.0), errors, is_strange


def test_stored_curves_have_the_areas_of_the_scores(spec) -> None:
    figure, errors, is_strange = spec
    (false, true), (recall, precision) = (
        figure.arguments[name][0] for name in ("roc", "precision_recall")
    )
    assert np.trapezoid(true, false) == pytest.approx(roc_auc_score(is_strange, errors), abs=0.01)
    area = average_precision_score(is_strange, errors)
    assert np.trapezoid(precision, recall) == pytest.approx(area, abs=0.02)
    flagged = errors > 1.0
    assert figure.arguments["at"][2:] == pytest.approx(
        [(flagged & is_strange).sum() / is_strange.sum(), is_strange[flagged].mean()]
    )


def test_the_threshold_is_marked_in_both_panels(spec) -> None:
    drawn = spec[0].draw("en")
    for axes, at in zip(
        drawn.axes, (spec[0].arguments["at"][k : k + 2] for k in (0, 2)), strict=True
    ):
        (mark,) = [line for line in axes.lines if line.get_marker() == "o"]
        assert [mark.get_xdata()[0], mark.get_ydata()[0]] == pytest.approx(at)


def test_a_threshold_without_rows_above_it_is_not_marked() -> None:
    is_strange, errors = np.array([True, False, False]), np.array([0.3, 0.2, 0.1])
    figure = _ranking.ranking_figure(["a"], {"a": errors}, is_strange, 9.0)
    assert figure.arguments["at"] == []
    figure.draw("en")


def test_each_model_needs_a_name() -> None:
    with pytest.raises(UsageError, match="a name for each model"):
        ranking_curves(["a"], np.zeros((2, 2, 5)), np.zeros((2, 2, 5)))
