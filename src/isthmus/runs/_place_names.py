"""Names of the values of a row by their place in a picture or a feature map."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

__all__ = ["place_names"]


def place_names(shape: Sequence[int] | None, n_features: int) -> list[str]:
    """Return names for the features of rows without column names.

    Parameters
    ----------
    shape : sequence of int, or None
        ``(height, width)`` or ``(height, width, channels)`` of the rows; None for other rows.
    n_features : int
        Number of features.

    Returns
    -------
    list of str
        Such as "row_3_column_5_channel_0", from 0. "column_5" for rows without a shape, or with a
        picture of one line.
    """
    if shape is None or shape[0] == 1 or len(shape) not in (2, 3):
        return [f"column_{k}" for k in range(n_features)]
    parts = ("row", "column", "channel")
    return [
        "_".join(f"{part}_{at}" for part, at in zip(parts, place, strict=False))
        for place in itertools.product(*map(range, shape))
    ]
