"""In-place inference gives the same bytes."""

from __future__ import annotations

import pytest
import torch

from isthmus.accelerators import inference, switched_off
from isthmus.nn import ACTIVATIONS, MLP, MLPAutoencoder, StackedNetwork, TrainingPass


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def networks():
    pair = MLPAutoencoder(9, 2, (7,), activation="tanh", generator=seeded())
    stack = StackedNetwork(9, (7, 3), ["silu", "relu"], tied=True, generator=seeded())
    yield pair
    yield stack
    yield stack.stage(1 - 1)
    yield TrainingPass(pair, precision="bfloat16")


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_perceptron_gives_the_same_bytes(name):
    network = MLP([9, 20, 3], activation=name, final_activation=name, generator=seeded())
    x = 9 * torch.randn(31, 9, generator=seeded(1))
    before = x.clone()
    with torch.inference_mode():
        assert torch.equal(inference(network)(x), network(x))
    assert torch.equal(x, before)


@pytest.mark.parametrize("k", range(4))
def test_a_network_gives_the_same_bytes(k):
    network = list(networks())[k]
    x = torch.randn(31, 9, generator=seeded(1))
    faster = inference(network)
    assert faster is not network
    own = {id(p) for p in network.parameters()}
    assert all(id(p) in own for p in faster.parameters())
    with torch.inference_mode():
        assert torch.equal(faster(x), network(x))
        if not isinstance(network, TrainingPass):
            z = faster.encode(x)
            assert torch.equal(z, network.encode(x))
            assert torch.equal(faster.decode(z), network.decode(z))


def test_with_gradients_it_is_the_network_itself():
    network = MLP([4, 5, 2], activation="silu", generator=seeded())
    x = torch.randn(6, 4, generator=seeded(1))
    inference(network)(x).sum().backward()
    first = [p.grad.clone() for p in network.parameters()]
    network.zero_grad()
    network(x).sum().backward()
    assert all(torch.equal(a, p.grad) for a, p in zip(first, network.parameters(), strict=True))


def test_switched_off_it_is_the_network():
    network = MLP([4, 5, 2], generator=seeded())
    with switched_off("inference"):
        assert inference(network) is network
