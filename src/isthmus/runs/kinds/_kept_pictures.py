"""Reduction of the pictures that a run stores, so that its figures take a few megabytes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...figures import as_shades, shrunk

__all__ = ["MOST_BYTES", "SMALL", "kept_pictures", "kept_shades", "most_pixels"]

SMALL = 64  # pixels per side of pictures that are drawn less than half an inch wide

MOST_BYTES = 2**21  # of all pictures in one array of bytes
_MOST_FLOATS = 2**19


def most_pixels(n_pictures: int, picture_shape: Sequence[int], most_values: int) -> int:
    """Return the maximum number of pixels per side for a limited total number of values.

    Parameters
    ----------
    n_pictures : int
        Number of pictures.
    picture_shape : sequence of int
        (height, width) or (height, width, channels).
    most_values : int
        Maximum number of values of all pictures.

    Returns
    -------
    int
        At least 1; the length of the longer side if they fit without reduction.
    """
    longer = max(picture_shape[:2])
    share = math.sqrt(most_values / (n_pictures * math.prod(picture_shape)))
    return longer if share >= 1 else max(1, int(share * longer))


def kept_shades(
    pictures: NDArray[Any],
    picture_shape: Sequence[int],
    ends: tuple[float, float],
    *,
    longest: int | None = None,
) -> tuple[NDArray[np.uint8], tuple[int, ...]]:
    """Return pictures as bytes from black to white.

    Parameters
    ----------
    pictures : ndarray of shape (n_pictures, n_features)
        Pictures in any unit.
    picture_shape : sequence of int
        (height, width) or (height, width, channels).
    ends : tuple of two floats
        Values of black and white.
    longest : int, default=None
        Maximum number of pixels per side, for pictures that are drawn small.

    Returns
    -------
    tuple of ndarray of uint8 and tuple of int
        The pictures, with larger ones averaged, and their new shape.
    """
    most = most_pixels(len(pictures), picture_shape, MOST_BYTES)
    most = most if longest is None else min(most, longest)
    return _flat(as_shades(shrunk(pictures, tuple(picture_shape), most=most), *ends), picture_shape)


def kept_pictures(
    pictures: NDArray[Any], picture_shape: Sequence[int]
) -> tuple[NDArray[Any], tuple[int, ...]]:
    """Return pixel values of pictures, at most half a million in total.

    Parameters
    ----------
    pictures : ndarray of shape (n_pictures, n_features)
        Pictures in any unit.
    picture_shape : sequence of int
        (height, width) or (height, width, channels).

    Returns
    -------
    tuple of ndarray and tuple of int
        The pictures, with larger ones averaged, and their new shape.
    """
    most = most_pixels(len(pictures), picture_shape, _MOST_FLOATS)
    if most >= max(picture_shape[:2]):
        return pictures, tuple(picture_shape)
    return _flat(shrunk(pictures, tuple(picture_shape), most=most), picture_shape)


def _flat(
    pictures: NDArray[Any], picture_shape: Sequence[int]
) -> tuple[NDArray[Any], tuple[int, ...]]:
    shape = (*pictures.shape[1:3], *picture_shape[2:])
    return pictures.reshape(len(pictures), -1), shape
