"""Columns of lists of numbers, such as embeddings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..errors import DataError
from ._block import register_block
from ._column_block import ColumnBlock
from ._list_columns import list_length

__all__ = ["ListBlock"]


@register_block("list")
class ListBlock(ColumnBlock):
    """One column of lists of equal length: a number for each element, with a total variance of 1.

    A list with a missing element is a missing cell.

    Parameters
    ----------
    column : str
        Name of the column.
    type : str
        Arrow type of the column in the training table.
    """

    is_restorable: ClassVar[bool] = True

    def __init__(self, column: str, type: str) -> None:
        super().__init__(column, type)
        self.length = 0

    @property
    def matrix_names(self) -> tuple[str, ...]:
        """The column's name with the number of each element."""
        return tuple(f"{self.column}_{k}" for k in range(1, self.length + 1))

    def learn_table(self, table: pa.Table) -> None:
        """Learn the length of the lists; see ``ColumnBlock.learn_table``."""
        self.length = list_length(table.column(0)) or 0

    def read_table(self, table: pa.Table) -> NDArray[Any]:
        """Return the elements of each list; see ``Block.read_table``."""
        column = table.column(0)
        values = np.full((len(column), self.length), np.nan)
        present = pc.is_valid(column).to_numpy()
        if not present.any():
            return values
        length = list_length(column)
        if length != self.length:
            got = "other values" if length is None else f"lists of {length}"
            raise DataError(
                f"Column `{self.column}` must contain lists of {self.length} numbers, as in "
                f"training. Got {got}: correct the cells, or leave them empty."
            )
        elements = pc.list_flatten(column).combine_chunks().to_numpy(zero_copy_only=False)
        values[present] = elements.reshape(-1, length)
        values[np.isnan(values).any(axis=1)] = np.nan
        return values

    def restored(self, values: NDArray[np.float64]) -> Any:
        """Return lists; see ``ColumnBlock.restored``."""
        is_missing = np.isnan(values).any(axis=1)
        ends = np.cumsum(np.where(is_missing, 0, self.length)).tolist()
        offsets = pa.array([0, *ends], pa.int32())
        elements = pa.array(values[~is_missing].ravel())
        return pa.ListArray.from_arrays(offsets, elements, mask=pa.array(is_missing))

    def facts(self) -> dict[str, Any]:
        """Return the length; see ``Block.facts``."""
        return {**super().facts(), "length": self.length}

    def _restore(self, facts: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]) -> None:
        super()._restore(facts, tensors)
        self.length = int(facts["length"])
