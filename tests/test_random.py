"""Every draw is derived from (seed, purpose, epoch)."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from isthmus._random import derived_seed, numpy_generator, resolve_seed, torch_generator
from isthmus.errors import UsageError


@pytest.mark.parametrize("given", [0, 7, 2**40, np.int64(7), np.uint8(7)])
def test_an_int_is_its_own_seed(given):
    seed = resolve_seed(given)
    assert seed == given
    assert type(seed) is int


def test_none_draws_from_the_operating_system():
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 (shown to be without effect)
    first = resolve_seed(None)
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002
    assert resolve_seed(None) != first
    assert 0 <= first < 2**32


@pytest.fixture(autouse=True)
def _put_the_global_states_back():
    states = random.getstate(), np.random.get_state()  # noqa: NPY002
    yield
    random.setstate(states[0])
    np.random.set_state(states[1])  # noqa: NPY002


@pytest.mark.parametrize("make", [np.random.RandomState, np.random.default_rng])
def test_a_generator_gives_one_draw_and_moves_on(make):
    generator = make(3)
    first, second = resolve_seed(generator), resolve_seed(generator)
    assert first != second
    assert first == resolve_seed(make(3))
    assert 0 <= first < 2**32


def test_a_negative_seed_is_refused():
    with pytest.raises(UsageError, match=r"^`random_state` must not be negative. Got -1.$"):
        resolve_seed(-1)


@pytest.mark.parametrize("given", [True, 1.0, "0", np.random])
def test_what_is_no_random_state_is_refused(given):
    with pytest.raises(UsageError, match=r"^`random_state` must be None, an int, .* Got "):
        resolve_seed(given)


def test_each_of_seed_purpose_and_epoch_changes_the_draws():
    keys = [(0, "shuffle", 0), (1, "shuffle", 0), (0, "noise", 0), (0, "shuffle", 1)]
    assert len({derived_seed(*key) for key in keys}) == len(keys)
    assert derived_seed(0, "shuffle", 1) == derived_seed(0, "shuffle", 1)


def test_a_derived_seed_is_the_same_on_every_machine():
    # Written down once: a change would break every result that names its seed.
    assert derived_seed(0, "weights") == 3699729803252847382


def test_seeds_beyond_32_bits_are_told_apart():
    assert derived_seed(2**32 + 1, "x") != derived_seed(1, "x")
    torch_generator(2**63, "x")


def test_generators_repeat_and_do_not_depend_on_each_other():
    numpy_generator(5, "a").random(100)
    assert numpy_generator(5, "b").random() == numpy_generator(5, "b").random()
    draws = [torch.rand(3, generator=torch_generator(5, "b", 2)) for _ in range(2)]
    assert torch.equal(*draws)


def test_the_generator_is_on_the_device_that_will_draw(device):
    assert torch_generator(0, "noise", 1, device).device.type == device
