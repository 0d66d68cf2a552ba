"""Bounds on metrics: their form, and the error of a violated one."""

from __future__ import annotations

import pytest

from isthmus.errors import BoundError, UsageError
from isthmus.evaluation import check_bounds, parse_bounds

DOCUMENT = {
    "metrics": {
        "squared_error": {"better": "lower", "model": {"value": 0.5}},
        "variance_explained": {"better": "higher", "model": {"value": 0.9}},
        "psnr": {"better": "higher", "model": {"value": None}},
    }
}


def test_bounds_are_names_and_numbers():
    texts = ["squared_error=0.5", "variance-explained = 9e-1", "PSNR=20"]
    assert parse_bounds(texts) == {"squared_error": 0.5, "variance_explained": 0.9, "psnr": 20}
    assert parse_bounds([]) == {}


@pytest.mark.parametrize("text", ["psnr", "psnr=", "psnr=high", "psnr=nan", "psnr=inf"])
def test_a_bound_that_is_no_number_is_refused(text):
    with pytest.raises(
        UsageError, match=rf"where VALUE is a number, such as psnr=0.9. Got '{text}'"
    ):
        parse_bounds([text])


def test_an_unknown_metric_suggests_the_near_one():
    with pytest.raises(UsageError, match=r"Got 'trustworthyness=1'\. Did you mean `trustworth"):
        parse_bounds(["trustworthyness=1"])


@pytest.mark.parametrize(
    "bounds", [{}, {"squared_error": 0.5}, {"variance_explained": 0.9, "squared_error": 1}]
)
def test_a_bound_may_be_met_exactly(bounds):
    check_bounds(DOCUMENT, bounds)


def test_every_broken_bound_is_named_with_what_was_got():
    bounds = {"squared_error": 0.4, "variance_explained": 0.95, "psnr": 1}
    with pytest.raises(BoundError) as raised:
        check_bounds(DOCUMENT, bounds)
    assert str(raised.value) == (
        "squared_error is 0.5, above the bound of 0.4; variance_explained is 0.9, below the bound "
        "of 0.95; psnr is undefined on these rows (bound 1)."
    )


def test_a_metric_that_was_not_measured_is_refused():
    with pytest.raises(UsageError, match=r"metrics that were measured: .* Got knn_accuracy"):
        check_bounds(DOCUMENT, {"knn_accuracy": 0.5})
