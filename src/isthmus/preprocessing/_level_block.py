"""Columns of levels: categories with or without an order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ._column_block import ColumnBlock

__all__ = ["UNKNOWN", "LevelBlock"]

UNKNOWN = -1.0  # in the matrix, a level that is not among those of the training rows


class LevelBlock(ColumnBlock):
    """One column of levels; in the matrix, the index of each cell's level.

    A subclass sets ``levels`` in ``learn_table``, and ``pools`` if all other levels are one more.

    Parameters
    ----------
    column : str
        Name of the column.
    type : str
        Arrow type of the column in the training table.
    """

    is_restorable: ClassVar[bool] = True
    form: ClassVar[str] = "level"

    def __init__(self, column: str, type: str) -> None:
        super().__init__(column, type)
        self.levels: tuple[str, ...] = ()
        self.pools = False

    @property
    def matrix_names(self) -> tuple[str, ...]:
        """Name of the column."""
        return (self.column,)

    @property
    def n_levels(self) -> int:
        """Number of levels, the pooled one included."""
        return len(self.levels) + self.pools

    @property
    def level_names(self) -> tuple[str, ...]:
        """Names of the levels."""
        return (*self.levels, "other") if self.pools else self.levels

    def read_table(self, table: pa.Table) -> NDArray[Any]:
        """Return the index of each cell's level; see ``Block.read_table``."""
        strings = self.strings_of(table)
        indices = pc.index_in(strings, value_set=pa.array(self.levels, pa.string()))
        indices = (
            indices.to_numpy(zero_copy_only=False)
            if isinstance(indices, pa.Array)
            else indices.to_numpy()
        )
        values = np.asarray(indices, dtype=np.float32)
        present = pc.is_valid(strings).to_numpy()
        other = float(len(self.levels)) if self.pools else UNKNOWN
        values[np.isnan(values) & present] = other
        return values[:, None]

    def restored(self, values: NDArray[np.float64]) -> Any:
        """Return the names of levels; see ``ColumnBlock.restored``."""
        names = np.array([*self.level_names, None], dtype=object)
        index = np.where(np.isnan(values[:, 0]) | (values[:, 0] < 0), -1, values[:, 0])
        return pa.array(names[index.astype(np.intp)], pa.string())

    def facts(self) -> dict[str, Any]:
        """Return the levels; see ``Block.facts``."""
        return {**super().facts(), "levels": list(self.levels), "pools": self.pools}

    def _restore(self, facts: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]) -> None:
        super()._restore(facts, tensors)
        self.levels, self.pools = tuple(map(str, facts["levels"])), bool(facts["pools"])
