"""How accelerators are switched off."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from isthmus import Autoencoder
from isthmus.accelerators import (
    ACCELERATORS,
    accelerated,
    is_on,
    optimizers,
    switched_off,
)
from isthmus.errors import UsageError
from isthmus.nn import MLPAutoencoder
from isthmus.objectives import Reconstruction
from isthmus.training import OPTIMIZERS


@pytest.fixture(autouse=True)
def unset(monkeypatch):
    monkeypatch.delenv("ISTHMUS_ACCELERATORS", raising=False)


def on():
    return {name for name in ACCELERATORS if is_on(name)}


def test_all_are_on_by_default():
    assert on() == set(ACCELERATORS)


@pytest.mark.parametrize(
    ("value", "left_out"),
    [
        ("", set()),
        ("off", set(ACCELERATORS)),
        ("gram-muon", {"gram-muon"}),
        ("gram-muon, flat-adam", {"gram-muon", "flat-adam"}),
    ],
)
def test_the_environment_leaves_some_out(value, left_out, monkeypatch):
    monkeypatch.setenv("ISTHMUS_ACCELERATORS", value)
    assert on() == set(ACCELERATORS) - left_out


def test_a_context_switches_some_off_within_it():
    with switched_off("gradients"):
        assert on() == set(ACCELERATORS) - {"gradients"}
        with switched_off():
            assert on() == set()
        assert on() == set(ACCELERATORS) - {"gradients"}
    assert on() == set(ACCELERATORS)


def test_an_unknown_name_is_refused_with_the_near_one(monkeypatch):
    with pytest.raises(UsageError, match=r"Got 'gradient'. Did you mean `gradients`\?$"):
        switched_off("gradient").__enter__()
    monkeypatch.setenv("ISTHMUS_ACCELERATORS", "adam")
    with pytest.raises(UsageError, match=r"^The environment variable ISTHMUS_ACCELERATORS must be"):
        Autoencoder(2, (4,), epochs=1).fit(np.random.default_rng(0).random((20, 4)))


def test_off_nothing_is_replaced():
    objective = Reconstruction(MLPAutoencoder(6, 2, (5,)))
    assert accelerated(objective) is not objective
    assert optimizers()["adam"] is not OPTIMIZERS["adam"]
    with switched_off():
        assert dict(optimizers()) == OPTIMIZERS
        plain = accelerated(objective)
        plain.train()
        loss, _ = plain.training_loss(torch.ones(4, 6), torch.Generator())
        assert loss.requires_grad  # left to autograd


def test_what_no_way_is_known_for_stays_as_it_is():
    class Own(Reconstruction):
        pass

    objective = Own(torch.nn.Sequential(torch.nn.Identity()))
    assert accelerated(objective) is objective
