"""Muon: orthogonalised momentum for matrices, Adam for the rest."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from isthmus.accelerators._gram_muon import GramMuon
from isthmus.training import Muon as PlainMuon

SHAPES = [(16, 16), (40, 8), (8, 40), (1, 12), (12, 1), (1, 1), (128, 784)]


def gradient(shape, seed=0):
    """A gradient whose singular values span a factor of ten."""
    generator = torch.Generator().manual_seed(seed)
    u, _, vh = torch.linalg.svd(torch.randn(*shape, generator=generator), full_matrices=False)
    return (u * torch.logspace(-1, 0, min(shape))) @ vh


@pytest.fixture(name="Muon", params=[PlainMuon, GramMuon])
def choose_muon(request):
    return request.param


def stepped(Muon, shape, lr=1.0, **kwargs):
    weight = nn.Parameter(torch.zeros(shape))
    weight.grad = gradient(shape)
    Muon([weight], lr=lr, **kwargs).step()
    return weight.detach(), weight.grad


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_singular_values_of_an_update_are_about_one_times_the_rate(shape, Muon):
    update, _ = stepped(Muon, shape, block=max(shape))
    values = torch.linalg.svdvals(update) / max(1, shape[0] / shape[1]) ** 0.5
    assert values.min() > 0.4
    assert values.max() < 1.6


@pytest.mark.parametrize("shape", [(16, 16), (40, 8), (8, 40)], ids=str)
def test_an_update_points_against_the_orthogonal_part_of_the_gradient(shape, Muon):
    update, grad = stepped(Muon, shape)
    u, _, vh = torch.linalg.svd(grad, full_matrices=False)
    polar = u @ vh
    cosine = -(update * polar).sum() / update.norm() / polar.norm()
    assert cosine > 0.93


@pytest.mark.parametrize(
    ("shape", "heights"),
    [((64, 90), [64]), ((65, 90), [33, 32]), ((200, 210), [50] * 4), ((300, 301), [100] * 3)],
    ids=str,
)
def test_blocks_of_rows_are_made_orthogonal_each_by_itself(shape, heights, Muon):
    update, grad = stepped(Muon, shape)
    start = 0
    for height in heights:
        alone = nn.Parameter(torch.zeros(height, shape[1]))
        alone.grad = grad[start : start + height].clone()
        Muon([alone], lr=1.0, block=height).step()
        assert_close(update[start : start + height], alone.detach(), rtol=1e-3, atol=1e-4)
        start += height
    assert start == shape[0]


def test_a_tall_matrix_is_stepped_as_its_transpose_times_the_root_of_its_shape(Muon):
    tall, wide = nn.Parameter(torch.zeros(40, 8)), nn.Parameter(torch.zeros(8, 40))
    tall.grad = gradient((40, 8))
    wide.grad = tall.grad.T.contiguous()
    Muon([tall, wide], lr=0.1).step()
    assert_close(tall.detach(), wide.detach().T * math.sqrt(5))


def test_the_size_of_the_gradient_does_not_matter(Muon):
    weights = [nn.Parameter(torch.zeros(6, 9)) for _ in range(2)]
    for weight, factor in zip(weights, (1.0, 1000.0), strict=True):
        weight.grad = gradient((6, 9)) * factor
        Muon([weight], lr=0.1).step()
    assert_close(weights[0].detach(), weights[1].detach(), rtol=1e-3, atol=1e-5)


def test_momentum_in_nesterovs_form_by_hand(Muon):
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


def test_a_step_leaves_the_gradient_as_it_was(Muon):
    _, grad = stepped(Muon, (5, 3))
    assert torch.equal(grad, gradient((5, 3)))


def test_matrices_of_one_shape_are_stepped_as_they_would_be_alone(Muon):
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


def test_vectors_are_stepped_by_adam(Muon):
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


def test_weight_decay_leaves_vectors_alone(Muon):
    bias = nn.Parameter(torch.ones(3))
    bias.grad = torch.zeros(3)
    Muon([bias], lr=0.1, weight_decay=0.5).step()
    assert torch.equal(bias.detach(), torch.ones(3))


def test_a_gradient_of_zeros_moves_nothing(Muon):
    weight = nn.Parameter(torch.ones(3, 4))
    weight.grad = torch.zeros(3, 4)
    Muon([weight], lr=0.1).step()
    assert torch.equal(weight.detach(), torch.ones(3, 4))


def test_parameters_without_a_gradient_stay(Muon):
    weights = [nn.Parameter(torch.ones(3, 4)), nn.Parameter(torch.ones(3))]
    Muon(weights, lr=0.1).step()
    assert all((w == 1).all() for w in weights)


def test_a_bias_that_gets_its_gradient_later_joins_in(Muon):
    first, second = nn.Parameter(torch.zeros(3)), nn.Parameter(torch.zeros(2))
    optimizer = Muon([first, second], lr=0.1)
    first.grad = torch.ones(3)
    optimizer.step()
    second.grad = torch.ones(2)
    optimizer.step()
    assert (second < 0).all()


def test_matrices_of_one_height_are_stepped_as_they_would_be_alone_whatever_their_widths(Muon):
    shapes = [(8, 40), (25, 8), (8, 8)]
    together = [nn.Parameter(torch.zeros(shape)) for shape in shapes]
    alone = [nn.Parameter(torch.zeros(shape)) for shape in shapes]
    for k, (p, q) in enumerate(zip(together, alone, strict=True)):
        p.grad, q.grad = gradient(p.shape, k), gradient(p.shape, k)
        Muon([q], lr=0.1).step()
    Muon(together, lr=0.1).step()
    assert_close(together, alone)


def test_both_step_alike(rng):
    # A last block that is lower, a tall matrix, and vectors; decay and momentum over many steps.
    shapes = [(65, 90), (90, 65), (300, 301), (7,), (2, 2, 2)]
    start = [torch.from_numpy(rng.normal(size=shape)).float() for shape in shapes]
    parameters = [[nn.Parameter(p.clone()) for p in start] for _ in range(2)]
    optimizers = [
        kind(own, lr=0.02, weight_decay=0.1)
        for kind, own in zip((PlainMuon, GramMuon), parameters, strict=True)
    ]
    for _ in range(10):
        for a, b in zip(*parameters, strict=True):
            a.grad = torch.from_numpy(rng.normal(size=a.shape)).float()
            b.grad = a.grad.clone()
        for optimizer in optimizers:
            optimizer.step()
    for a, b in zip(*parameters, strict=True):
        assert_close(a.detach(), b.detach(), rtol=1e-3, atol=2e-4)
