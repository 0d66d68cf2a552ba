"""Preprocessor: all blocks of a model, and the conversion of user data to a matrix."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from .._chunks import ChunkedRows, ChunkedTable, Chunks
from .._damage import DamageError, what_is_wrong
from .._finite import check_finite
from .._row_blocks import row_blocks
from ..errors import ArtifactError, DataError
from ._column_layout import ColumnLayout
from ._column_plan import ColumnPlan
from ._data_frames import as_table, is_table
from ._given_rows import as_array, check_are_rows, flat_pictures, given_shape, texts_of
from ._observed_columns import ObservedColumn, missing_cells
from ._registered_blocks import Block, block_from_facts
from ._restored_check import check_restored
from ._scaling import AS_IS, Scaling
from ._table_reader import TableReader
from ._text_block import TextBlock
from ._words import Words

__all__ = ["Preprocessor"]

Part = tuple[Block, Sequence[int]]

_OF_COLUMNS = ("numbers", "table")  # kinds of rows


class Preprocessor:
    """Conversion of user data to network inputs and back; part of the model.

    ``prepare`` converts arrays, tables, pictures and texts to a matrix, and blocks encode the
    columns of the matrix. An encoded row has the shape of the block if there is only one; the
    outputs of several blocks are concatenated to a flat row.

    Parameters
    ----------
    blocks : Block or sequence of (Block, sequence of int)
        One block for all columns, or several with the positions of their columns in the matrix:
        each column in exactly one block.

    Attributes
    ----------
    blocks : tuple of Block
        Blocks in the order of their outputs in an encoded row.
    feature_names : tuple of str or None
        Names of the matrix's columns: those of a table, or the words of texts.
    n_features : int
        Number of the matrix's columns; known once it is fitted.
    table : TableReader or None
        Reader of a mixed table: one whose columns are not all numbers.
    whole_columns : tuple of int
        Positions of the matrix's numeric columns whose training values are all whole numbers;
        empty for rows without column names.
    """

    def __init__(self, blocks: Block | Sequence[Part]) -> None:
        parts: list[tuple[Block, Any]]
        parts = [(blocks, None)] if isinstance(blocks, Block) else list(blocks)
        self.blocks = tuple(block for block, _ in parts)
        self._columns = [  # None for all
            None if columns is None else np.asarray(columns, dtype=np.intp) for _, columns in parts
        ]
        self.feature_names: tuple[str, ...] | None = None
        is_only = len(parts) == 1 and parts[0][1] is None
        self._only = self.blocks[0] if is_only else None
        self.table: TableReader | None = None
        self.whole_columns: tuple[int, ...] = ()

    @classmethod
    def of_table(cls, plans: Sequence[ColumnPlan], scaling: str = "auto") -> Self:
        """Return the unfitted preprocessor of a mixed table.

        Parameters
        ----------
        plans : sequence of ColumnPlan
            Return value of ``plan_columns`` for the training table.
        scaling : str, default="auto"
            Scaling of the numeric columns, one of ``SCALINGS``; "auto" is "standard".

        Returns
        -------
        Preprocessor
        """
        reader, blocks = TableReader.planned(plans, scaling)
        made = cls([(block, ()) for block in blocks])  # positions are known after `learn`
        made.table = reader
        return made

    # --- user data ---

    @property
    def kind(self) -> str:
        """Kind of rows: "numbers", "table" (mixed columns), "pictures" or "texts"."""
        if self.table is not None:
            return "table"
        return "numbers" if self._only is None else self._only.kind

    @property
    def picture_shape(self) -> tuple[int, ...] | None:
        """Shape of a picture: (height, width) or (height, width, channels)."""
        return None if self._only is None else self._only.picture_shape

    @property
    def column_names(self) -> tuple[str, ...] | None:
        """Names of the columns that errors are measured on: for a mixed table, its columns."""
        if self.table is not None:
            return (*self.table.numeric, *(block.column for block in self.table.others))
        return self.feature_names

    @property
    def observed_columns(self) -> tuple[ObservedColumn, ...]:
        """Columns of a table in its matrix; empty for pictures, texts and rows without names."""
        if self.table is not None:
            return self.table.observed_columns
        if self.kind != "numbers" or self.feature_names is None:
            return ()
        return tuple(ObservedColumn(name, k, "number") for k, name in enumerate(self.feature_names))

    def has_nothing_observed(self, X: Any) -> NDArray[np.bool_]:
        """Return which rows of a matrix have only missing cells, or levels unknown in training.

        Parameters
        ----------
        X : ndarray or CSR array of shape (n_samples, n_features)
            As returned by ``prepare``.

        Returns
        -------
        ndarray of shape (n_samples,), bool
        """
        if sparse.issparse(X) or X.dtype.kind != "f":
            return np.zeros(X.shape[0], dtype=bool)
        columns = () if self.table is None else self.table.observed_columns
        found = [
            (missing_cells(block, columns) if columns else np.isnan(block)).all(axis=1)
            for block in row_blocks(X)  # a memory map must not be read whole
        ]
        return np.concatenate([np.empty(0, dtype=bool), *found])

    @property
    def input_columns(self) -> tuple[str, ...] | None:
        """Names of the columns of a table that are read; None for other rows."""
        if self.table is not None:
            return self.table.columns
        return None if self._texts is not None else self.feature_names

    @property
    def _texts(self) -> TextBlock | None:
        return self._only if isinstance(self._only, TextBlock) else None

    @property
    def words(self) -> Words | None:
        """Vocabulary of texts, once it is fitted."""
        return None if self._texts is None else self._texts.words

    def learn(self, X: Any, *, owner: str = "X") -> Any:
        """Fit the reading of user data to training rows, and return their matrix.

        Parameters
        ----------
        X : any
            As for ``prepare``; a table of numbers is returned unchanged.
        owner : str, default="X"
            Name of the rows in messages.

        Returns
        -------
        ndarray or CSR array of shape (n_samples, n_features)

        Raises
        ------
        DataError
            If the rows cannot be read.
        """
        self.learn_reading(X, owner=owner)
        return self.prepare(X)

    def learn_reading(self, X: Any, *, owner: str = "X") -> None:
        """Fit the reading of user data, words and levels, without reading them as a matrix.

        Parameters
        ----------
        X : any
            As for ``prepare``.
        owner : str, default="X"
            Name of the rows in messages.

        Raises
        ------
        DataError
            If the rows cannot be read.
        """
        X = X.sample()[1] if isinstance(X, ChunkedTable) else as_array(X)
        block = self._texts
        if block is not None:
            texts = texts_of(X, block.columns, expected=True)
            if texts is not None:
                block.learn_texts(texts, owner=owner)
                self.feature_names = block.feature_names
        elif self.table is not None and is_table(X):
            self.table.learn(as_table(X, self.table.columns))
            self._columns = [np.asarray(own, dtype=np.intp) for own in self.table.positions]
            self.feature_names = self.table.matrix_names

    def prepare(self, X: Any) -> Any:
        """Convert user data to a matrix.

        Parameters
        ----------
        X : array-like, sparse matrix, table or sequence of texts
            A NumPy array, a tensor or a CSR array of numbers, which is not copied; a pandas, polars
            or pyarrow table with at least the columns of the training data, matched by name;
            pictures of shape (n, height, width), with or without channels; for a model of texts, a
            list, array or Series of strings, or a table with the text columns.

        Returns
        -------
        ndarray or CSR array of shape (n_samples, n_features)
            Returned unchanged if ``X`` is none of these, or already a matrix.

        Raises
        ------
        DataError
            If ``X`` is not rows, columns are missing, pictures have another shape, or texts are
            passed to a model of numbers.
        """
        if isinstance(X, ChunkedTable):
            return self._prepared_chunks(X)
        X = as_array(X)
        block = self._texts
        check_are_rows(X, texts=block is not None)
        if block is not None:
            texts = texts_of(X, block.columns, expected=True)
            return X if texts is None else block.read_texts(texts)
        if is_table(X):
            if self.table is not None:
                return self.table.read(as_table(X, self.table.columns))
            return X if self.feature_names is None else self._numbers_of(X)
        if given_shape(X) is not None:
            return X if self.picture_shape is None else flat_pictures(X, self.picture_shape)
        if texts_of(X) is not None:
            raise DataError("This model was trained on numbers. Got texts: pass rows of numbers.")
        return X

    def _prepared_chunks(self, X: ChunkedTable) -> ChunkedRows:
        """Return the matrix of a table in chunks, with the type of the first chunk's numbers."""
        first = self.prepare(X.between(0, 1))
        dtype = np.result_type(np.float32, first, *map(_type_of_numbers, X.schema.types))
        return X.matrix(self.prepare, first.shape[1], dtype)

    def _numbers_of(self, X: Any) -> NDArray[Any]:
        table = as_table(X, self.feature_names or ())
        if self._only is not None:
            return self._only.read_table(table)
        read = [
            block.read_table(table if columns is None else table.select(columns.tolist()))
            for block, columns in zip(self.blocks, self._columns, strict=True)
        ]
        out = np.empty((table.num_rows, table.num_columns), np.result_type(*read))
        for columns, values in zip(self._columns, read, strict=True):
            out[:, columns] = values
        return out

    def check_values(self, X: Any, *, names: Sequence[str] | None = None) -> None:
        """Raise an error for infinite values, and for NaN in blocks that do not accept it.

        Parameters
        ----------
        X : ndarray or CSR array of shape (n_samples, n_features)
            Matrix; read in blocks of rows.
        names : sequence of str, default=None
            Column names; None uses ``feature_names``, or positions from 0.

        Raises
        ------
        DataError
            Names the columns and the number of such values in each.
        """
        if isinstance(X, ChunkedRows) and self.is_fitted:
            return  # values are checked as they are encoded
        names = self.feature_names if names is None else names
        may_miss = [block.takes_missing and not sparse.issparse(X) for block in self.blocks]
        if len(set(may_miss)) == 1:
            check_finite(X, names=names, allow_missing=may_miss[0])
            return
        for allowed, columns in zip(may_miss, self._columns, strict=True):
            own = names if names is None or columns is None else [names[k] for k in columns]
            own_columns = X if columns is None else X[:, columns]
            check_finite(own_columns, names=own, allow_missing=allowed)

    # --- network inputs ---

    def fit(self, X: Any, *, names: Sequence[str] | None = None) -> Self:
        """Fit the encoding to the matrix of training rows.

        Parameters
        ----------
        X : ndarray or CSR array of shape (n_samples, n_features)
            Finite, any real dtype; may be a memory map.
        names : sequence of str, default=None
            Column names, for messages; None uses ``feature_names``, or positions from 0.

        Returns
        -------
        self

        Raises
        ------
        UsageError
            If a setting does not suit the rows.
        DataError
            If the rows cannot be used for fitting.
        """
        return self._fit(X, names, Block.fit.__name__)

    def partial_fit(self, X: Any, *, names: Sequence[str] | None = None) -> Self:
        """Fit the encoding incrementally; has no effect after ``fit``.

        Parameters
        ----------
        X : ndarray or CSR array of shape (n_samples, n_features)
            The next rows.
        names : sequence of str, default=None
            Column names, for messages.

        Returns
        -------
        self
        """
        return self._fit(X, names, Block.partial_fit.__name__)

    def _fit(self, X: Any, names: Sequence[str] | None, method: str) -> Self:
        names = self.feature_names if names is None else names
        self.n_features = int(X.shape[1])
        self._learn_whole_columns(X, is_first=method == Block.fit.__name__ or not self.is_fitted)
        for block, columns in zip(self.blocks, self._columns, strict=True):
            own = names if names is None or columns is None else [names[k] for k in columns]
            # A block that needs the values themselves is fitted to a sample of rows in chunks.
            rows = X.sample()[1] if isinstance(X, Chunks) and not block.fits_statistics else X
            getattr(block, method)(rows if columns is None else rows[:, _place(columns)], names=own)
        return self

    def _learn_whole_columns(self, X: Any, *, is_first: bool) -> None:
        """Learn which numeric columns hold only whole numbers; further rows can only refute it."""
        if self.feature_names is None or sparse.issparse(X) or self.kind not in _OF_COLUMNS:
            return
        n_numeric = self.n_features if self.table is None else len(self.table.numeric)
        is_whole = np.ones(n_numeric, dtype=bool)
        if isinstance(X, ChunkedRows):
            is_whole = X.statistics.is_whole[:n_numeric]
        else:
            for block in row_blocks(X):
                numbers = block[:, :n_numeric]
                is_whole &= ((numbers == np.round(numbers)) | (numbers != numbers)).all(axis=0)
        found = np.flatnonzero(is_whole).tolist()
        self.whole_columns = tuple(k for k in found if is_first or k in self.whole_columns)

    @property
    def is_fitted(self) -> bool:
        """Whether the preprocessor can encode rows."""
        return all(block.is_fitted for block in self.blocks)

    @property
    def encoded_shape(self) -> tuple[int, ...]:
        """Shape of one encoded row."""
        return (self.n_encoded,) if self._only is None else self._only.encoded_shape

    @property
    def n_encoded(self) -> int:
        """Number of values in an encoded row."""
        return sum(math.prod(block.encoded_shape) for block in self.blocks)

    @property
    def slices(self) -> list[slice]:
        """Position of each block's values in a flat encoded row."""
        sizes = [math.prod(block.encoded_shape) for block in self.blocks]
        ends = [0, *itertools.accumulate(sizes)]
        return [slice(start, stop) for start, stop in itertools.pairwise(ends)]

    @property
    def output_activation(self) -> str:
        """Output activation that suits all blocks."""
        asked = {block.output_activation for block in self.blocks}
        return asked.pop() if len(asked) == 1 else "identity"

    @property
    def loss(self) -> str:
        """Loss that suits all blocks, or the squared error."""
        asked = {block.loss for block in self.blocks}
        return asked.pop() if len(asked) == 1 else Block.loss

    @property
    def layout(self) -> ColumnLayout | None:
        """Position of each column in encoded rows with missing cells; None if there are none."""
        if self.table is not None:
            return self.table.layout
        if self._only is None or not self._only.has_missing:
            return None
        n = self.n_encoded
        names = self.feature_names or tuple(map(str, range(n)))
        return ColumnLayout(names, (1,) * n, (0.0,) * n, (0.0,) * n)

    @property
    def scaling(self) -> Scaling:
        """Affine map from the matrix to flat encoded rows, for blocks that scale numbers."""
        if self._only is not None:
            return self._only.scaling
        if self.table is not None or any(block.scaling.curve for block in self.blocks):
            return replace(AS_IS, kind="mixed")
        shift, scale = np.zeros(self.n_features), np.ones(self.n_features)
        constant = np.zeros(self.n_features, dtype=bool)
        for block, columns in zip(self.blocks, self._columns, strict=True):
            own = block.scaling
            shift[columns], scale[columns] = own.shift, own.scale
            constant[columns] = False if own.constant is None else own.constant
        kinds = {block.scaling.kind for block in self.blocks}
        kind = kinds.pop() if len(kinds) == 1 else "mixed"
        return Scaling(kind, shift, scale, constant if constant.any() else None)

    def encode(self, X: NDArray[Any]) -> NDArray[np.float32]:
        """Convert rows of the matrix to network inputs.

        Parameters
        ----------
        X : ndarray of shape (n, n_features)
            Dense rows.

        Returns
        -------
        ndarray of shape ``(n, *encoded_shape)``, float32
            A new array.
        """
        if self._only is not None:
            return self._only.encode(X)
        encoded = [
            block.flatten(block.encode(X[:, _place(columns)]))
            for block, columns in zip(self.blocks, self._columns, strict=True)
        ]
        return np.concatenate(encoded, axis=1)

    def decode(self, encoded: NDArray[Any]) -> NDArray[np.float64]:
        """Map encoded rows or reconstructions back to the units of the matrix.

        Parameters
        ----------
        encoded : ndarray of shape ``(n, *encoded_shape)``
            Not modified.

        Returns
        -------
        ndarray of shape (n, n_features), float64
        """
        if self._only is not None:
            return self._only.decode(encoded)
        out = np.empty((len(encoded), self.n_features))
        for block, columns, where in zip(self.blocks, self._columns, self.slices, strict=True):
            out[:, _place(columns)] = block.decode(block.unflatten(encoded[:, where]))
        return out

    def flatten(self, encoded: NDArray[Any]) -> NDArray[Any]:
        """Flatten encoded rows, those of a single block in the order of its columns.

        Parameters
        ----------
        encoded : ndarray of shape ``(n, *encoded_shape)``
            Encoded rows.

        Returns
        -------
        ndarray of shape (n, n_encoded)
        """
        return encoded if self._only is None else self._only.flatten(encoded)

    def unflatten(self, flat: NDArray[Any]) -> NDArray[Any]:
        """Undo ``flatten``.

        Parameters
        ----------
        flat : ndarray of shape (n, n_encoded)
            Flattened encoded rows.

        Returns
        -------
        ndarray of shape ``(n, *encoded_shape)``
        """
        return flat if self._only is None else self._only.unflatten(flat)

    @property
    def single(self) -> Callable[[], tuple[NDArray[np.float32], NDArray[np.float32]]] | None:
        """Function that returns the shift and factor for rows of bytes, or None; see ``Block``."""
        pair = None if self._only is None else self._only.single()
        return None if pair is None else lambda: pair

    @property
    def is_slow(self) -> bool:
        """Whether encoding takes much longer than reading encoded rows: one block after another."""
        return self._only is None

    # --- the artifact ---

    def facts(self) -> dict[str, Any]:
        """Return the fitted values except arrays, in JSON types.

        Returns
        -------
        dict
            ``n_features``, ``feature_names`` and ``blocks``.
        """
        own = None if self._texts is not None else self.feature_names
        table = {} if self.table is None else {"table": self.table.facts()}
        whole = {"whole_columns": list(self.whole_columns)} if self.whole_columns else {}
        return {
            **table,
            **whole,
            "n_features": self.n_features,
            "feature_names": None if own is None else list(own),
            "blocks": [
                {
                    "block": block.name,
                    "columns": None if columns is None else columns.tolist(),
                    **block.facts(),
                }
                for block, columns in zip(self.blocks, self._columns, strict=True)
            ],
        }

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return the fitted arrays.

        Returns
        -------
        dict of str to ndarray
            Each name starts with the number of its block.
        """
        return {
            f"{k}.{name}": tensor
            for k, block in enumerate(self.blocks)
            for name, tensor in block.tensors().items()
        }

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]) -> Self:
        """Return the preprocessor that returned ``facts`` and ``tensors``.

        Parameters
        ----------
        facts : mapping
            As returned by ``facts``.
        tensors : mapping of str to ndarray
            As returned by ``tensors``.

        Returns
        -------
        Preprocessor
            Fitted.

        Raises
        ------
        ArtifactError
            If a block is unknown, or something is damaged.
        """
        try:
            blocks: list[Any] = []
            for k, own in enumerate(facts["blocks"]):
                prefix = f"{k}."
                its = {
                    name.removeprefix(prefix): tensor
                    for name, tensor in tensors.items()
                    if name.startswith(prefix)
                }
                blocks.append((block_from_facts(own, its), _positions(own["columns"])))
            is_only = len(blocks) == 1 and blocks[0][1] is None
            made = cls(blocks[0][0] if is_only else blocks)
            if "table" in facts:
                made.table = TableReader.from_facts(facts["table"], made.blocks)
            made.n_features = int(facts["n_features"])
            made.whole_columns = tuple(map(int, facts.get("whole_columns", ())))
            names = facts["feature_names"]
            made.feature_names = made.blocks[0].feature_names if names is None else _names(names)
            check_restored(made)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            if isinstance(error, ArtifactError):
                raise
            raise ArtifactError(
                "The preprocessing of this model cannot be read: it is damaged "
                f"({what_is_wrong(error)})."
            ) from None
        return made


def _type_of_numbers(kind: Any) -> Any:
    """Return the type that holds all values that a column's type allows, as far as floats do."""
    is_long = pa.types.is_integer(kind) and kind.bit_width > 16
    return np.float64 if is_long else np.uint8


def _place(columns: NDArray[np.intp] | None) -> slice | NDArray[np.intp]:
    """Return columns as a slice if they are next to each other, which is read without a copy."""
    if columns is None:
        return slice(None)
    first, last = int(columns[0]), int(columns[-1])
    is_block = last - first + 1 == len(columns) and bool((np.diff(columns) == 1).all())
    return slice(first, last + 1) if is_block else columns


def _positions(columns: Any) -> list[int] | None:
    if columns is None:
        return None
    if any(type(column) is not int for column in columns):
        raise DamageError("the columns of a block are not positions")
    return list(columns)


def _names(names: Any) -> tuple[str, ...]:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise DamageError("its column names are not a list of strings")
    return tuple(names)
