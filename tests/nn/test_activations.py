"""Activations by name: the formula of each."""

from __future__ import annotations

import math

import pytest
import torch
from torch.testing import assert_close

from isthmus.errors import UsageError
from isthmus.nn import ACTIVATIONS, make_activation

SELU = 1.0507009873554805

FORMULAS = {
    "identity": lambda x: x,
    "relu": lambda x: max(x, 0.0),
    "leaky_relu": lambda x: x if x > 0 else 0.01 * x,
    "elu": lambda x: x if x > 0 else math.expm1(x),
    "selu": lambda x: SELU * (x if x > 0 else 1.6732632423543772 * math.expm1(x)),
    "gelu": lambda x: x * 0.5 * (1 + math.erf(x / math.sqrt(2))),
    "silu": lambda x: x / (1 + math.exp(-x)),
    "softplus": lambda x: math.log1p(math.exp(x)),
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "tanh": math.tanh,
    "clip": lambda x: min(max(x, 0.0), 1.0),
}


def test_every_activation_has_its_formula_here():
    assert {*FORMULAS, "softmax"} == set(ACTIVATIONS)


def test_softmax_gives_the_shares_of_a_row():
    x = torch.tensor([[0.0, math.log(3.0)], [1000.0, 1000.0]], dtype=torch.float64)
    assert_close(make_activation("softmax")(x), torch.tensor([[0.25, 0.75], [0.5, 0.5]]).double())


@pytest.mark.parametrize("name", FORMULAS)
def test_the_formula_by_hand(name):
    x = [-3.0, -0.5, 0.0, 0.5, 3.0]
    expected = torch.tensor([FORMULAS[name](v) for v in x], dtype=torch.float64)
    assert_close(make_activation(name)(torch.tensor(x, dtype=torch.float64)), expected)


def test_a_clip_pulls_outputs_beyond_its_bounds_back_to_their_targets():
    x = torch.tensor([-1.0, -1.0, 0.5, 2.0, 2.0], dtype=torch.float64, requires_grad=True)
    target = torch.tensor([0.0, 0.25, 0.25, 0.75, 1.0], dtype=torch.float64)
    (make_activation("clip")(x) - target).square().sum().backward()
    assert x.grad.tolist() == [0.0, -0.5, 0.5, 0.5, 0.0]


@pytest.mark.parametrize("name", [name for name in FORMULAS if name != "clip"])
def test_gradients_are_right_also_where_it_works_in_place(name):
    x = torch.tensor([-2.0, -0.3, 0.4, 2.0], dtype=torch.float64, requires_grad=True)
    # A product first, so that an operation in place has something that it may overwrite.
    assert torch.autograd.gradcheck(lambda v: make_activation(name)(v * 1.5), x)


def test_each_call_makes_a_new_module():
    assert make_activation("relu") is not make_activation("relu")


def test_an_unknown_activation_is_refused_with_the_near_name():
    with pytest.raises(UsageError, match=r"Got 'rellu'. Did you mean `relu`\?$"):
        make_activation("rellu")
