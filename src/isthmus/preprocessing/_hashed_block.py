"""Columns with many different values, as hashed n-grams."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sklearn.feature_extraction.text import HashingVectorizer

from ._block import register_block
from ._column_block import ColumnBlock

__all__ = ["HashedBlock"]

_WIDTH = 32
_MOST_KEPT = 2**17  # values, 16 MiB of numbers


@register_block("hashed")
class HashedBlock(ColumnBlock):
    """One column of names, codes or places: character n-grams hashed into 32 numbers.

    Values with a similar spelling have similar numbers, and new values need no level of their own.
    The values themselves cannot be restored from the numbers.

    Parameters
    ----------
    column : str
        Name of the column.
    type : str
        Arrow type of the column in the training table.

    References
    ----------
    Weinberger et al. (2009), Feature hashing for large scale multitask learning, ICML.
    Cerda & Varoquaux (2020), Encoding high-cardinality string categorical variables, IEEE TKDE.
    """

    def __init__(self, column: str, type: str) -> None:
        super().__init__(column, type)
        self._known = pa.array([], pa.string())  # values that were hashed last, and their numbers
        self._hashes = np.empty((0, _WIDTH), np.float32)

    @property
    def matrix_names(self) -> tuple[str, ...]:
        """The column's name with the number of each hash."""
        return tuple(f"{self.column}_{k}" for k in range(1, _WIDTH + 1))

    def read_table(self, table: pa.Table) -> NDArray[Any]:
        """Return the hashed n-grams of each cell; see ``Block.read_table``."""
        strings = self.strings_of(table)
        encoded = strings.combine_chunks().dictionary_encode()
        out = np.full((len(strings), _WIDTH), np.nan, np.float32)
        if len(encoded.dictionary):
            hashed = self._hashed(encoded.dictionary)
            index = encoded.indices.to_numpy(zero_copy_only=False)
            present = pc.is_valid(strings).to_numpy()
            out[present] = hashed[index[present].astype(np.intp)]
        return out

    def _hashed(self, values: pa.Array) -> NDArray[np.float32]:
        """Return the numbers of different values.

        Hashing is slow, and held-out rows mostly have values of the training rows: the numbers of
        the last values are kept.
        """
        index = pc.index_in(values, value_set=self._known)
        is_new = pc.is_null(index)
        new = values.filter(is_new)
        hashes = np.empty((len(values), _WIDTH), np.float32)
        where = is_new.to_numpy(zero_copy_only=False)
        hashes[~where] = self._hashes[index.drop_null().to_numpy()]
        if len(new):
            hashes[where] = _vectorizer().transform(new.to_pylist()).toarray()
        if len(self._known) < len(values) <= _MOST_KEPT:
            self._known, self._hashes = values, hashes
        return hashes


def _vectorizer() -> HashingVectorizer:
    return HashingVectorizer(
        analyzer="char_wb", ngram_range=(2, 4), n_features=_WIDTH, dtype=np.float32
    )
