"""Losses by hand."""

from __future__ import annotations

import pytest
import torch

from isthmus._scratch import Scratch
from isthmus.objectives import mean_squared_error


def test_the_squared_difference_is_averaged_over_rows_and_features():
    x = torch.tensor([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]])
    x_hat = torch.tensor([[1.0, 4.0, 0.0], [0.0, 1.0, 2.0]])
    assert float(mean_squared_error(x_hat, x)) == pytest.approx((4 + 9 + 1 + 4) / 6)


def test_a_perfect_reconstruction_has_no_loss():
    x = torch.arange(6.0).view(2, 3)
    assert float(mean_squared_error(x.clone(), x)) == 0


def test_the_loss_of_a_batch_is_the_mean_of_those_of_its_rows():
    x, x_hat = torch.arange(12.0).view(4, 3), torch.ones(4, 3)
    rows = [float(mean_squared_error(x_hat[k : k + 1], x[k : k + 1])) for k in range(4)]
    assert float(mean_squared_error(x_hat, x)) == pytest.approx(sum(rows) / 4)


def test_gradients_are_right():
    x_hat, x = torch.randn(2, 3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert torch.autograd.gradcheck(lambda v: mean_squared_error(v, x), x_hat.requires_grad_())


def test_with_memory_of_its_own_the_loss_and_its_gradient_are_the_same():
    generator, scratch = torch.Generator().manual_seed(0), Scratch()
    for n in (5, 3, 5):
        x_hat, x = torch.randn(2, n, 4, generator=generator)
        gradients = []
        for kept in (None, scratch):
            leaf = x_hat.clone().requires_grad_()
            loss = mean_squared_error(leaf, x, kept)
            loss.backward()
            gradients.append((loss.detach(), leaf.grad.clone()))
        assert all(torch.equal(a, b) for a, b in zip(*gradients, strict=True))
