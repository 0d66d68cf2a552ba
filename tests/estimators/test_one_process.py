"""Estimators whose training several processes cannot share refuse it before they train."""

from __future__ import annotations

import numpy as np
import pytest

from isthmus import AutoencoderImputer, AutoencoderOutlierDetector, StackedAutoencoderClassifier
from isthmus.errors import UsageError
from isthmus.estimators import _one_process

X = np.random.default_rng(0).random((20, 4))


@pytest.mark.parametrize(
    "estimator",
    [AutoencoderImputer(), AutoencoderOutlierDetector(), StackedAutoencoderClassifier()],
)
def test_a_fit_among_several_processes_is_refused(monkeypatch, estimator):
    monkeypatch.setattr(_one_process, "is_one_of_several", lambda: True)
    name = type(estimator).__name__
    with pytest.raises(UsageError, match=rf"`fit` of {name} works in one process\. Got several"):
        estimator.fit(X, np.arange(20) % 2)
