"""Losses with their derivatives: those of autograd."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from isthmus.accelerators._fused_losses import LOSS_KERNELS, FusedLoss
from isthmus.objectives import LOSSES


def pair(name, n=5, seed=0):
    generator = torch.Generator().manual_seed(seed)
    x_hat, x = torch.randn(2, n, 4, dtype=torch.float64, generator=generator)
    if LOSSES[name].output == "sigmoid":
        return x_hat.sigmoid(), x.sigmoid()
    if LOSSES[name].output == "softmax":
        return x_hat.softmax(dim=1), x.abs()
    return 2 * x_hat, 2 * x


def differentiated(loss, x_hat, x, weights=None):
    leaf = x_hat.clone().requires_grad_()
    value = loss(leaf, x, weights)
    value.backward()
    return value.detach(), leaf.grad


@pytest.mark.parametrize("name", LOSS_KERNELS)
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
def test_value_and_gradient_are_those_of_autograd(name, weighted):
    x_hat, x = pair(name)
    weights = torch.rand(5, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    given = (x_hat, x, weights if weighted else None)
    fused, plain = (differentiated(loss, *given) for loss in (FusedLoss(name), LOSSES[name]))
    assert_close(fused, plain, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", LOSS_KERNELS)
def test_a_factor_times_the_slopes_is_the_gradient(name):
    x_hat, x = pair(name)
    slopes = torch.empty_like(x)
    value, factor = FusedLoss(name).evaluate(x_hat, slopes, x)
    assert_close((value, factor * slopes), differentiated(LOSSES[name], x_hat, x))


@pytest.mark.parametrize("name", LOSS_KERNELS)
def test_rows_may_have_any_shape(name):
    x_hat, x = (t.view(5, 2, 2) for t in pair(name))
    flat = differentiated(FusedLoss(name), *pair(name))
    value, gradient = differentiated(FusedLoss(name), x_hat, x)
    assert_close((value, gradient.view(5, 4)), flat)
