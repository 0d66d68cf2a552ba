"""The trimmed mean, by hand."""

from __future__ import annotations

import pytest
import torch

from isthmus.objectives import trimmed_mean

LOSSES = torch.tensor([1.0, 2.0, 4.0, 8.0])
RANKS = torch.tensor([0.1, 9.0, 0.2, 0.3])


@pytest.mark.parametrize(
    ("trim", "expected"), [(0.0, 15 / 4), (0.25, 13 / 3), (0.5, 5 / 2), (0.99, 1.0)]
)
def test_the_rows_that_rank_highest_are_left_out_and_one_stays(trim, expected):
    assert trimmed_mean(LOSSES, RANKS, trim).item() == pytest.approx(expected)


def test_rows_left_out_get_no_gradient():
    losses = LOSSES.clone().requires_grad_()
    trimmed_mean(losses, RANKS, 0.25).backward()
    assert losses.grad is not None
    torch.testing.assert_close(losses.grad, torch.tensor([1 / 3, 0.0, 1 / 3, 1 / 3]))
