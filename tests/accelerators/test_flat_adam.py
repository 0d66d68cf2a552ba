"""Adam on one vector: it steps as torch's, and keeps its state in the same format."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from isthmus.accelerators import optimizers
from isthmus.accelerators._flat_adam import FlatAdam, FlatAdamW

TORCHS = {FlatAdam: torch.optim.Adam, FlatAdamW: torch.optim.AdamW}


def parameters():
    generator = torch.Generator().manual_seed(0)
    return [nn.Parameter(torch.randn(shape, generator=generator)) for shape in ((4, 3), (4,))]


def step(optimizer, weights, seed):
    generator = torch.Generator().manual_seed(seed)
    optimizer.zero_grad()
    for p in weights:
        drawn = torch.randn(p.shape, generator=generator)
        p.grad = drawn if p.grad is None else p.grad.copy_(drawn)
    optimizer.step()


def values(weights):
    return [p.detach().clone() for p in weights]


@pytest.mark.parametrize("kind", TORCHS)
def test_it_steps_as_torchs(kind):
    ours, theirs = parameters(), parameters()
    flat = kind(ours, lr=0.01, momentum=0.8, weight_decay=0.1)
    plain = TORCHS[kind](theirs, lr=0.01, betas=(0.8, 0.999), weight_decay=0.1)
    for k in range(20):
        step(flat, ours, k)
        step(plain, theirs, k)
    assert_close(values(ours), values(theirs), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", TORCHS)
def test_the_settings_saved_are_those_of_torch(kind):
    ours = kind(parameters()).state_dict()["param_groups"]
    theirs = TORCHS[kind](parameters()).state_dict()["param_groups"]
    assert set(ours[0]) == set(theirs[0])
    assert [group["params"] for group in ours] == [group["params"] for group in theirs]


@pytest.mark.parametrize("kind", TORCHS)
@pytest.mark.parametrize("way", ["to torch's", "from torch's", "to another"])
def test_a_state_goes_on_in_the_other(kind, way):
    flat, plain = kind, TORCHS[kind]
    first, second = {
        "to torch's": (flat, plain),
        "from torch's": (plain, flat),
        "to another": (flat, flat),
    }[way]
    weights = parameters()
    optimizer = first(weights, lr=0.01, weight_decay=0.1)
    for k in range(5):
        step(optimizer, weights, k)
    others = [nn.Parameter(p.detach().clone()) for p in weights]
    other = second(others, lr=0.5)
    other.load_state_dict(optimizer.state_dict())
    for k in range(5, 10):
        step(optimizer, weights, k)
        step(other, others, k)
    assert_close(values(weights), values(others), rtol=1e-5, atol=1e-6)


def test_another_number_of_parameters_is_refused():
    saved = FlatAdam(parameters()).state_dict()
    with pytest.raises(ValueError, match=r"as many parameters as this one, \[1\]\. Got \[2\]"):
        FlatAdam(parameters()[:1]).load_state_dict(saved)


def test_parameters_get_memory_of_their_own_back():
    weights = parameters()
    before = values(weights)
    optimizer = FlatAdam(weights)
    shared = {p.untyped_storage().data_ptr() for p in weights}
    assert len(shared) == 1
    optimizer.detach()
    assert len({p.untyped_storage().data_ptr() for p in weights} | shared) == 3
    assert_close(values(weights), before)
    with torch.no_grad():
        weights[0].zero_()
    optimizer.attach()
    step(optimizer, weights, 0)
    assert weights[0].abs().max() < 0.01  # it went on from the zeros


@pytest.mark.parametrize("name", ["adam", "adamw", "muon"])
def test_momenta_of_units_that_no_longer_fire_never_shrink_to_slow_numbers(name):
    weights = [nn.Parameter(torch.ones(4, 3)), nn.Parameter(torch.ones(4))]
    optimizer = optimizers()[name](weights, lr=0.01)
    for step in range(4000):
        optimizer.zero_grad()
        for weight in weights:
            if weight.grad is None:
                weight.grad = torch.zeros_like(weight)
            weight.grad.add_(1.0 if step == 0 else 0.0)
        optimizer.step()
        state = optimizer.state_dict()["state"].values()
        momenta = [value for kept in state for key, value in kept.items() if key != "step"]
        for momentum in momenta:
            smallest = momentum.abs().min()
            assert smallest == 0 or smallest > 1.2e-38
    assert optimizer.state_dict()["state"][1]["exp_avg"].abs().max() == 0


def test_small_momenta_that_move_weights_are_left_alone():
    weight = nn.Parameter(torch.ones(3))
    optimizer = optimizers()["adam"]([weight], lr=0.01)
    for _ in range(300):
        weight.grad.fill_(1e-12)
        optimizer.step()
    # 300 steps of lr * g / (g + 1e-8), as if nothing had been cleaned.
    assert_close(1 - weight.detach(), torch.full((3,), 300 * 0.01 * 1e-4), rtol=0.05, atol=0)
