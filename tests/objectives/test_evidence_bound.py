"""The evidence bound: its divergence, its parts, warm-up and free bits."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence
from torch.testing import assert_close

from isthmus.nn import VariationalMLP
from isthmus.objectives import EvidenceBound, Likelihood, Shifts, kl_to_prior

X = torch.from_numpy(np.random.default_rng(0).random((12, 4), dtype=np.float32))


def objective(**settings):
    generator = torch.Generator().manual_seed(0)
    network = VariationalMLP(2, (5,), n_features=4, n_variances=1, generator=generator)
    return EvidenceBound(network, Likelihood("gaussian"), **settings)


def training_loss(own):
    total, parts = own.training_loss(X, torch.Generator().manual_seed(1))
    return total.item(), {name: part.item() for name, part in parts.items()}


def test_the_divergence_is_torchs():
    mean, log_variance = X[:6], X[6:] - 0.5
    posterior = Normal(mean, (log_variance / 2).exp())
    prior = Normal(torch.zeros_like(mean), torch.ones_like(mean))
    assert_close(kl_to_prior(mean, log_variance), kl_divergence(posterior, prior))


def test_the_total_is_the_sum_of_its_parts():
    total, parts = training_loss(objective(beta=0.5))
    assert parts["kl"] > 0
    assert total == pytest.approx(parts["reconstruction"] + 0.5 * parts["kl"], rel=1e-5)


def test_beta_rises_from_zero_in_training_and_is_whole_in_validation():
    own = objective(beta=2.0, n_warmup_steps=2)
    weights = []
    for _ in range(4):
        total, parts = training_loss(own)
        weights.append((total - parts["reconstruction"]) / parts["kl"])
    assert weights == pytest.approx([0, 1, 2, 2], abs=1e-3)
    total, parts = objective(beta=2.0, n_warmup_steps=2).validation_loss(
        X, torch.Generator().manual_seed(1)
    )
    wanted = parts["reconstruction"] + 2 * parts["kl"]
    assert total.item() == pytest.approx(wanted.item())


def test_units_below_the_free_bits_cost_as_much_and_have_no_gradient_of_the_divergence():
    own = objective(free_bits=5.0)
    total, parts = training_loss(own)
    assert parts["kl"] < 10
    assert total == pytest.approx(parts["reconstruction"] + 10, rel=1e-5)
    gradients = []
    for settings in ({"free_bits": 5.0}, {"beta": 0.0}):
        own = objective(**settings)
        own.training_loss(X, torch.Generator().manual_seed(1))[0].backward()
        gradients.append(torch.cat([p.grad.flatten() for p in own.parameters()]))
    assert_close(*gradients)


def test_the_variance_follows_the_squared_error():
    own = objective()
    training_loss(own)
    first = own.network.variance.clone()
    assert first.item() != 1
    for _ in range(300):
        training_loss(own)
    assert_close(own.network.variance, first)


def test_the_state_holds_the_step_so_that_a_resumed_warm_up_goes_on():
    own, resumed = (objective(n_warmup_steps=5) for _ in range(2))
    for _ in range(3):
        training_loss(own)
    resumed.load_state_dict(own.state_dict())
    assert training_loss(resumed) == training_loss(own)


def test_training_pictures_are_shifted():
    shifts = Shifts((2, 2), 1)
    moved, still = training_loss(objective(shifts=shifts)), training_loss(objective())
    assert moved != still
