"""Blocks of a table that hold one column each."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..errors import DataError
from ._block import Block
from ._column_layout import ColumnLayout
from ._column_plan import as_strings

__all__ = ["ColumnBlock"]


class ColumnBlock(Block):
    """One column of a table, read as numbers and scaled so that its total variance is 1.

    A subclass reads the column in ``read_table``, in the type ``matrix_dtype``. All values of a
    missing cell are NaN. ``form`` is the form of its first value in the matrix, as for
    ``ObservedColumn``.

    Parameters
    ----------
    column : str
        Name of the column.
    type : str
        Arrow type of the column in the training table.
    """

    takes_missing: ClassVar[bool] = True
    is_restorable: ClassVar[bool] = False
    matrix_dtype: ClassVar[type[np.generic]] = np.float32
    form: ClassVar[str] = "hash"

    def __init__(self, column: str, type: str) -> None:
        self.column, self.type = column, type
        self._mean: NDArray[np.float64]
        self._scale: NDArray[np.float64]

    def learn_table(self, table: pa.Table) -> None:
        """Learn what ``read_table`` needs from the training rows; by default nothing.

        Parameters
        ----------
        table : pyarrow.Table
            The block's column.
        """

    @property
    def n_levels(self) -> int:
        """Number of encoded levels; 0 for columns without levels."""
        return 0

    @property
    @abstractmethod
    def matrix_names(self) -> tuple[str, ...]:
        """Names of the columns that ``read_table`` returns; known after ``learn_table``."""

    @property
    def layout(self) -> ColumnLayout:
        """Position of the column's values; known once the block is fitted."""
        return ColumnLayout((self.column,), self.encoded_shape, (0.0,), (0.0,))

    def fit(self, X: Any, *, names: Sequence[str] | None = None) -> Self:
        """Fit the scaling; see ``Block.fit``."""
        X = np.asarray(X, dtype=np.float64)
        present = X[~np.isnan(X).any(axis=1)]
        self._mean = present.mean(axis=0) if len(present) else np.zeros(X.shape[1])
        variances = present.var(axis=0) if len(present) else np.zeros(X.shape[1])
        self._scale = self._scales(variances)
        self.encoded_shape = (X.shape[1],)
        return self

    def _scales(self, variances: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the divisor of each value: by default one for all, so that weights stay alike."""
        total = float(variances.sum())
        return np.full(len(variances), np.sqrt(total) if total > 0 else 1.0)

    def encode(self, X: NDArray[Any]) -> NDArray[np.float32]:
        """Scale rows; see ``Block.encode``."""
        scaled: NDArray[np.float32] = ((X - self._mean) / self._scale).astype(np.float32)
        return scaled

    def decode(self, encoded: NDArray[Any]) -> NDArray[np.float64]:
        """Undo the scaling; see ``Block.decode``."""
        raw: NDArray[np.float64] = encoded.astype(np.float64) * self._scale + self._mean
        return raw

    def strings_of(self, table: pa.Table) -> Any:
        """Return the cells of the block's column as strings; see ``as_strings``.

        Parameters
        ----------
        table : pyarrow.Table
            The block's column.

        Returns
        -------
        pyarrow.ChunkedArray

        Raises
        ------
        DataError
            If its values have no text form, such as lists.
        """
        column = table.column(0)
        try:
            return as_strings(column)
        except pa.ArrowException:
            row = pc.index(pc.is_valid(column), True).as_py()
            raise DataError(
                f"Column `{self.column}` must contain texts or numbers, as in training. Got "
                f"{column.type}, such as {repr(column[row].as_py())[:40]} in row {row + 1}."
            ) from None

    def restored(self, values: NDArray[np.float64]) -> Any:
        """Return decoded values as a column of the type of the training table.

        Parameters
        ----------
        values : ndarray of shape (n, n_columns)
            As returned by ``decode``.

        Returns
        -------
        pyarrow.Array
        """
        raise NotImplementedError

    def facts(self) -> dict[str, Any]:
        """Return the name and type of the column; see ``Block.facts``."""
        return {"column": self.column, "type": self.type}

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return the mean and scale; see ``Block.tensors``."""
        return {"mean": self._mean, "scale": self._scale}

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]) -> Self:
        """Return a fitted block; see ``Block.from_facts``."""
        block = cls(facts["column"], facts["type"])
        block._restore(facts, tensors)
        return block

    def _restore(self, facts: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]) -> None:
        self._mean, self._scale = tensors["mean"], tensors["scale"]
        self.encoded_shape = (len(self._mean),)
