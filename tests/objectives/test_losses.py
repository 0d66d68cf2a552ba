"""Losses by hand, compared with torch's own, and their gradients."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional
from torch.testing import assert_close

from isthmus.accelerators._fused_losses import LOSS_KERNELS, FusedLoss
from isthmus.objectives import LOSSES

TORCH = {
    "mean_squared_error": functional.mse_loss,
    "mean_absolute_error": functional.l1_loss,
    "huber": functional.huber_loss,
    "log_cosh": lambda x_hat, x: torch.log(torch.cosh(x_hat - x)).mean(),
    "binary_cross_entropy": functional.binary_cross_entropy,
    "multinomial": lambda x_hat, x: -(x * torch.log(x_hat)).mean(),
}


@pytest.fixture(name="losses", params=["plain", "fused"])
def make_losses(request):
    if request.param == "plain":
        return LOSSES
    return {name: FusedLoss(name) for name in LOSSES}


def pair(name, n=5, d=4, seed=0):
    generator = torch.Generator().manual_seed(seed)
    x_hat, x = torch.randn(2, n, d, dtype=torch.float64, generator=generator)
    if LOSSES[name].output == "sigmoid":
        return x_hat.sigmoid(), x.sigmoid()
    if LOSSES[name].output == "softmax":
        return x_hat.softmax(dim=1), x.abs()
    return 2 * x_hat, 2 * x


def test_the_squared_difference_is_averaged_over_rows_and_features(losses):
    x = torch.tensor([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]])
    x_hat = torch.tensor([[1.0, 4.0, 0.0], [0.0, 1.0, 2.0]])
    assert float(losses["mean_squared_error"](x_hat, x)) == pytest.approx((4 + 9 + 1 + 4) / 6)


def test_a_perfect_reconstruction_has_no_loss(losses):
    x = torch.arange(6.0).view(2, 3)
    for name in ("mean_squared_error", "mean_absolute_error", "huber", "log_cosh"):
        assert float(losses[name](x.clone(), x)) == pytest.approx(0, abs=1e-7)


def test_every_loss_is_checked_here():
    assert set(TORCH) == set(LOSSES) == set(LOSS_KERNELS)


@pytest.mark.parametrize("name", TORCH)
def test_a_loss_is_the_mean_that_torch_gives(name, losses):
    x_hat, x = pair(name)
    assert_close(losses[name](x_hat, x), TORCH[name](x_hat, x))


@pytest.mark.parametrize("name", TORCH)
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
def test_gradients_are_right(name, weighted, losses):
    x_hat, x = pair(name)
    weights = pair("multinomial", seed=1)[1] if weighted else None
    loss = losses[name]
    leaf = x_hat.clone().requires_grad_()
    loss(leaf, x, weights).backward()
    step = 1e-6
    for k in range(x.numel()):
        up, down = x_hat.clone().view(-1), x_hat.clone().view(-1)
        up[k] += step
        down[k] -= step
        change = loss(up.view_as(x), x, weights) - loss(down.view_as(x), x, weights)
        assert_close(leaf.grad.view(-1)[k], change / (2 * step), rtol=1e-4, atol=1e-7)


def test_weights_count_numbers_by_themselves(losses):
    x, x_hat = torch.zeros(1, 3), torch.tensor([[1.0, 2.0, 3.0]])
    weights = torch.tensor([[1.0, 0.0, 0.5]])
    assert float(losses["mean_squared_error"](x_hat, x, weights)) == pytest.approx((1 + 4.5) / 3)


def test_certain_mistakes_cost_a_finite_cross_entropy(losses):
    loss = losses["binary_cross_entropy"]
    x_hat = torch.tensor([[0.0, 1.0]], requires_grad=True)
    value = loss(x_hat, torch.tensor([[1.0, 0.0]]))
    value.backward()
    assert float(value.detach()) == 100 and torch.isfinite(x_hat.grad).all()


def test_log_cosh_of_a_large_difference_is_finite(losses):
    loss = losses["log_cosh"]
    assert float(loss(torch.tensor([[1e4]]), torch.zeros(1, 1))) == pytest.approx(1e4 - math.log(2))


@pytest.mark.parametrize("name", ["binary_cross_entropy", "multinomial"])
def test_shares_that_vanish_have_finite_gradients(name, losses):
    x_hat = torch.tensor([[0.0, 1e-44, 1.0]], requires_grad=True)
    losses[name](x_hat, torch.tensor([[0.5, 0.0, 0.5]])).backward()
    assert torch.isfinite(x_hat.grad).all()


def test_held_out_rows_a_little_outside_of_the_bounds_have_a_cross_entropy(losses):
    x_hat, x = torch.tensor([[0.25, 0.75]]), torch.tensor([[-0.01, 1.02]])
    by_hand = -(x * x_hat.log() + (1 - x) * (1 - x_hat).log()).mean()
    assert_close(losses["binary_cross_entropy"](x_hat, x), by_hand)
