"""Rows that a decoder makes up: their categories, and their tables."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ._preprocessor import Preprocessor

__all__ = ["columns_table", "drawn_levels"]


def drawn_levels(
    encoded: NDArray[Any], preprocessor: Preprocessor, generator: np.random.Generator
) -> NDArray[Any]:
    """Return reconstructions with one level of each category, drawn by its probability.

    Parameters
    ----------
    encoded : ndarray of shape ``(n, *encoded_shape)``
        Outputs of a decoder.
    preprocessor : Preprocessor
        Fitted.
    generator : numpy.random.Generator
        Advanced by the draws.

    Returns
    -------
    ndarray of shape ``(n, *encoded_shape)``
        The same array if there are no categories. Levels pooled into one are not drawn.
    """
    layout, table = preprocessor.layout, preprocessor.table
    if layout is None or table is None or not any(layout.heights):
        return encoded
    drawn = encoded.copy()
    drawn[:, table.pooled_values] = 0.0
    ends = [*layout.starts.tolist(), drawn.shape[1]]
    for (start, stop), height in zip(pairwise(ends), layout.heights, strict=True):
        if height:
            drawn[:, start:stop] = height * _one_of(drawn[:, start:stop], generator)
    return drawn


def _one_of(shares: NDArray[Any], generator: np.random.Generator) -> NDArray[np.bool_]:
    """Return one-hot rows, drawn in proportion to shares; the first value if all are 0."""
    sums = np.cumsum(np.maximum(shares, 0.0), axis=1, dtype=np.float64)
    drawn = (generator.random((len(shares), 1)) * sums[:, -1:] >= sums).sum(axis=1)
    last = shares.shape[1] - 1
    chosen: NDArray[np.bool_] = np.arange(last + 1) == np.minimum(drawn, last)[:, None]
    return chosen


def columns_table(matrix: NDArray[np.float64], preprocessor: Preprocessor) -> pa.Table:
    """Return decoded rows of a table of numbers as a table, whole numbers rounded.

    Parameters
    ----------
    matrix : ndarray of shape (n_samples, n_features)
        As returned by ``Preprocessor.decode``.
    preprocessor : Preprocessor
        Fitted on rows with column names.

    Returns
    -------
    pyarrow.Table
        float64, and int64 for columns that had only whole numbers in training.
    """
    names = preprocessor.feature_names or ()
    whole = {*preprocessor.whole_columns}
    return pa.table(
        {
            name: np.round(matrix[:, k]).astype(np.int64) if k in whole else matrix[:, k]
            for k, name in enumerate(names)
        }
    )
