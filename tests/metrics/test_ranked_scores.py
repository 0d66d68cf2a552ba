"""Areas of ranked scores agree with scikit-learn, on the rows and on resamples."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from isthmus.metrics import resampled_areas


@pytest.fixture(name="ranked")
def make_ranked():
    generator = np.random.default_rng(0)
    truth = generator.random(80) < 0.2
    return np.round(generator.normal(size=80) + truth, 1), truth  # rounded, so some are equal


def test_areas_are_those_of_scikit_learn_with_equal_scores(ranked):
    scores, truth = ranked
    roc, precision = resampled_areas(scores, truth, n_resamples=0, seed=0)
    assert roc == pytest.approx([roc_auc_score(truth, scores)])
    assert precision == pytest.approx([average_precision_score(truth, scores)])


def test_resamples_spread_around_the_areas_and_are_paired(ranked):
    scores, truth = ranked
    roc, precision = resampled_areas(scores, truth, n_resamples=200, seed=0)
    assert abs(roc[1:].mean() - roc[0]) < 0.02 and 0.01 < roc[1:].std() < 0.15
    assert np.isfinite(precision).all()
    again, _ = resampled_areas(2 * scores, truth, n_resamples=200, seed=0)
    assert (again == roc).all()
