"""Optimizers by name, and learning rates step by step."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from isthmus import accelerators as _accelerators
from isthmus import training
from isthmus.training import OPTIMIZERS, SCHEDULES, defaults_of, scheduled_rate, set_rate

pytestmark = pytest.mark.usefixtures("accelerators")


def make_optimizer(name, parameters, **settings):
    """Create an optimizer with the active accelerators."""
    return training.make_optimizer(name, parameters, among=_accelerators.optimizers(), **settings)


def rates(schedule, n_steps, *, rate=1.0, warmup=0.0):
    return [
        scheduled_rate(schedule, step, n_steps, learning_rate=rate, warmup=warmup)
        for step in range(n_steps)
    ]


def test_a_constant_schedule_stays():
    assert rates("constant", 4, rate=0.3) == [0.3] * 4


def test_a_linear_schedule_falls_in_even_steps():
    assert rates("linear", 4) == pytest.approx([1.0, 0.75, 0.5, 0.25])


def test_a_cosine_schedule_follows_half_a_wave():
    by_hand = [1.0, (1 + math.sqrt(0.5)) / 2, 0.5, (1 - math.sqrt(0.5)) / 2]
    assert rates("cosine", 4, rate=2.0) == pytest.approx([2 * share for share in by_hand])


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_no_step_is_wasted_at_the_rate_0_and_none_is_above_the_full_rate(schedule):
    assert all(0 < rate <= 1 for rate in rates(schedule, 50, warmup=0.2))
    assert rates(schedule, 1) == [1.0]


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_warm_up_grows_evenly_to_the_full_rate_which_the_schedule_then_takes_up(schedule):
    warm = rates(schedule, 10, warmup=0.4)
    assert warm[:4] == pytest.approx([0.25, 0.5, 0.75, 1.0])
    assert warm[4:] == pytest.approx(rates(schedule, 6))


def test_a_warm_up_of_part_of_a_step_takes_the_whole_of_it():
    assert rates("constant", 10, warmup=0.11)[:3] == pytest.approx([0.5, 1.0, 1.0])


def test_a_warm_up_of_nearly_all_steps_is_one_of_all():
    assert rates("cosine", 4, warmup=0.99) == pytest.approx([0.25, 0.5, 0.75, 1.0])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_takes_a_convex_problem_down(name):
    target = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))
    weight, bias = nn.Parameter(torch.zeros(6, 4)), nn.Parameter(torch.zeros(6))
    rate = 0.2 if name == "muon" else 0.05  # Muon's biases go at a share of it
    optimizer = make_optimizer(name, [weight, bias], learning_rate=rate, weight_decay=0.0)

    def loss():
        return (weight - target).square().mean() + (bias - target[:, 0]).square().mean()

    first = float(loss().detach())
    for step in range(200):
        set_rate(optimizer, scheduled_rate("linear", step, 200, learning_rate=rate, warmup=0))
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
    assert float(loss().detach()) < 0.02 * first


@pytest.mark.parametrize(("name", "shrinks"), [("adamw", 0.99), ("muon", 0.99)])
def test_decoupled_decay_shrinks_weights_that_have_no_gradient(name, shrinks):
    weight = nn.Parameter(torch.ones(3, 3))
    weight.grad = torch.zeros(3, 3)
    make_optimizer(name, [weight], learning_rate=0.1, weight_decay=0.1).step()
    assert torch.allclose(weight.detach(), torch.full((3, 3), shrinks))


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_set_rate_reaches_every_parameter(name):
    parameters = [nn.Parameter(torch.ones(2, 2)), nn.Parameter(torch.ones(2))]
    optimizer = make_optimizer(name, parameters, learning_rate=0.1, weight_decay=0.0)
    for rate in (0.0, 0.025):
        set_rate(optimizer, rate)
        for p in parameters:
            p.grad = torch.eye(2)[: p.ndim].reshape(p.shape) if p.ndim == 2 else torch.ones(2)
        optimizer.step()
        moved = [not torch.equal(p.detach(), torch.ones_like(p)) for p in parameters]
        assert moved == [rate > 0] * 2


@pytest.mark.parametrize("name", list(OPTIMIZERS))
def test_a_step_keeps_as_much_of_those_before_it_as_the_momentum_says(name):
    goes_on = {}
    for momentum in (0.0, 0.9):
        weight = nn.Parameter(torch.zeros(2, 3))
        optimizer = make_optimizer(
            name, [weight], learning_rate=0.1, weight_decay=0.0, momentum=momentum
        )
        for gradient in (1.0, 0.0):
            before = weight.detach().clone()
            weight.grad = torch.full_like(weight, gradient)
            optimizer.step()
        goes_on[momentum] = not torch.equal(weight.detach(), before)
    assert goes_on == {0.0: False, 0.9: True}


def test_muons_own_settings_are_others_for_few_steps():
    assert defaults_of("muon", 499) == {
        "learning_rate": 0.03,
        "schedule": "linear",
        "warmup": 0.0,
        "momentum": 0.9,
    }
    assert defaults_of("muon", 500) == defaults_of("muon")
    assert defaults_of("adam", 10) == defaults_of("adam")
