"""Selection of held-out rows."""

from __future__ import annotations

import numpy as np
import pytest

from isthmus.rows import split_rows


@pytest.mark.parametrize(
    ("n", "fraction", "held_out"),
    [
        (10, 0.0, 0),
        (10, 0.1, 1),
        (19, 0.1, 1),
        (20, 0.1, 2),
        (9, 0.1, 0),
        (3, 0.99, 2),
        (1, 0.5, 0),
    ],
)
def test_the_share_is_rounded_down_to_whole_rows(n, fraction, held_out):
    stays, leaves = split_rows(n, fraction, seed=0, purpose="validation")
    assert (len(stays), len(leaves)) == (n - held_out, held_out)


def test_a_share_that_is_whole_is_not_rounded_below_it():
    # 0.29 * 100 is 28.999999999999996 in floating point.
    assert len(split_rows(100, 0.29, seed=0, purpose="validation")[1]) == 29


def test_each_row_is_on_one_side_in_order():
    stays, leaves = split_rows(50, 0.3, seed=1, purpose="test")
    assert sorted([*stays, *leaves]) == list(range(50))
    assert (np.diff(stays) > 0).all() and (np.diff(leaves) > 0).all()


def test_the_draw_depends_on_seed_and_purpose():
    def held_out(seed, purpose):
        return split_rows(100, 0.2, seed=seed, purpose=purpose)[1].tolist()

    assert held_out(0, "test") == held_out(0, "test")
    assert held_out(0, "test") != held_out(1, "test")
    assert held_out(0, "test") != held_out(0, "validation")
