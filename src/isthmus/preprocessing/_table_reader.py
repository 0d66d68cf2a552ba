"""Reading of mixed tables as a matrix, one block after the other, and back."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .._damage import DamageError
from ._block import Block
from ._categorical_block import CategoricalBlock
from ._column_block import ColumnBlock
from ._column_layout import ColumnLayout, joined
from ._column_plan import ColumnPlan
from ._date_block import DateBlock
from ._free_text_block import FreeTextBlock
from ._hashed_block import HashedBlock
from ._level_block import UNKNOWN, LevelBlock
from ._list_block import ListBlock
from ._numeric_block import NumericBlock
from ._observed_columns import ObservedColumn
from ._ordinal_block import OrdinalBlock

__all__ = ["TableReader"]

_BLOCKS: dict[str, type[ColumnBlock]] = {
    "categorical": CategoricalBlock,
    "ordinal": OrdinalBlock,
    "date": DateBlock,
    "hashed": HashedBlock,
    "list": ListBlock,
    "text": FreeTextBlock,
}


class TableReader:
    """Columns of a mixed table, read as the columns of a matrix.

    The numeric columns come first, in one block; then each other column in a block of its own.

    Parameters
    ----------
    plans : sequence of ColumnPlan
        Plans of the training table's columns.
    blocks : sequence of Block
        A ``NumericBlock`` if any column is numeric, then a ``ColumnBlock`` for each other column.

    Attributes
    ----------
    plans : tuple of ColumnPlan
        As given.
    numeric : tuple of str
        Names of the numeric columns.
    others : tuple of ColumnBlock
        Blocks of the other columns.
    """

    def __init__(self, plans: Sequence[ColumnPlan], blocks: Sequence[Block]) -> None:
        self.plans = tuple(plans)
        self.numeric = tuple(plan.name for plan in plans if plan.kind == "numeric")
        self._numbers = blocks[0] if self.numeric else None
        others = list(blocks[1:] if self.numeric else blocks)
        if not all(isinstance(block, ColumnBlock) for block in others):
            raise DamageError("every column that is not numeric must have a block of its own")
        self.others: tuple[ColumnBlock, ...] = tuple(others)  # type: ignore[arg-type]

    @classmethod
    def planned(cls, plans: Sequence[ColumnPlan], scaling: str) -> tuple[Self, list[Block]]:
        """Return the reader of a table, and its unfitted blocks.

        Parameters
        ----------
        plans : sequence of ColumnPlan
            Plans of the training table's columns.
        scaling : str
            Scaling of the numeric columns; "auto" is "standard", so that columns weigh alike.
        """
        blocks: list[Block] = []
        if any(plan.kind == "numeric" for plan in plans):
            kind = "standard" if scaling == "auto" else scaling
            # A network of mixed tables knows missing cells, whether its training rows had some.
            blocks.append(NumericBlock(kind, keeps_missing=True))
        blocks += [
            _BLOCKS[plan.kind](plan.name, plan.type) for plan in plans if plan.kind in _BLOCKS
        ]
        return cls(plans, blocks), blocks

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that are read, in the order of the table."""
        return tuple(plan.name for plan in self.plans if plan.is_used)

    @property
    def matrix_names(self) -> tuple[str, ...]:
        """Names of the matrix's columns; known after ``learn``."""
        return (*self.numeric, *(name for block in self.others for name in block.matrix_names))

    @property
    def positions(self) -> list[list[int]]:
        """Positions of each block's columns in the matrix; known after ``learn``."""
        sizes = [len(self.numeric)] if self.numeric else []
        sizes += [len(block.matrix_names) for block in self.others]
        ends = np.cumsum([0, *sizes]).tolist()
        return [list(range(*pair)) for pair in itertools.pairwise(ends)]

    @property
    def observed_columns(self) -> tuple[ObservedColumn, ...]:
        """Position and form of each column in the matrix; known after ``learn``."""
        numbers = [ObservedColumn(name, k, "number") for k, name in enumerate(self.numeric)]
        others = [
            ObservedColumn(block.column, where.start, block.form, block.n_levels)
            for block, where in self._placed()
        ]
        return (*numbers, *others)

    def _placed(self) -> Iterator[tuple[ColumnBlock, slice]]:
        """Yield the block of each column that is not numeric, with its place in the matrix."""
        for block, own in zip(self.others, self.positions[bool(self.numeric) :], strict=True):
            yield block, slice(own[0], own[-1] + 1)

    @property
    def layout(self) -> ColumnLayout:
        """Position of each column's encoded values; known once the blocks are fitted."""
        n = len(self.numeric)
        layouts = [ColumnLayout(self.numeric, (1,) * n, (0.0,) * n, (0.0,) * n)] if n else []
        return joined([*layouts, *(block.layout for block in self.others)])

    @property
    def column_scales(self) -> NDArray[np.float64]:
        """Unit of each column's scaled values; NaN for columns without one; known once fitted."""
        own = [] if self._numbers is None else self._numbers.scaling.units.tolist()
        if len(own) == 1:  # one scale for all numbers
            own *= len(self.numeric)
        return np.array([*own, *[np.nan] * len(self.others)])

    def learn(self, table: pa.Table) -> None:
        """Learn levels and vocabularies from the training table.

        Parameters
        ----------
        table : pyarrow.Table
            Its ``columns``.
        """
        for block in self.others:
            block.learn_table(table.select([block.column]))

    def read(self, table: pa.Table) -> NDArray[Any]:
        """Return the matrix of a table's rows.

        Parameters
        ----------
        table : pyarrow.Table
            Its ``columns``.

        Returns
        -------
        ndarray of shape (n_samples, n_matrix_columns)
            float32 if that can hold all values, else float64; NaN for missing cells.

        Raises
        ------
        DataError
            If a column has another kind of values than in training.
        """
        dtype = np.result_type(np.float32, *(block.matrix_dtype for block in self.others))
        numbers: NDArray[Any] | None = None
        if self._numbers is not None:
            numbers = self._numbers.read_table(table.select(list(self.numeric)))
            dtype = np.result_type(dtype, numbers)
        out = np.empty((table.num_rows, len(self.matrix_names)), dtype)
        if numbers is not None:
            out[:, : len(self.numeric)] = numbers
        for block, where in self._placed():  # one after the other, so that only one is in memory
            out[:, where] = block.read_table(table.select([block.column]))
        return out

    def table_of(self, matrix: NDArray[Any]) -> pa.Table:
        """Return the rows of a decoded matrix as a table in the types of the training table.

        Parameters
        ----------
        matrix : ndarray of shape (n_samples, n_matrix_columns)
            As returned by ``Preprocessor.decode``.

        Returns
        -------
        pyarrow.Table
            In the order of the training table, without columns that cannot be restored (hashed
            values and texts).
        """
        made: dict[str, Any] = {}
        types = {plan.name: plan.type for plan in self.plans}
        for k, name in enumerate(self.numeric):
            made[name] = _numbers(matrix[:, k], types[name])
        for block, where in self._placed():
            if block.is_restorable:
                made[block.column] = block.restored(matrix[:, where])
        return pa.table({name: made[name] for name in self.columns if name in made})

    def missing_cells(self, matrix: NDArray[Any]) -> dict[str, NDArray[np.bool_]]:
        """Return which cells are missing, for each column that can be restored.

        Parameters
        ----------
        matrix : ndarray of shape (n_samples, n_matrix_columns)
            As returned by ``read``.

        Returns
        -------
        dict of str to ndarray of shape (n_samples,), bool
        """
        found = {name: np.isnan(matrix[:, k]) for k, name in enumerate(self.numeric)}
        for block, where in self._placed():
            if block.is_restorable:
                found[block.column] = np.isnan(matrix[:, where.start])
        return found

    @property
    def restored_names(self) -> list[str]:
        """Names of the columns that ``table_of`` returns."""
        own = {block.column for block, _ in self._placed() if block.is_restorable}
        return [name for name in self.columns if name in own or name in self.numeric]

    @property
    def pooled_values(self) -> list[int]:
        """Positions of the encoded values that stand for pooled levels, which name no level."""
        found, starts = [], self.layout.starts[len(self.numeric) :]
        for start, block in zip(starts, self.others, strict=True):
            if isinstance(block, LevelBlock) and block.pools:
                found.append(int(start) + block.n_levels - 1)
        return found

    @property
    def level_names(self) -> dict[str, tuple[str, ...]]:
        """Names of the levels of each categorical column, most frequent in training first."""
        return {
            block.column: block.level_names
            for block in self.others
            if isinstance(block, CategoricalBlock)
        }

    def count_unknown(self, matrix: NDArray[Any]) -> dict[str, int]:
        """Return the number of cells with a level that was not in the training rows, by column.

        Parameters
        ----------
        matrix : ndarray of shape (n_samples, n_matrix_columns)
            As returned by ``read``.

        Returns
        -------
        dict of str to int
            Only columns with such cells.
        """
        counts = {
            block.column: int((matrix[:, where.start] == UNKNOWN).sum())
            for block, where in self._placed()
            if isinstance(block, LevelBlock)
        }
        return {name: count for name, count in counts.items() if count}

    def facts(self) -> list[dict[str, Any]]:
        """Return the plans in JSON types.

        Returns
        -------
        list of dict
        """
        return [plan.as_dict() for plan in self.plans]

    @classmethod
    def from_facts(cls, facts: Sequence[Mapping[str, Any]], blocks: Sequence[Block]) -> Self:
        """Return the reader that returned ``facts``.

        Parameters
        ----------
        facts : sequence of mapping
            As returned by ``facts``.
        blocks : sequence of Block
            Fitted blocks.
        """
        return cls([ColumnPlan(**plan) for plan in facts], blocks)


def _numbers(values: NDArray[Any], kind: str) -> Any:
    """Return numbers as a column of the training table's type, whole numbers rounded."""
    column = pa.array(np.asarray(values, dtype=np.float64), from_pandas=True)
    try:
        parsed = pa.type_for_alias(kind)
    except ValueError:  # a decimal, or numbers stored as text
        return column
    if pa.types.is_boolean(parsed):
        return pa.array(np.asarray(values) >= 0.5, mask=np.isnan(values))
    if pa.types.is_integer(parsed):
        bounds = np.iinfo(parsed.to_pandas_dtype())
        # A float cannot hold the largest integers, and rounding up would overflow.
        low, high = max(bounds.min, -(2**62)), min(bounds.max, 2**62)
        whole = np.clip(np.round(np.asarray(values, np.float64)), low, high)
        return pa.array(whole, from_pandas=True).cast(parsed, safe=False)
    return column.cast(parsed) if pa.types.is_floating(parsed) else column
