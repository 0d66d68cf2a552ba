"""Corruption: amount, position, and generator."""

from __future__ import annotations

import pytest
import torch

from isthmus.objectives import Corruption, Reconstruction


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def rows(n=2000, d=10):
    return torch.rand(n, d, generator=generator(1)) + 1


def test_masking_sets_the_asked_share_to_zero_and_nothing_else():
    x = rows()
    noisy, chosen = Corruption("masking", 0.25).apply(x, generator())
    assert torch.equal(noisy == 0, chosen) and torch.equal(noisy[~chosen], x[~chosen])
    assert float(chosen.float().mean()) == pytest.approx(0.25, abs=0.01)


def test_salt_and_pepper_are_the_extremes_of_each_feature_by_a_fair_coin():
    x, low, high = rows(), torch.arange(10.0), torch.arange(10.0) + 100
    noisy, chosen = Corruption("salt_and_pepper", 0.4, low=low, high=high).apply(x, generator())
    peppered, salted = chosen & (noisy == low), chosen & (noisy == high)
    assert torch.equal(peppered | salted, chosen) and torch.equal(noisy[~chosen], x[~chosen])
    assert float(chosen.float().mean()) == pytest.approx(0.4, abs=0.015)
    assert float(salted.sum() / chosen.sum()) == pytest.approx(0.5, abs=0.03)


def test_gaussian_noise_has_the_asked_deviation_everywhere():
    x = rows()
    noisy, chosen = Corruption("gaussian", 0.3).apply(x, generator())
    assert chosen is None
    assert float((noisy - x).std()) == pytest.approx(0.3, abs=0.01)
    assert float((noisy - x).mean()) == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("kind", ["masking", "gaussian", "salt_and_pepper"])
def test_the_generator_alone_decides_and_clean_rows_stay(kind):
    x = rows(20)
    before, noise = x.clone(), Corruption(kind, 0.5, low=torch.zeros(10), high=torch.ones(10))
    state = torch.get_rng_state()
    first = noise.apply(x, generator())[0].clone()
    assert torch.equal(first, noise.apply(x, generator())[0])
    assert not torch.equal(first, noise.apply(x, generator(5))[0])
    assert torch.equal(x, before) and torch.equal(torch.get_rng_state(), state)


class Seen(torch.nn.Module):
    """Returns zeros, and stores its input."""

    def forward(self, x):
        self.x = x.clone()
        return torch.zeros_like(x, requires_grad=True)


def test_the_loss_is_against_the_clean_rows():
    network, x = Seen(), rows(50)
    objective = Reconstruction(network, corruption=Corruption("masking", 0.5))
    loss, _ = objective.training_loss(x, generator())
    assert (network.x == 0).any()
    assert float(loss.detach()) == pytest.approx(float(x.square().mean()), rel=1e-6)
    assert float(objective.validation_loss(x, generator())[0].detach()) == pytest.approx(
        float(x.square().mean()), rel=1e-6
    )
    assert torch.equal(network.x, x), "held-out rows are not corrupted"


@pytest.mark.parametrize("emphasis", [(1.0, 0.0), (0.0, 1.0), (2.0, 0.5)])
def test_emphasis_weighs_corrupted_and_untouched_numbers(emphasis):
    network, x = Seen(), rows(50)
    noise = Corruption("masking", 0.5)
    loss, _ = Reconstruction(network, corruption=noise, emphasis=emphasis).training_loss(
        x, generator()
    )
    weights = torch.where(network.x == 0, *emphasis)
    assert float(loss.detach()) == pytest.approx(float((weights * x.square()).mean()), rel=1e-6)


def test_no_level_is_no_noise():
    network, x = Seen(), rows(5)
    Reconstruction(network, corruption=Corruption("masking", 0.0)).training_loss(x, generator())
    assert torch.equal(network.x, x)
