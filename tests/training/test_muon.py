"""Muon: orthogonalised momentum for matrices, Adam for the rest."""

from __future__ import annotations

import math

import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.testing import assert_close

from isthmus import Autoencoder
from isthmus.training import _muon
from isthmus.training._muon import Muon, _InBfloat16, _orthogonal, _Polar

SHAPES = [(16, 16), (40, 8), (8, 40), (1, 12), (12, 1), (1, 1), (128, 784)]


def gradient(shape, seed=0):
    """A gradient whose singular values span a factor of ten."""
    generator = torch.Generator().manual_seed(seed)
    u, _, vh = torch.linalg.svd(torch.randn(*shape, generator=generator), full_matrices=False)
    return (u * torch.logspace(-1, 0, min(shape))) @ vh


def stepped(shape, lr=1.0, **kwargs):
    weight = nn.Parameter(torch.zeros(shape))
    weight.grad = gradient(shape)
    Muon([weight], lr=lr, **kwargs).step()
    return weight.detach(), weight.grad


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_singular_values_of_an_update_are_about_one_times_the_rate(shape):
    update, _ = stepped(shape, block=max(shape))
    values = torch.linalg.svdvals(update) / max(1, shape[0] / shape[1]) ** 0.5
    assert values.min() > 0.4
    assert values.max() < 1.6


@pytest.mark.parametrize("shape", [(16, 16), (40, 8), (8, 40)], ids=str)
def test_an_update_points_against_the_orthogonal_part_of_the_gradient(shape):
    update, grad = stepped(shape)
    u, _, vh = torch.linalg.svd(grad, full_matrices=False)
    polar = u @ vh
    cosine = -(update * polar).sum() / update.norm() / polar.norm()
    assert cosine > 0.93


def test_small_singular_values_are_lifted_and_none_is_thrown_far_off():
    values = torch.logspace(-2.5, 0, 60)
    polar = _Polar(torch.diag(values**2)[None])
    polar.push()
    lifted = torch.diagonal(polar.factor[0]) * values
    assert lifted.min() > 0.4
    assert lifted.max() < 1.6


@pytest.mark.parametrize(
    ("shape", "heights"),
    [((64, 90), [64]), ((65, 90), [33, 32]), ((200, 210), [50] * 4), ((300, 301), [100] * 3)],
    ids=str,
)
def test_blocks_of_rows_are_made_orthogonal_each_by_itself(shape, heights):
    update, grad = stepped(shape)
    start = 0
    for height in heights:
        alone = nn.Parameter(torch.zeros(height, shape[1]))
        alone.grad = grad[start : start + height].clone()
        Muon([alone], lr=1.0, block=height).step()
        assert_close(update[start : start + height], alone.detach(), rtol=1e-3, atol=1e-4)
        start += height
    assert start == shape[0]


def test_a_tall_matrix_is_stepped_as_its_transpose_times_the_root_of_its_shape():
    tall, wide = nn.Parameter(torch.zeros(40, 8)), nn.Parameter(torch.zeros(8, 40))
    tall.grad = gradient((40, 8))
    wide.grad = tall.grad.T.contiguous()
    Muon([tall, wide], lr=0.1).step()
    assert_close(tall.detach(), wide.detach().T * math.sqrt(5))


def test_the_size_of_the_gradient_does_not_matter():
    weights = [nn.Parameter(torch.zeros(6, 9)) for _ in range(2)]
    for weight, factor in zip(weights, (1.0, 1000.0), strict=True):
        weight.grad = gradient((6, 9)) * factor
        Muon([weight], lr=0.1).step()
    assert_close(weights[0].detach(), weights[1].detach(), rtol=1e-3, atol=1e-5)


def test_momentum_in_nesterovs_form_by_hand():
    weight, first, second = nn.Parameter(torch.zeros(4, 6)), gradient((4, 6)), gradient((4, 6), 1)
    optimizer = Muon([weight], lr=1.0, momentum=0.9)
    for grad in (first, second):
        before = weight.detach().clone()
        weight.grad = grad.clone()
        optimizer.step()
    momentum = 0.9 * (0.1 * first) + 0.1 * second
    alone = nn.Parameter(torch.zeros(4, 6))
    alone.grad = 0.1 * second + 0.9 * momentum
    Muon([alone], lr=1.0, momentum=0.0).step()
    assert_close(weight.detach() - before, alone.detach(), rtol=1e-3, atol=1e-4)


