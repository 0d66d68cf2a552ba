"""Perceptrons with their own backward pass: the gradients equal those of autograd."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from isthmus.accelerators._activation_kernels import ACTIVATION_KERNELS
from isthmus.accelerators._layer_programs import LayerPrograms
from isthmus.nn import ACTIVATIONS, MLP, MLPAutoencoder, StackedNetwork


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def gradients(network):
    return [p.grad.clone() for p in network.parameters()]


def squared_error_of(rows):
    def evaluate(out, slopes):
        torch.sub(out, rows, out=slopes)
        return slopes.square().mean(), 2 / rows.numel()

    return evaluate


def stack(*, tied):
    return StackedNetwork(
        6,
        (5, 4, 3),
        ["tanh", "silu", "identity"],
        output_activation="sigmoid",
        tied=tied,
        generator=seeded(),
    )


def test_every_activation_has_a_kernel():
    assert set(ACTIVATION_KERNELS) == set(ACTIVATIONS)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_gradients_are_those_of_autograd_in_double_precision(name):
    network = MLP([5, 4, 3], activation=name, final_activation=name, generator=seeded()).double()
    programs = LayerPrograms(network.layers())
    x = torch.randn(7, 5, dtype=torch.float64, generator=seeded(1)).requires_grad_()
    weights = torch.randn(7, 3, dtype=torch.float64, generator=seeded(2))
    found = []
    for forward in (programs.through, network):
        x.grad = None
        network.zero_grad()
        out = forward(x)
        (out * weights).sum().backward()
        found.append([out.detach().clone(), x.grad, *gradients(network)])
    assert_close(*found, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - {"clip"}))  # its own, by intention
def test_a_kernels_derivative_is_that_of_finite_differences(name):
    kernel = ACTIVATION_KERNELS[name]
    x = torch.tensor([[-2.0, -0.3, 0.4, 2.0]], dtype=torch.float64)
    weights = torch.tensor([[0.3, -1.0, 2.0, 0.7]], dtype=torch.float64)

    def value(x):
        return kernel.value(x * kernel.gain, torch.empty_like(x)).clone()

    before = value(x) if kernel.of_output else x
    gradient = kernel.gradient(weights.clone(), before, torch.empty_like(x))
    step = 1e-6
    for k in range(4):
        change = torch.zeros_like(x)
        change[0, k] = step
        difference = (value(x + change) - value(x - change)) * weights
        assert_close(gradient[0, k], difference.sum() / (2 * step), rtol=1e-5, atol=1e-8)


def test_gradients_add_up_until_they_are_cleared():
    network = MLP([5, 4, 3], generator=seeded())
    programs, x = LayerPrograms(network.layers()), torch.randn(7, 5, generator=seeded(1))
    programs.through(x).sum().backward()
    once = gradients(network)
    programs.through(x).sum().backward()
    assert_close(gradients(network), [2 * g for g in once])


def test_two_passes_before_one_step_do_not_share_buffers():
    network = MLP([5, 4, 3], generator=seeded())
    programs = LayerPrograms(network.layers())
    first, second = (torch.randn(7, 5, generator=seeded(s)) for s in (1, 2))
    programs.through(first).sum().backward()  # leaves buffers behind
    network.zero_grad()
    (programs.through(first) * programs.through(second)).sum().backward()
    own = gradients(network)
    network.zero_grad()
    (network(first) * network(second)).sum().backward()
    assert_close(own, gradients(network))


def test_a_pass_is_differentiated_once():
    programs = LayerPrograms(MLP([5, 4, 3], generator=seeded()).layers())
    loss = programs.through(torch.ones(2, 5)).sum()
    loss.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="differentiated only once"):
        loss.backward()


def test_a_loss_is_differentiated_without_autograd():
    network = MLPAutoencoder(6, 2, (5,), generator=seeded())
    programs, rows = LayerPrograms(network.layers()), torch.rand(7, 6, generator=seeded(1))
    loss = programs.differentiate(rows, squared_error_of(rows))
    assert not loss.requires_grad
    own = gradients(network)
    programs.differentiate(rows, squared_error_of(rows))  # overwrites the gradients of the first
    assert_close(gradients(network), own)
    network.zero_grad()
    expected = (network(rows) - rows).square().mean()
    expected.backward()
    assert_close([loss, *own], [expected, *gradients(network)])


@pytest.mark.parametrize("tied", [False, True], ids=["untied", "tied"])
def test_a_stack_is_differentiated_as_autograd_does(tied):
    network, rows = stack(tied=tied), torch.rand(7, 6, generator=seeded(1))
    programs = LayerPrograms(network.layers())
    for _ in range(2):  # a shared weight is written first and then added to, each time
        programs.differentiate(rows, squared_error_of(rows))
    own = gradients(network)
    network.zero_grad()
    (network(rows) - rows).square().mean().backward()
    assert_close(own, gradients(network))


def test_once_bound_anew_weights_that_have_moved_are_followed():
    # As an optimizer moves them that lays all parameters into one vector.
    network = MLPAutoencoder(6, 2, (5,), generator=seeded())
    programs, rows = LayerPrograms(network.layers()), torch.rand(7, 6, generator=seeded(1))
    programs.differentiate(rows, squared_error_of(rows))
    for p in network.parameters():
        p.data, p.grad = p.data * 2, None
    programs.bind()
    loss = programs.differentiate(rows, squared_error_of(rows))
    own = gradients(network)
    network.zero_grad()
    expected = (network(rows) - rows).square().mean()
    expected.backward()
    assert_close([loss, *own], [expected, *gradients(network)])


def test_batches_of_changing_sizes_are_each_differentiated_right():
    network = MLPAutoencoder(6, 2, (5,), activation="silu")
    for p in network.parameters():
        nn.init.uniform_(p, -1, 1, generator=seeded(2))
    programs = LayerPrograms(network.layers())
    for n in (4, 9, 2, 9, 4, 1, 12, 2):
        rows = torch.rand(n, 6, generator=seeded(n))
        network.zero_grad()
        (programs.through(rows) - rows).square().mean().backward()
        own = gradients(network)
        network.zero_grad()
        (network(rows) - rows).square().mean().backward()
        assert_close(own, gradients(network))
