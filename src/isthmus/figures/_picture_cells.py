"""Pictures of any shape as cells of a figure: small ones enlarged, large ones averaged."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["cell_ratio", "enlarged", "pixel_aspect", "shrunk"]

_CELL_PIXELS = 120  # per picture in a PNG of 150 dots per inch: 0.5 inch and a reserve
_MOST_PIXELS = 480  # per side: more would not be visible in a cell
_MOST_RATIO = 4  # of the sides: rows of wider cells would be lower than their labels


def cell_ratio(height: int, width: int) -> float:
    """Return height over width of the cell of a picture, between 1/4 and 4."""
    return min(max(height / width, 1 / _MOST_RATIO), _MOST_RATIO)


def pixel_aspect(height: int, width: int) -> float:
    """Return matplotlib's ``aspect`` for a picture that fills its cell: 1 for square pixels."""
    return cell_ratio(height, width) * width / height


def shrunk(
    rows: Iterable[NDArray[Any]], shape: tuple[int, ...], *, most: int = _MOST_PIXELS
) -> NDArray[np.float64]:
    """Return rows as pictures with a limited number of pixels per side.

    Parameters
    ----------
    rows : iterable of ndarray of shape (n_features,)
        Larger pictures are averaged, one at a time.
    shape : tuple of int
        (height, width) or (height, width, channels).
    most : int, default=480
        Maximum for the longer side.

    Returns
    -------
    ndarray of shape (n, height, width, channels), float64
    """
    height, width = shape[:2]
    return np.stack([_averaged(row.reshape(height, width, -1), most) for row in rows])


def _averaged(picture: NDArray[Any], most: int) -> NDArray[np.float64]:
    picture = picture.astype(np.float64)
    share = most / max(picture.shape[:2])
    if share >= 1:
        return picture
    for axis in (0, 1):
        before = picture.shape[axis]
        after = max(1, round(share * before))
        starts = np.arange(after) * before // after
        counts = np.diff(starts, append=before)
        picture = np.add.reduceat(picture, starts, axis=axis)
        picture /= np.expand_dims(counts, [k for k in range(3) if k != axis])
    return picture


def enlarged(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return (n, height, width, 3) pictures, with the pixels of small ones as crisp squares.

    SVG viewers smooth small pictures that they enlarge; these are large enough. The pixels of a
    picture more than four times as long as wide are stretched across it.
    """
    height, width = pictures.shape[1:3]
    longer = max(height, width)
    factor = max(1, math.ceil(_CELL_PIXELS / longer))
    down, across = (
        max(factor, math.ceil(longer * factor / (_MOST_RATIO * side))) for side in (height, width)
    )
    large = pictures.repeat(down, axis=1).repeat(across, axis=2)
    return large if large.shape[3] == 3 else large.repeat(3, axis=3)
