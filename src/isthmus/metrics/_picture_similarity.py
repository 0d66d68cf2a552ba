"""Similarity of pictures and their reconstructions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["can_measure_similarity", "signal_to_noise", "structural_similarity"]

_WINDOW = 7  # scikit-image's default; smaller pictures get a smaller window
_SMALLEST = 3
# Below the rounding of single precision an error cannot be distinguished from 0 (144.5 dB).
_FLOOR = 2.0**-48


def signal_to_noise(squared_error: NDArray[np.float64], span: float) -> NDArray[np.float64]:
    """Return the peak signal-to-noise ratio of each picture, in decibels.

    Parameters
    ----------
    squared_error : ndarray of shape (n_pictures,)
        Mean squared error over pixels.
    span : float
        Range of possible values, from black to white, in the same unit.

    Returns
    -------
    ndarray of shape (n_pictures,)
        At most 144.5: an exact reconstruction has no ratio.
    """
    ratios: NDArray[np.float64] = -10 * np.log10(np.maximum(squared_error / span**2, _FLOOR))
    return ratios


def can_measure_similarity(picture_shape: Sequence[int]) -> bool:
    """Return whether pictures are large enough for a window of 3x3 pixels.

    Parameters
    ----------
    picture_shape : sequence of int
        (height, width) or (height, width, channels).

    Returns
    -------
    bool
    """
    return min(picture_shape[:2]) >= _SMALLEST


def structural_similarity(
    pictures: NDArray[np.float64],
    restored: NDArray[np.float64],
    picture_shape: Sequence[int],
    span: float,
) -> NDArray[np.float64]:
    """Return the mean structural similarity (SSIM) of each picture and its reconstruction.

    Computed by scikit-image, with windows of 7x7 pixels, or the largest odd size that fits.

    Parameters
    ----------
    pictures, restored : ndarray of shape (n_pictures, n_features)
        Both in the same unit.
    picture_shape : sequence of int
        (height, width) or (height, width, channels).
    span : float
        Range of possible values, from black to white, in that unit.

    Returns
    -------
    ndarray of shape (n_pictures,)
        In [-1, 1]; 1 for equal pictures.
    """
    from skimage.metrics import structural_similarity as similarity  # half a second to import

    side = min(_WINDOW, *picture_shape[:2])
    how = {
        "win_size": side - (side + 1) % 2,
        "channel_axis": 2 if len(picture_shape) == 3 else None,
        "data_range": span,
    }
    pairs = zip(pictures, restored, strict=True)
    return np.array(
        [
            similarity(one.reshape(picture_shape), other.reshape(picture_shape), **how)
            for one, other in pairs
        ]
    )
