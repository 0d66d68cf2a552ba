"""Terms of the outlier detector's error, by hand."""

from __future__ import annotations

import numpy as np
from numpy.testing import assert_allclose

from isthmus.estimators._error_terms import ErrorTerms
from isthmus.preprocessing import ColumnLayout

NAN = np.nan
# A date of two numbers, a category of two levels and a number.
LAYOUT = ColumnLayout(("date", "level", "number"), (2, 2, 1), (0.0, 2.0, 0.0), (0.0, 0.5, 0.0))
X = np.array([[0, 1, 2, 0, 1], [NAN, NAN, 0, 2, 1], [0, 1, NAN, NAN, NAN]], dtype=np.float32)
X_HAT = np.array([[1, 3, 0.5, 1.5, 1], [9, 9, 0.5, 1.5, 0], [0, 0, 1, 1, 5]], dtype=np.float32)


def test_without_columns_the_terms_are_squared_residuals():
    plain = ErrorTerms()
    terms = plain.of(X, X_HAT)
    assert_allclose(terms, (X_HAT - X) ** 2)
    assert plain.by_column(terms) is terms


def test_a_category_has_one_term_its_surprise_in_units_of_entropy():
    terms = ErrorTerms(LAYOUT).of(X, X_HAT)
    expected = [
        [1, 4, -np.log(0.25) / 0.5, 0],
        [NAN, NAN, -np.log(0.75) / 0.5, 1],
        [0, 1, NAN, NAN],
    ]
    assert_allclose(terms, expected, rtol=1e-6)


def test_a_constant_reconstruction_may_be_one_row():
    assert_allclose(ErrorTerms(LAYOUT).of(X, X_HAT[0])[0], ErrorTerms(LAYOUT).of(X, X_HAT)[0])


def test_a_column_has_the_mean_of_its_terms():
    values = np.array([[1.0, 3.0, 5.0, 7.0]])
    assert_allclose(ErrorTerms(LAYOUT).by_column(values), [[2.0, 5.0, 7.0]])


def test_an_impossible_level_has_a_finite_term():
    terms = ErrorTerms(LAYOUT).of(X[:1], np.array([[0, 0, 0, 2, 0]], dtype=np.float32))
    assert np.isfinite(terms).all() and terms[0, 2] > 100
