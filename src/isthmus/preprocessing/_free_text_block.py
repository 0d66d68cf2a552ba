"""Columns of free text within a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ._block import register_block
from ._column_block import ColumnBlock
from ._column_plan import as_strings
from ._words import Words

__all__ = ["FreeTextBlock"]

_MOST_WORDS = 200


@register_block("free_text")
class FreeTextBlock(ColumnBlock):
    """One column of free text among others: tf-idf of its 200 most frequent words.

    The texts cannot be restored. Rows of nothing but texts have another block, ``TextBlock``.

    Parameters
    ----------
    column : str
        Name of the column.
    type : str
        Arrow type of the column in the training table.
    """

    def __init__(self, column: str, type: str) -> None:
        super().__init__(column, type)
        self._words: Words | None = None

    @property
    def words(self) -> Words:
        """Vocabulary, after ``learn_table``."""
        if self._words is None:
            raise AttributeError("The vocabulary of this block is not fitted yet.")
        return self._words

    @property
    def matrix_names(self) -> tuple[str, ...]:
        """The column's name with each word."""
        return tuple(f"{self.column}: {word}" for word in self.words.names)

    def learn_table(self, table: pa.Table) -> None:
        """Learn the vocabulary; see ``ColumnBlock.learn_table``."""
        texts = np.array(as_strings(table.column(0)).drop_null().to_pylist(), dtype=object)
        self._words = Words.learn(texts, max_words=_MOST_WORDS, name=f"column `{self.column}`")

    def read_table(self, table: pa.Table) -> NDArray[Any]:
        """Return the tf-idf of each cell's words; see ``Block.read_table``."""
        strings = self.strings_of(table)
        present = pc.is_valid(strings).to_numpy()
        out = np.full((len(strings), len(self.words.names)), np.nan, np.float32)
        texts = np.array(strings.drop_null().to_pylist(), dtype=object)
        if len(texts):
            out[present] = self.words.rows(texts).toarray()
        return out

    def facts(self) -> dict[str, Any]:
        """Return the words with their weights; see ``Block.facts``."""
        return {**super().facts(), "words": self.words.facts()}

    def _restore(self, facts: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]) -> None:
        super()._restore(facts, tensors)
        self._words = Words.from_facts(facts["words"])
