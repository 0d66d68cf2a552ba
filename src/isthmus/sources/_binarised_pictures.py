"""Pictures of black and white pixels, drawn once from grey ones or by a threshold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._chunks import Chunks
from .._random import numpy_generator
from .._row_blocks import row_blocks
from .._translation import Message
from ..errors import UsageError
from ._dataset import Dataset

__all__ = ["binarised"]

_SEED = 0


def binarised(dataset: Dataset, how: str | None) -> Dataset:
    """Return pictures whose pixels are 0 or 1.

    Parameters
    ----------
    dataset : Dataset
        Pictures without negative values.
    how : {"sample", "threshold"} or None
        "sample" draws each pixel once, always with the same seed: its probability of a 1 is its
        value as a share of the highest of the training rows. The drawn pictures are as much a part
        of the data as the grey ones were, as in the experiments of Larochelle & Murray (2011).
        "threshold" gives a 1 from half of the highest value. None changes nothing.

    Returns
    -------
    Dataset
        With pictures of bytes.

    Raises
    ------
    UsageError
        If the rows are not pictures, or have negative values.

    References
    ----------
    Larochelle & Murray (2011), The neural autoregressive distribution estimator, AISTATS.
    Salakhutdinov & Murray (2008), On the quantitative analysis of deep belief networks, ICML.
    """
    if how is None:
        return dataset
    if dataset.kind != "pictures":
        raise UsageError(f"`binarise` applies to pictures. Got {dataset.name}: leave it out.")
    if isinstance(dataset.X, Chunks):
        raise UsageError(
            f"`binarise` requires pictures in memory. {dataset.name} is read in chunks: pass "
            "`stream=False` (--no-stream), or a larger `memory`."
        )
    extremes = [(float(b.min()), float(b.max())) for b in row_blocks(dataset.X)]
    low, high = min(e[0] for e in extremes), max(e[1] for e in extremes)
    if low < 0 or high <= 0:
        raise UsageError(
            f"`binarise` requires pictures of values from 0, with some above it. Got {low:g} to "
            f"{high:g}: leave it out."
        )
    note = (
        Message(
            "Pixels are 0 or 1: drawn once, with the share of {high:g} as the probability.",
            high=high,
        )
        if how == "sample"
        else Message("Pixels are 0 or 1: 1 for values of at least {half:g}.", half=high / 2)
    )
    return replace(
        dataset,
        X=_binary(dataset.X, how, high, "training"),
        X_test=None if dataset.X_test is None else _binary(dataset.X_test, how, high, "test"),
        notes=(*dataset.notes, note),
    )


def _binary(X: Any, how: str, high: float, part: str) -> NDArray[np.uint8]:
    out = np.empty(X.shape, np.uint8)
    draws = numpy_generator(_SEED, f"binarised {part}")
    start = 0
    for block in row_blocks(X):
        shares = np.asarray(block, dtype=np.float32) / np.float32(high)
        limits = draws.random(shares.shape, dtype=np.float32) if how == "sample" else 0.5
        stop = start + len(shares)
        # A share of 1 is above every draw, and one of 0 above none.
        out[start:stop] = shares > limits if how == "sample" else shares >= limits
        start = stop
    return out
