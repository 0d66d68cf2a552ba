"""Wide rows are filled without the methods that relate all pairs of columns."""

from __future__ import annotations

import numpy as np

from isthmus.estimators import AutoencoderImputer
from isthmus.runs._imputation_figures import imputation_figures, imputation_words


def test_wide_rows_are_compared_with_the_mean_alone(rng):
    X = rng.normal(size=(40, 3)) @ rng.normal(size=(3, 1001))
    made = AutoencoderImputer().fit_preprocessing(X)
    made.fit(X)
    figures = imputation_figures(X, made, lambda holes: np.where(np.isnan(holes), X, holes))
    assert set(figures["methods"]) == {"ours", "mean"}
    assert figures["methods"]["ours"]["rmse"] == 0
    (words,) = imputation_words(figures)
    assert "100% below that of the mean or mode" in str(words)