def test_a_step_leaves_the_gradient_as_it_was():
    _, grad = stepped((5, 3))
    assert torch.equal(grad, gradient((5, 3)))


def test_matrices_of_one_shape_are_stepped_as_they_would_be_alone():
    together = [nn.Parameter(torch.zeros(6, 9)) for _ in range(3)]
    alone = []
    for k, weight in enumerate(together):
        weight.grad = gradient((6, 9), k)
        single = nn.Parameter(torch.zeros(6, 9))
        single.grad = gradient((6, 9), k)
        Muon([single], lr=0.1).step()
        alone.append(single.detach())
    Muon(together, lr=0.1).step()
    for weight, single in zip(together, alone, strict=True):
        assert_close(weight.detach(), single)


def test_vectors_are_stepped_by_adam():
    generator = torch.Generator().manual_seed(0)
    start = [torch.randn(5, generator=generator), torch.randn(3, 2, 2, generator=generator)]
    ours, theirs = ([nn.Parameter(p.clone()) for p in start] for _ in range(2))
    muon = Muon(ours, lr=0.02, vector_rate=0.15)
    adam = torch.optim.Adam(theirs, lr=0.02 * 0.15)
    for _ in range(20):
        for a, b in zip(ours, theirs, strict=True):
            a.grad = torch.randn(a.shape, generator=generator)
            b.grad = a.grad.clone()
        muon.step()
        adam.step()
    for a, b in zip(ours, theirs, strict=True):
        assert_close(a.detach(), b.detach(), rtol=1e-5, atol=1e-6)


def test_weight_decay_leaves_vectors_alone():
    bias = nn.Parameter(torch.ones(3))
    bias.grad = torch.zeros(3)
    Muon([bias], lr=0.1, weight_decay=0.5).step()
    assert torch.equal(bias.detach(), torch.ones(3))


def test_a_gradient_of_zeros_moves_nothing():
    weight = nn.Parameter(torch.ones(3, 4))
    weight.grad = torch.zeros(3, 4)
    Muon([weight], lr=0.1).step()
    assert torch.equal(weight.detach(), torch.ones(3, 4))


def test_parameters_without_a_gradient_stay():
    weights = [nn.Parameter(torch.ones(3, 4)), nn.Parameter(torch.ones(3))]
    Muon(weights, lr=0.1).step()
    assert all((w == 1).all() for w in weights)


def test_a_bias_that_gets_its_gradient_later_joins_in():
    first, second = nn.Parameter(torch.zeros(3)), nn.Parameter(torch.zeros(2))
    optimizer = Muon([first, second], lr=0.1)
    first.grad = torch.ones(3)
    optimizer.step()
    second.grad = torch.ones(2)
    optimizer.step()
    assert (second < 0).all()


def test_matrices_of_one_height_are_stepped_as_they_would_be_alone_whatever_their_widths():
    shapes = [(8, 40), (25, 8), (8, 8)]
    together = [nn.Parameter(torch.zeros(shape)) for shape in shapes]
    alone = [nn.Parameter(torch.zeros(shape)) for shape in shapes]
    for k, (p, q) in enumerate(zip(together, alone, strict=True)):
        p.grad, q.grad = gradient(p.shape, k), gradient(p.shape, k)
        Muon([q], lr=0.1).step()
    Muon(together, lr=0.1).step()
    assert_close(together, alone)


@pytest.mark.parametrize("scale", [1.0, 1e-9, 1e9])
def test_rows_whose_gradient_has_stopped_come_to_rest_and_cost_no_time(scale):
    # Their momenta would shrink for ever, and squares below 1e-38 are handled one by one.
    weight = nn.Parameter(torch.zeros(20, 30))
    optimizer = Muon([weight], lr=1e-3, momentum=0.9)
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
    monkeypatch.setattr(_muon, "_way_on", lambda device: _InBfloat16)


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
        optimizer = Muon(weights, weight_decay=0.5)
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
    test_a_gradient_of_zeros_moves_nothing()


def test_in_bfloat16_digits_are_learned_as_well(monkeypatch):
    X = load_digits().data[:600]
    errors = []
    for change in (lambda patch: None, use_the_way_of_other_devices):
        change(monkeypatch)
        fitted = Autoencoder(8, optimizer="muon", epochs=15, random_state=0, device="cpu").fit(X)
        errors.append(fitted.history_[-1]["validation_loss"])
    assert errors[1] == pytest.approx(errors[0], rel=0.1)
