"""Variational networks: codes, bounds and layers."""

from __future__ import annotations

import torch
from torch.testing import assert_close

from isthmus.nn import CellMeans, VariationalMLP


def made(**settings):
    settings = {"n_features": 6, "generator": torch.Generator().manual_seed(0)} | settings
    return VariationalMLP(2, (5, 4), **settings)


def test_a_code_is_the_mean_of_the_posterior():
    own, x = made(), torch.rand(3, 6, generator=torch.Generator().manual_seed(0))
    mean, log_variance = own.posterior(x)
    assert mean.shape == log_variance.shape == (3, 2)
    assert_close(own.encode(x), mean)
    assert_close(own(x), own.decode(mean))


def test_the_widths_are_mirrored():
    widths = [(layer.in_features, layer.out_features) for layer, _ in made().layers()]
    assert widths == [(6, 5), (5, 4), (4, 4), (2, 4), (4, 5), (5, 6)]


def test_log_variances_are_bounded():
    own = made()
    _, log_variance = own.posterior(torch.full((1, 6), 1e9))
    assert log_variance.abs().max() <= 20


def test_the_means_of_cells_are_probabilities_and_activated_numbers():
    means = CellMeans((1, 2), (0.0, 3.0), "sigmoid")(torch.tensor([[0.0, 5.0, 5.0]]))
    assert_close(means, torch.tensor([[0.5, 1.5, 1.5]]))


def test_rows_with_missing_cells_have_a_code():
    own = made(n_features=0, sizes=(1, 2), heights=(0.0, 1.0))
    x = torch.tensor([[torch.nan, 1.0, 0.0]])
    assert own(x).isfinite().all()
