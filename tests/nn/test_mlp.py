"""Perceptrons: layers, initial weights, and the mirror."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from isthmus.nn import MLP, MLPAutoencoder


def kinds(network):
    return [type(layer).__name__.lstrip("_") for layer in network]


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_layers_alternate_with_activations_and_end_in_their_own():
    network = MLP([5, 4, 3, 2], activation="relu", final_activation="tanh")
    assert kinds(network) == ["Linear", "ReLU", "Linear", "ReLU", "Linear", "Tanh"]


def test_identity_adds_no_layer():
    assert kinds(MLP([5, 4, 2], activation="tanh")) == ["Linear", "Tanh", "Linear"]
    assert kinds(MLP([5, 4, 2], activation="identity")) == ["Linear", "Linear"]
    assert kinds(MLP([5, 2])) == ["Linear"]


def test_a_pass_is_the_products_by_hand():
    network = MLP([4, 3, 2], activation="relu", final_activation="sigmoid", generator=seeded())
    x = torch.randn(6, 4, generator=seeded(1))
    hidden = (x @ network[0].weight.T + network[0].bias).clamp(min=0)
    by_hand = 1 / (1 + torch.exp(-(hidden @ network[2].weight.T + network[2].bias)))
    assert_close(network(x), by_hand)


@pytest.mark.parametrize("fan_in", [4, 100, 784])
def test_initial_weights_fill_the_range_of_torchs_own_default(fan_in):
    layer = MLP([fan_in, 200], generator=seeded())[0]
    bound = 1 / math.sqrt(fan_in)
    for values in (layer.weight.detach(), layer.bias.detach()):
        assert values.abs().max() <= bound
        assert values.abs().max() > 0.9 * bound
    assert layer.weight.mean().abs() < 0.1 * bound
    spread = float(layer.weight.detach().std())
    assert spread == pytest.approx(bound / math.sqrt(3), rel=0.05)


def test_initial_weights_come_from_the_generator_alone():
    before = torch.get_rng_state()
    networks = [MLPAutoencoder(6, 2, (4,), generator=seeded(s)) for s in (0, 0, 1)]
    assert torch.equal(torch.get_rng_state(), before)
    first, second, other = (list(network.parameters()) for network in networks)
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    assert not any(torch.equal(a, b) for a, b in zip(first, other, strict=True))


def test_the_decoder_mirrors_the_encoder():
    network = MLPAutoencoder(784, 32, (128, 64), generator=seeded())
    shapes = [tuple(p.shape) for p in network.parameters() if p.ndim == 2]
    assert shapes == [(128, 784), (64, 128), (32, 64), (64, 32), (128, 64), (784, 128)]


def test_without_hidden_layers_there_is_one_linear_layer_each_way():
    network = MLPAutoencoder(5, 2, ())
    assert kinds(network.encoder) == kinds(network.decoder) == ["Linear"]


def test_each_activation_has_its_place():
    network = MLPAutoencoder(
        5, 2, (3,), activation="elu", latent_activation="relu", output_activation="sigmoid"
    )
    assert kinds(network.encoder) == ["Linear", "ELU", "Linear", "ReLU"]
    assert kinds(network.decoder) == ["Linear", "ELU", "Linear", "Sigmoid"]


def test_forward_decodes_what_encode_gives():
    network = MLPAutoencoder(5, 2, (3,), generator=seeded())
    x = torch.randn(7, 5, generator=seeded(1))
    code = network.encode(x)
    assert code.shape == (7, 2)
    assert torch.equal(network(x), network.decode(code))
    assert network(x).shape == x.shape


def test_a_pass_leaves_its_rows_as_they_were():
    network = MLPAutoencoder(5, 2, (3,), latent_activation="relu", generator=seeded())
    x = torch.randn(7, 5, generator=seeded(1))
    kept = x.clone()
    network(x)
    assert torch.equal(x, kept)


def test_all_parameters_learn_in_single_precision():
    parameters = list(MLPAutoencoder(5, 2, (3,)).parameters())
    assert all(isinstance(p, nn.Parameter) and p.requires_grad for p in parameters)
    assert {p.dtype for p in parameters} == {torch.float32}


def test_gradients_are_right():
    network = MLPAutoencoder(4, 2, (3,), activation="tanh", generator=seeded()).double().eval()
    x = torch.randn(3, 4, generator=seeded(1), dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(network, x)


def test_tensors_have_the_names_that_saved_models_know():
    network = MLPAutoencoder(6, 2, (4,), activation="silu", output_activation="tanh")
    assert list(network.state_dict()) == [
        f"{part}.{layer}.{kind}"
        for part in ("encoder", "decoder")
        for layer in (0, 2)
        for kind in ("weight", "bias")
    ]
