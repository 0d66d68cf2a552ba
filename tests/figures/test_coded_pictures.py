"""Pictures above their codes, above their reconstructions."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

from isthmus.errors import UsageError
from isthmus.figures import coded_pictures

_coded_pictures = importlib.import_module("isthmus.figures._coded_pictures")


def drawn(n_pictures: int, latent_dim: int):
    X = np.zeros((n_pictures, 4), np.uint8)
    Z = np.linspace(-1, 2, n_pictures * latent_dim).reshape(n_pictures, latent_dim)
    return coded_pictures(X, Z, X + 255, (2, 2), range(n_pictures))


def test_each_picture_has_its_code_and_its_reconstruction() -> None:
    figure = drawn(3, 5)
    [axes] = figure.axes
    images = [image.get_array() for image in axes.get_images()]
    assert len(images) == 9
    assert images[0].max() == 0 and images[-1].min() == 255
    assert [text.get_text() for text in axes.texts] == [
        "original", "code (5)", "reconstruction", "row", "0", "1", "2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("size", "shape"),
    [(1, (1, 1)), (3, (1, 3)), (16, (4, 4)), (17, (3, 8)), (100, (7, 16)), (1000, (32, 32))],
)
def test_long_codes_are_wrapped_in_order(size, shape) -> None:
    codes = np.arange(1.0, size + 1)[np.newaxis]
    (wrapped,) = _coded_pictures._wrapped(codes)
    assert wrapped.shape == shape
    flat = wrapped.ravel()
    assert flat[:size] * size == pytest.approx(codes[0])
    assert np.isnan(flat[size:]).all()


def test_codes_of_zero_or_without_finite_numbers_are_empty() -> None:
    assert (_coded_pictures._wrapped(np.zeros((1, 2))) == 0).all()
    assert np.isnan(_coded_pictures._wrapped(np.full((1, 2), np.inf))).all()


@pytest.mark.parametrize("n", [0, 11])
def test_only_one_to_ten_pictures_are_drawn(n) -> None:
    with pytest.raises(UsageError, match="requires one to ten pictures"):
        drawn(n, 2)
