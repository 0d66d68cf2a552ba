"""Texts, as tf-idf weights of their words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

from numpy.typing import NDArray

from ._block import register_block
from ._numeric_block import NumericBlock
from ._words import Words

__all__ = ["TextBlock"]


@register_block("text")
class TextBlock(NumericBlock):
    """Texts, converted to tf-idf weights of their words and scaled like numbers.

    Parameters
    ----------
    max_words : int, default=2000
        Number of words to keep, by frequency; English stop words are excluded.
    scaling : str, default="auto"
        One of ``SCALINGS`` that supports sparse rows.
    columns : sequence of str, default=None
        Text columns of a table, joined with a space; None for texts without a table.
    """

    kind: ClassVar[str] = "texts"
    takes_missing: ClassVar[bool] = False

    def __init__(
        self,
        max_words: int = 2000,
        scaling: str = "auto",
        *,
        columns: Sequence[str] | None = None,
    ) -> None:
        super().__init__(scaling)
        self._max_words = max_words
        self.columns = None if columns is None else tuple(columns)
        self.words: Words | None = None

    @property
    def feature_names(self) -> tuple[str, ...] | None:
        """Words, which are the matrix's columns."""
        return None if self.words is None else self.words.names

    def learn_texts(self, texts: NDArray[Any], *, owner: str = "X") -> None:
        """Fit the vocabulary and the weights of its words.

        Parameters
        ----------
        texts : ndarray of shape (n_samples,)
            Training texts.
        owner : str, default="X"
            Name of the texts in messages.

        Raises
        ------
        DataError
            If no word remains.
        """
        self.words = Words.learn(texts, max_words=self._max_words, name=owner)

    def read_texts(self, texts: NDArray[Any]) -> Any:
        """Convert texts to a matrix.

        Parameters
        ----------
        texts : ndarray of shape (n_samples,)
            Texts; one without any known word becomes a row of zeros.

        Returns
        -------
        CSR array of shape (n_samples, n_words), float32
            tf-idf; the squares of a row sum to 1.
        """
        if self.words is None:
            raise AttributeError("The vocabulary of this block is not fitted yet.")
        return self.words.rows(texts)

    def facts(self) -> dict[str, Any]:
        """Return the words with their weights, and the kind of scaling; see ``Block.facts``."""
        words = None if self.words is None else self.words.facts()
        columns = None if self.columns is None else list(self.columns)
        return {"text_columns": columns, "words": words, **super().facts()}

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]) -> Self:
        """Return a fitted block; see ``Block.from_facts``."""
        block = cls(facts["n_columns"], facts["scaling"], columns=facts["text_columns"])
        block.words = Words.from_facts(facts["words"])
        block._restore(facts, tensors)
        return block
