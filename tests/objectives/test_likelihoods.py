"""Likelihoods are those of torch.distributions, and count observed cells alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli, Categorical, Normal
from torch.testing import assert_close

from isthmus.nn import CellMeans, VariationalNetwork
from isthmus.objectives import Likelihood

SIZES, HEIGHTS = (1, 3, 1, 2), (0.0, 2.0, 0.0, 1.5)


def network(link=None, n_variances=0):
    return VariationalNetwork(
        torch.nn.Identity(),
        torch.nn.Identity(),
        torch.nn.Identity() if link is None else link,
        n_variances=n_variances,
    )


def drawn(*shape):
    return torch.from_numpy(np.random.default_rng(0).normal(size=shape).astype(np.float32))


def cells():
    """Two numbers and two categories, the first row with two missing cells."""
    x = torch.tensor([[0.5, 0, 2, 0, torch.nan, 1.5, 0], [-1, 2, 0, 0, 3, 0, 1.5]])
    x[0, 5:] = torch.nan
    return x


def test_bernoulli_is_torchs():
    outputs, x = drawn(4, 6), (drawn(4, 6) > 0).float()
    expected = Bernoulli(logits=outputs).log_prob(x).sum(dim=1)
    assert_close(Likelihood("bernoulli")(network(), outputs, x), expected)


@pytest.mark.parametrize("n_variances", [1, 6])
def test_gaussian_is_torchs(n_variances):
    outputs, x, own = drawn(4, 6), drawn(4, 6).flip(0), network(n_variances=n_variances)
    own.variance.copy_(torch.linspace(0.5, 2, n_variances))
    expected = Normal(outputs, own.variance.sqrt()).log_prob(x).sum(dim=1)
    assert_close(Likelihood("gaussian")(own, outputs, x), expected)


def test_pictures_may_have_channels_and_a_variance_for_each_value():
    outputs, x, own = drawn(4, 2, 3, 5), drawn(4, 2, 3, 5).flip(0), network(n_variances=30)
    own.variance.copy_(torch.linspace(0.5, 2, 30))
    flat = Likelihood("gaussian")(own, outputs.flatten(1), x.flatten(1))
    assert_close(Likelihood("gaussian")(own, outputs, x), flat)
    assert Likelihood("gaussian").squared_error(own, outputs, x).shape == (30,)


def test_categories_are_categorical_and_missing_cells_do_not_count():
    x, outputs = cells(), drawn(2, 7)
    own = network(CellMeans(SIZES, HEIGHTS), n_variances=1)
    own.variance.fill_(0.25)
    numbers = Normal(outputs, 0.5).log_prob(x.nan_to_num(0.0))
    first, last = Categorical(logits=outputs[:, 1:4]), Categorical(logits=outputs[:, 5:])
    expected = [
        numbers[0, 0] + first.log_prob(torch.tensor([1, 0]))[0],
        numbers[1, 0]
        + numbers[1, 4]
        + first.log_prob(torch.tensor([1, 0]))[1]
        + last.log_prob(torch.tensor([0, 1]))[1],
    ]
    assert_close(Likelihood("gaussian", SIZES, HEIGHTS)(own, outputs, x), torch.stack(expected))


def test_the_squared_error_is_the_most_likely_variance():
    x, outputs = cells(), drawn(2, 7)
    own, likelihood = (
        network(CellMeans(SIZES, HEIGHTS), n_variances=1),
        Likelihood("gaussian", SIZES, HEIGHTS),
    )
    best = likelihood.squared_error(own, outputs, x)
    assert_close(best, (outputs - x)[[0, 1, 1], [0, 0, 4]].square().mean()[None])
    sums = []
    for variance in (best, 0.9 * best, 1.1 * best):
        own.variance.copy_(variance)
        sums.append(float(likelihood(own, outputs, x).sum()))
    assert sums[0] > max(sums[1:])


def test_a_column_without_observed_cells_keeps_its_variance():
    x, outputs = cells(), drawn(2, 7)
    x[:, 4] = torch.nan
    own = network(CellMeans(SIZES, HEIGHTS), n_variances=7)
    own.variance.fill_(3.0)
    error = Likelihood("gaussian", SIZES, HEIGHTS).squared_error(own, outputs, x)
    assert error[4] == 3 and error[0] != 3


def test_a_variance_stays_above_zero():
    own = network(n_variances=1)
    own.move_variance(torch.zeros(1), torch.tensor(1.0))
    assert own.variance.item() == pytest.approx(1e-6)
