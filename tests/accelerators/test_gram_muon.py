"""Muon by Gram matrices, and in bfloat16 as on other devices."""

from __future__ import annotations

import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn

from isthmus import Autoencoder
from isthmus.accelerators import _gram_muon
from isthmus.accelerators._gram_muon import GramMuon, _InBfloat16, _orthogonal, _Polar


def gradient(shape, seed=0):
    """A gradient whose singular values span a factor of ten."""
    generator = torch.Generator().manual_seed(seed)
    u, _, vh = torch.linalg.svd(torch.randn(*shape, generator=generator), full_matrices=False)
    return (u * torch.logspace(-1, 0, min(shape))) @ vh


def test_small_singular_values_are_lifted_and_none_is_thrown_far_off():
    values = torch.logspace(-2.5, 0, 60)
    polar = _Polar(torch.diag(values**2)[None])
    polar.push()
    lifted = torch.diagonal(polar.factor[0]) * values
    assert lifted.min() > 0.4
    assert lifted.max() < 1.6


@pytest.mark.parametrize("scale", [1.0, 1e-9, 1e9])
def test_rows_whose_gradient_has_stopped_come_to_rest_and_cost_no_time(scale):
    # Their momenta would shrink for ever, and squares below 1e-38 are handled one by one.
    weight = nn.Parameter(torch.zeros(20, 30))
    optimizer = GramMuon([weight], lr=1e-3, momentum=0.9)
    weight.grad = gradient((20, 30)) * scale
    for _ in range(5):
        optimizer.step()
    weight.grad[3] = 0
    for _ in range(480):
        optimizer.step()
    (momentum,) = optimizer._stacks[0]._momenta
    assert not momentum[3].any()
    assert momentum[4].all()
    before = weight.detach().clone()
    optimizer.step()
    assert torch.equal(weight[3], before[3])
    assert not torch.equal(weight[4], before[4])


# --- the way of other devices, on the CPU ---------------------------------------------------------


def use_the_way_of_other_devices(monkeypatch):
    monkeypatch.setattr(_gram_muon, "_implementation_for", lambda device: _InBfloat16)


@pytest.mark.parametrize(
    "spectrum", ["flat", "one over k", "exponential", "three", "seven", "sixteen"]
)
def test_in_bfloat16_no_singular_value_is_thrown_far_off(spectrum):
    values = {
        "flat": torch.ones(64),
        "one over k": 1 / torch.arange(1, 65),
        "exponential": torch.logspace(0, -5, 64),
        "three": torch.tensor([1.0, 0.5, 0.2] + [0.0] * 61),
        "seven": torch.ones(7),
        "sixteen": torch.ones(16),
    }[spectrum]
    generator = torch.Generator().manual_seed(0)
    height, width = len(values), {7: 14, 16: 256, 64: 784}[len(values)]
    u = torch.linalg.qr(torch.randn(height, height, generator=generator))[0]
    v = torch.linalg.qr(torch.randn(width, height, generator=generator))[0]
    lifted = torch.linalg.svdvals(_orthogonal(((u * values) @ v.T).bfloat16()[None]).float()[0])
    assert lifted.max() < 1.75
    assert lifted[values > 0.01 * values.norm()].min() > 0.4


@pytest.mark.parametrize("lr", [0.1, torch.tensor(0.1)], ids=["number", "tensor"])
def test_in_bfloat16_steps_are_near_those_in_single_precision(lr, monkeypatch):
    shapes = [(128, 784), (784, 128), (64, 128), (32, 64)]

    def moved():
        weights = [nn.Parameter(torch.ones(shape)) for shape in shapes]
        for k, weight in enumerate(weights):
            weight.grad = gradient(weight.shape, k)
        optimizer = GramMuon(weights, weight_decay=0.5)
        optimizer.param_groups[0]["lr"] = lr
        optimizer.step()
        return [weight.detach() - 0.95 for weight in weights]  # what the decay leaves of ones

    single = moved()
    use_the_way_of_other_devices(monkeypatch)
    for ours, theirs in zip(moved(), single, strict=True):
        assert (ours * theirs).sum() > 0.95 * ours.norm() * theirs.norm()
        assert float(ours.norm()) == pytest.approx(float(theirs.norm()), rel=0.1)


def test_in_bfloat16_a_gradient_of_zeros_moves_nothing(monkeypatch):
    use_the_way_of_other_devices(monkeypatch)
    weight = nn.Parameter(torch.ones(3, 4))
    weight.grad = torch.zeros(3, 4)
    GramMuon([weight], lr=0.1).step()
    assert torch.equal(weight.detach(), torch.ones(3, 4))


def test_in_bfloat16_digits_are_learned_as_well(monkeypatch):
    X = load_digits().data[:600]
    errors = []
    for change in (lambda patch: None, use_the_way_of_other_devices):
        change(monkeypatch)
        fitted = Autoencoder(8, optimizer="muon", epochs=15, random_state=0, device="cpu").fit(X)
        errors.append(fitted.history_[-1]["validation_loss"])
    assert errors[1] == pytest.approx(errors[0], rel=0.1)
