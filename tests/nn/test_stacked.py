"""Networks layer by layer: order, sharing, tying."""

from __future__ import annotations

import copy

import pytest
import torch
from torch.testing import assert_close

from isthmus.nn import StackedNetwork


def network(*, tied=False, is_chain=False, dims=(5, 4, 3)):
    return StackedNetwork(
        6,
        dims,
        ["tanh", "silu", "identity"][: len(dims)],
        output_activation="sigmoid",
        tied=tied,
        is_chain=is_chain,
        generator=torch.Generator().manual_seed(0),
    )


def x(n=7):
    return torch.rand(n, 6, generator=torch.Generator().manual_seed(1))


@torch.no_grad()
def test_unrolled_it_is_all_encoders_and_then_all_decoders_the_last_first():
    net = network().eval()
    code = x()
    for k in range(3):
        code = net.stage(k).encode(code)
        assert_close(net.level(k)(x()), code)
    assert_close(net.encode(x()), code)
    for k in (2, 1, 0):
        code = net.stage(k).decode(code)
    assert_close(net(x()), code)


@torch.no_grad()
def test_as_a_chain_each_autoencoder_takes_the_reconstruction_of_the_one_before():
    net = network(is_chain=True).eval()
    rows = x()
    for k in range(3):
        assert_close(net.level(k)(x()), net.stage(k).encode(rows))
        rows = net.stage(k)(rows)
        assert rows.shape == (7, 6)
        assert_close(net.above(0)(x()), net.stage(0)(x()))
    assert_close(net(x()), rows)
    assert_close(net.encode(x()), net.level(2)(x()))


@pytest.mark.parametrize("is_chain", [False, True], ids=["stack", "chain"])
def test_a_stages_training_moves_its_own_weights_alone(is_chain):
    net = network(is_chain=is_chain).train()
    before = copy.deepcopy(net.state_dict())
    stage = net.stage(1)
    optimizer = torch.optim.SGD(stage.parameters(), lr=0.5)
    given = net.above(0)(x()).detach().clone()
    stage.train()(given).square().mean().backward()
    optimizer.step()
    moved = {key for key, value in net.state_dict().items() if not torch.equal(value, before[key])}
    assert len(moved) == 4  # two weights and two biases
    assert len(list(net.parameters())) == 12


@pytest.mark.parametrize("is_chain", [False, True], ids=["stack", "chain"])
def test_tied_weights_are_one_tensor_that_is_kept_once(is_chain):
    net = network(tied=True, is_chain=is_chain)
    assert len(list(net.parameters())) == 9  # three weights, six biases
    weights = [name for name in net.state_dict() if name.endswith("weight")]
    assert len(weights) == 3
    encoder, decoder = (part[0] for part in (net.stage(1).encoder, net.stage(1).decoder))
    assert decoder.weight.data_ptr() == encoder.weight.data_ptr()
    twin = copy.deepcopy(net)
    with torch.no_grad():
        twin.stage(1).encoder[0].weight.zero_()
    assert not twin.stage(1).decoder[0].weight.any() and decoder.weight.any()


@pytest.mark.parametrize("tied", [False, True], ids=["untied", "tied"])
def test_gradients_are_those_of_the_layers_one_by_one(tied):
    net = network(tied=tied).train()
    net(x()).square().sum().backward()
    ours = [p.grad.clone() for p in net.parameters()]
    for p in net.parameters():
        p.grad = None
    plain = x()
    for layer, name in net.layers():
        plain = torch.nn.functional.linear(plain, layer.weight, layer.bias)
        plain = {"identity": lambda v: v, "tanh": torch.tanh, "sigmoid": torch.sigmoid}.get(
            name, torch.nn.functional.silu
        )(plain)
    plain.square().sum().backward()
    for own, p in zip(ours, net.parameters(), strict=True):
        assert_close(own, p.grad)


@torch.no_grad()
def test_untied_it_starts_where_the_tied_one_was():
    tied, untied = network(tied=True).eval(), network().eval()
    untied.copy_untied(tied)
    assert_close(untied(x()), tied(x()))
    untied.stage(0).decoder[0].weight.zero_()
    assert tied.stage(0).encoder[0].weight.any()


def test_tensors_have_the_names_that_saved_models_know():
    names = ["encoder.0.weight", "encoder.0.bias", "encoder.2.weight", "encoder.2.bias"]
    decoder = ["decoder.0.weight", "decoder.0.bias", "decoder.2.weight", "decoder.2.bias"]
    assert list(network(dims=(5, 4)).state_dict()) == [*names, *decoder]
    biases = [name for name in decoder if name.endswith("bias")]
    assert list(network(dims=(5, 4), tied=True).state_dict()) == [*names, *biases]
