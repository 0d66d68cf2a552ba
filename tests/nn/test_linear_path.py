"""Perceptrons beside a linear path."""

from __future__ import annotations

import copy

import pytest
import torch
from torch.testing import assert_close

from isthmus.nn import LinearPathAutoencoder, LinearPathMLP, TableAutoencoder


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_its_first_output_is_almost_that_of_the_linear_path_alone():
    network = LinearPathMLP([4, 8, 2], final_activation="sigmoid", generator=seeded())
    weight, bias = torch.randn(2, 4, generator=seeded(1)), torch.randn(2, generator=seeded(2))
    network.start(weight, bias)
    x = torch.randn(6, 4, generator=seeded(3))
    assert_close(network(x), torch.sigmoid(x @ weight.T + bias), rtol=0, atol=0.01)


def test_its_output_is_the_activation_of_the_sum():
    network = LinearPathMLP([4, 8, 2], final_activation="tanh", generator=seeded())
    for k, parameter in enumerate(network.parameters()):
        parameter.data.normal_(generator=seeded(k))
    x = torch.randn(6, 4, generator=seeded(9))
    assert_close(network(x), torch.tanh(network.linear(x) + network.perceptron(x)))


def test_a_smaller_start_leaves_all_other_weights_at_zero():
    network = LinearPathMLP([4, 3], generator=seeded())
    network.start(torch.ones(2, 3), torch.ones(2))
    assert network.linear.weight.tolist() == [[1, 1, 1, 0], [1, 1, 1, 0], [0, 0, 0, 0]]
    assert network.linear.bias.tolist() == [1, 1, 0]


def test_without_gradients_the_code_of_a_row_does_not_depend_on_its_position():
    network = LinearPathAutoencoder(40, 3, (8,), generator=seeded())
    for k, parameter in enumerate(network.parameters()):
        parameter.data.normal_(generator=seeded(k))
    x = torch.randn(100, 40, generator=seeded(9))
    with torch.inference_mode():
        assert torch.equal(network.encode(x).roll(7, 0), network.encode(x.roll(7, 0)))


def test_at_the_solution_of_pca_all_gradients_are_far_from_rounding_errors():
    network = LinearPathAutoencoder(5, 2, (4,), generator=seeded())
    network.encoder.start(torch.eye(2, 5), torch.zeros(2))
    network.decoder.start(torch.eye(5, 2), torch.zeros(5))
    x = torch.randn(20, 5, generator=seeded(1))
    (network(x) - x).square().mean().backward()
    assert min(float(p.grad.norm()) for p in network.parameters()) > 1e-6


@pytest.mark.parametrize("linear_path", [False, True])
def test_a_table_autoencoder_has_one_only_if_asked(linear_path):
    network = TableAutoencoder([1, 2], [0.0, 1.0], 2, (4,), linear_path=linear_path)
    assert any("linear" in name for name in network.state_dict()) == linear_path


def test_the_paths_of_a_copied_table_autoencoder_are_its_own():
    network = TableAutoencoder([1, 2], [0.0, 1.0], 2, (4,), linear_path=True, generator=seeded())
    other = copy.deepcopy(network)
    encoder, decoder = other.with_paths()
    encoder.start(torch.ones(2, 5), torch.zeros(2))
    decoder.start(torch.ones(3, 2), torch.zeros(3))
    x = torch.ones(1, 3)
    assert not torch.equal(other(x), network(x))
