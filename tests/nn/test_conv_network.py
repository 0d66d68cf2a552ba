"""Convolutional encoders and decoders of pictures of any size."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from isthmus.nn import ConvNetwork, ResidualBlock


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def trained(network):
    """Return the network with random weights everywhere."""
    for k, parameter in enumerate(network.parameters()):
        parameter.data.normal_(0, 0.1, generator=seeded(k))
    return network


@pytest.mark.parametrize("linear_path", [False, True])
@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 13, 21), (5, 1, 30), (1, 1, 1), (2, 3, 2)])
def test_pictures_of_any_size_come_back_in_their_shape(shape, linear_path):
    network = ConvNetwork(shape, 2, (4, 6), linear_path=linear_path, generator=seeded())
    x = torch.randn(5, *shape, generator=seeded(1))
    assert network.encode(x).shape == (5, 2)
    assert network(x).shape == x.shape


def test_a_side_is_halved_while_it_is_at_least_four_pixels():
    network = ConvNetwork((1, 9, 3), 2, (4, 4, 4), generator=seeded())
    strides = [m.stride for m in network.encoder.stages if isinstance(m, nn.Conv2d)]
    assert strides == [(2, 1), (2, 1), (1, 1)]
    assert network.encoder.dense.in_features == 4 * 3 * 3


def test_a_residual_block_starts_as_the_identity():
    x = torch.randn(2, 4, 5, 5, generator=seeded(1))
    assert torch.equal(ResidualBlock(4, generator=seeded())(x), x)


def test_beside_a_linear_path_the_corrections_start_near_zero():
    network = ConvNetwork((1, 4, 4), 3, (4,), linear_path=True, generator=seeded())
    weight = torch.linalg.qr(torch.randn(16, 3, generator=seeded(1)))[0]
    network.encoder.start(weight.T, torch.zeros(3))
    network.decoder.start(weight, torch.ones(16))
    x = torch.randn(6, 1, 4, 4, generator=seeded(3))
    network.standardise(x)
    expected = x.flatten(1) @ weight @ weight.T + 1
    assert_close(network(x).flatten(1), expected, rtol=0, atol=0.1)
    (network(x) - x).square().mean().backward()
    for part in network.with_paths():
        assert float(part.correction.up[0].weight.grad.norm()) > 1e-6


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32)])
def test_without_gradients_the_code_of_a_picture_does_not_depend_on_its_position(shape):
    network = trained(ConvNetwork(shape, 3, (8, 8), linear_path=True, generator=seeded()))
    # Rows are encoded in blocks of a power of two, of at least 64.
    x = torch.randn(64, *shape, generator=seeded(9))
    with torch.inference_mode():
        codes = network.encode(x)
        assert torch.equal(codes.roll(7, 0), network.encode(x.roll(7, 0)))
        assert torch.equal(network.decode(codes).roll(7, 0), network.decode(codes.roll(7, 0)))


def test_without_a_generator_no_weights_are_drawn():
    before = torch.get_rng_state()
    ConvNetwork((1, 8, 8), 2, (4,))
    assert torch.equal(torch.get_rng_state(), before)
