"""Losses by hand, beside torch's own, and their gradients."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional
from torch.testing import assert_close

from isthmus.objectives import LOSSES, ReconstructionLoss

mean_squared_error = ReconstructionLoss()

TORCH = {
    "mean_squared_error": functional.mse_loss,
    "mean_absolute_error": functional.l1_loss,
    "huber": functional.huber_loss,
    "log_cosh": lambda x_hat, x: torch.log(torch.cosh(x_hat - x)).mean(),
    "binary_cross_entropy": functional.binary_cross_entropy,
    "multinomial": lambda x_hat, x: -(x * torch.log(x_hat)).mean(),
}


def pair(name, n=5, d=4, seed=0):
    generator = torch.Generator().manual_seed(seed)
    x_hat, x = torch.randn(2, n, d, dtype=torch.float64, generator=generator)
    if LOSSES[name].output == "sigmoid":
        return x_hat.sigmoid(), x.sigmoid()
    if LOSSES[name].output == "softmax":
        return x_hat.softmax(dim=1), x.abs()
    return 2 * x_hat, 2 * x


def test_the_squared_difference_is_averaged_over_rows_and_features():
    x = torch.tensor([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]])
    x_hat = torch.tensor([[1.0, 4.0, 0.0], [0.0, 1.0, 2.0]])
    assert float(mean_squared_error(x_hat, x)) == pytest.approx((4 + 9 + 1 + 4) / 6)


def test_a_perfect_reconstruction_has_no_loss():
    x = torch.arange(6.0).view(2, 3)
    for name in ("mean_squared_error", "mean_absolute_error", "huber", "log_cosh"):
        assert float(ReconstructionLoss(name)(x.clone(), x)) == pytest.approx(0, abs=1e-7)


def test_every_loss_is_checked_here():
    assert set(TORCH) == set(LOSSES)


@pytest.mark.parametrize("name", TORCH)
def test_a_loss_is_the_mean_that_torch_gives(name):
    x_hat, x = pair(name)
    assert_close(ReconstructionLoss(name)(x_hat, x), TORCH[name](x_hat, x))


@pytest.mark.parametrize("name", TORCH)
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
def test_gradients_are_right(name, weighted):
    x_hat, x = pair(name)
    weights = pair("multinomial", seed=1)[1] if weighted else None
    loss = ReconstructionLoss(name)
    leaf = x_hat.clone().requires_grad_()
    loss(leaf, x, weights).backward()
    step = 1e-6
    for k in range(x.numel()):
        up, down = x_hat.clone().view(-1), x_hat.clone().view(-1)
        up[k] += step
        down[k] -= step
        change = loss(up.view_as(x), x, weights) - loss(down.view_as(x), x, weights)
        assert_close(leaf.grad.view(-1)[k], change / (2 * step), rtol=1e-4, atol=1e-7)


def test_weights_count_numbers_by_themselves():
    x, x_hat = torch.zeros(1, 3), torch.tensor([[1.0, 2.0, 3.0]])
    weights = torch.tensor([[1.0, 0.0, 0.5]])
    assert float(mean_squared_error(x_hat, x, weights)) == pytest.approx((1 + 4.5) / 3)


def test_certain_mistakes_cost_a_finite_cross_entropy():
    loss = ReconstructionLoss("binary_cross_entropy")
    x_hat = torch.tensor([[0.0, 1.0]], requires_grad=True)
    value = loss(x_hat, torch.tensor([[1.0, 0.0]]))
    value.backward()
    assert float(value.detach()) == 100 and torch.isfinite(x_hat.grad).all()


def test_log_cosh_of_a_large_difference_is_finite():
    loss = ReconstructionLoss("log_cosh")
    assert float(loss(torch.tensor([[1e4]]), torch.zeros(1, 1))) == pytest.approx(1e4 - math.log(2))


@pytest.mark.parametrize("name", TORCH)
def test_with_memory_of_its_own_the_loss_and_its_gradient_are_the_same(name):
    kept = ReconstructionLoss(name, keeps_memory=True)
    for n in (5, 3, 5):
        x_hat, x = pair(name, n=n, seed=n)
        gradients = []
        for loss in (ReconstructionLoss(name), kept):
            leaf = x_hat.clone().requires_grad_()
            value = loss(leaf, x)
            value.backward()
            gradients.append((value.detach(), leaf.grad.clone()))
        assert all(torch.equal(a, b) for a, b in zip(*gradients, strict=True))
