"""Likelihoods that suit rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import DataError, UsageError
from ..preprocessing import Preprocessor
from ..rows import Rows
from ._reconstructing import bounds_of

__all__ = ["are_binary", "check_bernoulli", "check_categorical"]

_N_SHOWN = 3


def are_binary(rows: Rows) -> bool:
    """Return whether all observed values are 0 or 1."""
    return all(
        bool(((block == 0) | (block == 1) | block.isnan()).all()) for _, block in rows.blocks()
    )


def check_bernoulli(rows: Rows, preprocessor: Preprocessor) -> None:
    """Raise ``DataError`` if a value that is no category is outside [0, 1]."""
    low, high = (bound.flatten().cpu().numpy() for bound in bounds_of(rows))
    layout, names = preprocessor.layout, preprocessor.column_names or range(len(low))
    is_level = np.zeros(len(low), dtype=bool)
    if layout is not None:
        names, is_level = layout.value_names, np.repeat(layout.heights, layout.sizes) > 0
    # Scaling in single precision may exceed its bounds by rounding.
    wrong = np.flatnonzero(~is_level & ((low < -1e-6) | (high > 1 + 1e-6)))
    if not len(wrong):
        return
    raise DataError(
        "The likelihood 'bernoulli' requires scaled values from 0 to 1. Got "
        f"{low[wrong].min():.4g} to {high[wrong].max():.4g} in {len(wrong):,} of "
        f"{len(low):,} columns ({_shown([names[k] for k in wrong])}; scaling: "
        f"{preprocessor.scaling.kind}): choose scaling='minmax' or 'unit', or "
        "likelihood='gaussian'."
    )


def check_categorical(preprocessor: Preprocessor) -> None:
    """Raise ``UsageError`` unless all columns are categories."""
    layout = preprocessor.layout
    if layout is not None and all(layout.heights):
        return
    numbers: list[str] = []
    if layout is not None:
        numbers = [n for n, height in zip(layout.names, layout.heights, strict=True) if not height]
    raise UsageError(
        "`likelihood` 'categorical' requires a table of categorical columns only. Got "
        f"{_shown(numbers) or 'rows of numbers'}: use 'auto', which treats categories as such "
        "beside numbers."
    )


def _shown(names: Sequence[object]) -> str:
    """Return the first names as text."""
    more = ", ..." if len(names) > _N_SHOWN else ""
    return ", ".join(f"`{name}`" for name in names[:_N_SHOWN]) + more
