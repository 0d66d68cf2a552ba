"""`elbow`: the point farthest below the chord, sizes on a logarithmic axis."""

from __future__ import annotations

import numpy as np
import pytest

from isthmus.errors import UsageError
from isthmus.metrics import elbow


def test_the_rule_by_hand():
    # On axes from 0 to 1 the sizes stand at 0, 1/3, 2/3, 1 and the errors at 1, 0.4, 0.2, 0:
    # 0.267 and 0.133 below the chord.
    assert elbow([2, 4, 8, 16], [11.0, 5.0, 3.0, 1.0]) == 1


def test_errors_in_another_unit_have_the_same_elbow():
    errors = np.array([40.0, 20.0, 6.0, 4.0, 3.0])
    assert elbow([2, 4, 8, 16, 32], errors) == elbow([2, 4, 8, 16, 32], 1e-6 * errors + 7) == 2


def test_where_the_rank_ends_there_is_the_elbow(rng):
    X = rng.normal(size=(200, 8)) @ rng.normal(size=(8, 30))
    spectrum = np.linalg.svd(X - X.mean(axis=0), compute_uv=False) ** 2
    sizes = [2, 4, 8, 16, 24]
    assert sizes[elbow(sizes, [spectrum[k:].sum() for k in sizes])] == 8


@pytest.mark.parametrize(
    ("sizes", "errors"),
    [
        ([2, 4, 8], [3.0, 2.0, 1.0]),  # straight
        ([2, 4, 8, 16], [10.0, 6.71, 3.3, 0.0]),  # nearly so
        ([2, 4, 8], [3.0, 2.9, 1.0]),  # bends the other way
        ([2, 4, 8], [1.0, 0.5, 1.0]),  # does not fall
        ([2, 4, 8], [1.0, 1.0, 1.0]),
        ([2, 4], [2.0, 1.0]),
        ([2, 4, 8], [9.0, float("nan"), 1.0]),
        ([], []),
    ],
)
def test_without_a_bend_there_is_none(sizes, errors):
    assert elbow(sizes, errors) is None


@pytest.mark.parametrize(("sizes", "errors"), [([4, 2], [1, 2]), ([0, 1], [2, 1]), ([1, 2], [1])])
def test_sizes_that_are_none_are_refused(sizes, errors):
    with pytest.raises(UsageError, match="positive and ascending, one for each error"):
        elbow(sizes, errors)
