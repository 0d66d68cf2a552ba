"""Figures of latents: their densities, and the pictures that activate them."""

import numpy as np
import pytest

from isthmus.errors import UsageError
from isthmus.figures import latent_densities, latent_pictures


def test_densities_are_on_a_logarithmic_axis_that_says_so():
    figure = latent_densities([0.0, 1e-4, 1e-3, 0.01, 0.02, 1.0], 0.01)
    axes = figure.axes[0]
    assert axes.get_xscale() == "log"
    assert axes.get_xlabel() == "share of rows with the latent (log scale)"
    drawn = sum(bar.get_height() for bar in axes.patches)
    assert drawn == 5  # all but the dead one


@pytest.mark.parametrize("densities", [[], [0.0], [0.5, 1.5], [-0.1, 0.5]])
def test_densities_must_be_shares(densities):
    with pytest.raises(UsageError, match="`densities` of latent_densities must be from 0 to 1"):
        latent_densities(densities)


def test_each_latent_has_a_line_of_pictures():
    directions = np.arange(3 * 16, dtype=np.uint8).reshape(3, 16)
    pictures = np.zeros((3, 5, 16), np.uint8)
    figure = latent_pictures(directions, pictures, (4, 4), ["7 (1%)", "8 (2%)", "9 (3%)"])
    axes = figure.axes[0]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["7 (1%)", "8 (2%)", "9 (3%)"]
    height, width = axes.images[0].get_array().shape[:2]
    assert width > 5 * height / 3


def test_pictures_need_a_name_for_each_latent():
    with pytest.raises(UsageError, match=r"must have one item per latent\. Got 1, 1 and 2\."):
        latent_pictures(np.zeros((1, 4)), np.zeros((1, 2, 4)), (2, 2), ["a", "b"])
