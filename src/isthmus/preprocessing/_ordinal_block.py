"""Columns of ordered levels, as one number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ._block import register_block
from ._column_plan import as_strings
from ._level_block import LevelBlock
from ._level_orders import levels_in_order

__all__ = ["OrdinalBlock"]


@register_block("ordinal")
class OrdinalBlock(LevelBlock):
    """One column of ordered levels, as one number of variance 1.

    In the matrix it is the place in the order, from 0 for the lowest level; reconstructed places
    are rounded to the nearest level. A level that was not in the training rows is encoded as a
    missing cell.

    Parameters
    ----------
    column : str
        Name of the column.
    type : str
        Arrow type of the column in the training table.
    """

    def learn_table(self, table: pa.Table) -> None:
        """Learn the levels and their order; see ``ColumnBlock.learn_table``."""
        column = table.column(0)
        self.levels = levels_in_order(self.column, column, as_strings(column)) or ()

    def fit(self, X: Any, *, names: Sequence[str] | None = None) -> Self:
        """Fit the scaling of the places; see ``Block.fit``."""
        return super().fit(_known(np.asarray(X, dtype=np.float64)), names=names)

    def encode(self, X: NDArray[Any]) -> NDArray[np.float32]:
        """Scale the places, NaN for missing and unknown levels; see ``Block.encode``."""
        return super().encode(_known(X))

    def decode(self, encoded: NDArray[Any]) -> NDArray[np.float64]:
        """Return the nearest place; see ``Block.decode``."""
        places: NDArray[np.float64] = np.round(super().decode(encoded))
        return places.clip(0, max(0, self.n_levels - 1))

    def restored(self, values: NDArray[np.float64]) -> Any:
        """Return the names of levels, or numbers if these are numbers."""
        names = super().restored(values)
        is_number = self.type.startswith(("int", "uint", "float", "double", "halffloat"))
        return names.cast(pa.type_for_alias(self.type)) if is_number else names


def _known(places: NDArray[Any]) -> NDArray[Any]:
    """Return places with NaN for unknown levels."""
    return np.where(places < 0, np.nan, places)  # False for NaN
