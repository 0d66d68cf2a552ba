"""Categorical columns, as one-hot values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ._block import register_block
from ._column_layout import ColumnLayout
from ._column_plan import MOST_LEVELS, as_strings
from ._level_block import LevelBlock

__all__ = ["CategoricalBlock"]


@register_block("categorical")
class CategoricalBlock(LevelBlock):
    """One categorical column, one-hot encoded.

    In the matrix it is the index of the level, from 0 in descending order of frequency. Above 40
    levels, all but the 39 most frequent are pooled into one. Encoded values are 0 or ``height``,
    which gives the column a total variance of 1. A level that was not in the training rows is
    encoded as a missing cell.

    Parameters
    ----------
    column : str
        Name of the column.
    type : str
        Arrow type of the column in the training table.
    """

    def learn_table(self, table: pa.Table) -> None:
        """Learn the levels; see ``ColumnBlock.learn_table``."""
        counts = pc.value_counts(as_strings(table.column(0)).drop_null())
        pairs = pa.table({name: counts.field(name) for name in ("counts", "values")})
        frequent = pairs.sort_by([("counts", "descending"), ("values", "ascending")])
        self.pools = len(frequent) > MOST_LEVELS
        kept = frequent.slice(0, MOST_LEVELS - 1) if self.pools else frequent
        self.levels = tuple(kept.column("values").to_pylist())

    def fit(self, X: Any, *, names: Sequence[str] | None = None) -> Self:
        """Count the levels; see ``Block.fit``."""
        index = np.asarray(X, dtype=np.float64)[:, 0]
        known = index[index >= 0].astype(np.intp)
        counts = np.bincount(known, minlength=self.n_levels).astype(np.float64)
        shares = counts / max(1.0, counts.sum())
        # The variances of a one-hot column's values sum to 1 - sum(p^2).
        spread = 1 - float(np.square(shares).sum())
        self._mean = shares
        self._scale = np.array([np.sqrt(spread) if spread > 0 else 1.0])
        self.encoded_shape = (self.n_levels,)
        return self

    @property
    def layout(self) -> ColumnLayout:
        """Position of the column's values, with its height and entropy."""
        shares = self._mean[self._mean > 0]
        entropy = float(-(shares * np.log(shares)).sum())
        return ColumnLayout(
            (self.column,), self.encoded_shape, (1 / float(self._scale[0]),), (entropy,)
        )

    def encode(self, X: NDArray[Any]) -> NDArray[np.float32]:
        """Return one-hot rows, NaN for missing and unknown levels; see ``Block.encode``."""
        index = X[:, 0]
        out = np.zeros((len(index), self.n_levels), np.float32)
        known = index >= 0  # False for NaN
        out[~known] = np.nan
        out[np.flatnonzero(known), index[known].astype(np.intp)] = 1 / self._scale[0]
        return out

    def decode(self, encoded: NDArray[Any]) -> NDArray[np.float64]:
        """Return the index of the most likely level; see ``Block.decode``."""
        index: NDArray[np.float64] = encoded.argmax(axis=1).astype(np.float64)[:, None]
        return index
