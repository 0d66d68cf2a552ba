"""Convolutions that correct pictures."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from isthmus.nn import PictureCorrection


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def correction(**settings):
    made = PictureCorrection((1, 8, 8), (4, 6), generator=seeded(), **settings)
    for k, parameter in enumerate(made.parameters()):
        parameter.data.normal_(0, 0.1, generator=seeded(k))
    return made


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 13, 21), (5, 1, 30), (1, 1, 1)])
def test_a_correction_has_the_shape_of_its_picture_and_starts_near_zero(shape):
    x = torch.randn(5, *shape, generator=seeded(1))
    out = PictureCorrection(shape, (4, 6, 8), generator=seeded())(x)
    assert out.shape == x.shape
    assert 0 < float(out.detach().square().mean()) < 1e-4


def test_once_standardised_a_correction_has_the_units_of_the_pictures():
    x = torch.rand(20, 1, 8, 8, generator=seeded(1))
    small, large = correction(), correction()
    small.standardise(x)
    large.standardise(100 * x - 7)
    assert_close(100 * small(x), large(100 * x - 7), rtol=1e-3, atol=1e-3)


def test_pictures_without_variance_keep_the_unit_one():
    flat = correction()
    flat.standardise(torch.full((3, 1, 8, 8), 0.5))
    assert float(flat.spread) == 1.0
    assert torch.isfinite(flat(torch.full((3, 1, 8, 8), 0.5))).all()


def test_every_weight_is_trained():
    made = correction(n_blocks=2)
    made(torch.randn(4, 1, 8, 8, generator=seeded(1))).square().sum().backward()
    assert all(float(parameter.grad.norm()) > 0 for parameter in made.parameters())
