"""Variational network of convolutions."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from isthmus.nn import VariationalConv


def made(shape=(1, 9, 6), **settings):
    settings = {"generator": torch.Generator().manual_seed(0)} | settings
    return VariationalConv(shape, 2, (3, 4), **settings)


@pytest.mark.parametrize("shape", [(1, 9, 6), (3, 8, 8), (2, 1, 5)])
def test_means_and_log_variances_of_pictures_of_any_shape(shape):
    own, x = made(shape), torch.rand(5, *shape, generator=torch.Generator().manual_seed(0))
    mean, log_variance = own.posterior(x)
    assert mean.shape == log_variance.shape == (5, 2)
    assert_close(own.encode(x), mean)
    assert own.decode(mean).shape == x.shape


def test_the_means_of_the_likelihood_follow_the_output_activation():
    z = torch.randn(4, 2, generator=torch.Generator().manual_seed(0))
    own, plain = made(output_activation="sigmoid"), made()
    assert_close(own.decode(z), plain.decode(z).sigmoid())


def test_the_code_of_a_picture_does_not_depend_on_the_others():
    own, x = made(n_blocks=1), torch.rand(7, 1, 9, 6, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.equal(own.encode(x)[3:5], own.encode(x[3:5]))


def test_the_seed_decides_the_weights():
    weights = [made().state_dict() for _ in range(2)]
    assert all(torch.equal(a, b) for a, b in zip(*(w.values() for w in weights), strict=True))
