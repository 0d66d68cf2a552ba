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
from ._column_plan import as_strings

__all__ = ["HashedBlock"]

_WIDTH = 32


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

    @property
    def matrix_names(self) -> tuple[str, ...]:
        """The column's name with the number of each hash."""
        return tuple(f"{self.column}_{k}" for k in range(1, _WIDTH + 1))

    def read_table(self, table: pa.Table) -> NDArray[Any]:
        """Return the hashed n-grams of each cell; see ``Block.read_table``."""
        strings = as_strings(table.column(0))
        encoded = strings.combine_chunks().dictionary_encode()
        levels = encoded.dictionary.to_pylist()
        out = np.full((len(strings), _WIDTH), np.nan, np.float32)
        if levels:
            hashed = _vectorizer().transform(levels).toarray()
            index = encoded.indices.to_numpy(zero_copy_only=False)
            present = pc.is_valid(strings).to_numpy()
            out[present] = hashed[index[present].astype(np.intp)]
        return out


def _vectorizer() -> HashingVectorizer:
    return HashingVectorizer(
        analyzer="char_wb", ngram_range=(2, 4), n_features=_WIDTH, dtype=np.float32
    )
