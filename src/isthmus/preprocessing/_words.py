"""Vocabulary with tf-idf weights."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from ..errors import DataError

__all__ = ["Words"]

_LONG_RUN = re.compile("[\u3040-\u30ff\u3400-\u9fff]{5}")

# Stored with the vocabulary, so that a changed default of scikit-learn's affects no artifact.
_SETTINGS: dict[str, Any] = {
    "lowercase": True,
    "token_pattern": r"(?u)\b\w\w+\b",
    "norm": "l2",
    "smooth_idf": True,
    "sublinear_tf": False,
}


class Words:
    """Vocabulary with tf-idf weights: scikit-learn's ``TfidfVectorizer``, stored as data.

    Parameters
    ----------
    vectorizer : TfidfVectorizer
        Fitted.
    """

    def __init__(self, vectorizer: TfidfVectorizer) -> None:
        self.vectorizer = vectorizer

    @classmethod
    def learn(cls, texts: NDArray[Any], *, max_words: int = 2000, name: str = "X") -> Words:
        """Fit the vocabulary and its weights.

        Parameters
        ----------
        texts : ndarray of shape (n_samples,)
            Texts.
        max_words : int, default=2000
            Number of words to keep, by frequency; English stop words are excluded.
        name : str, default="X"
            Name of the texts in messages.

        Returns
        -------
        Words

        Raises
        ------
        DataError
            If no word remains.
        """
        vectorizer = TfidfVectorizer(
            max_features=max_words, stop_words="english", dtype=np.float32, **_SETTINGS
        )
        try:
            return cls(vectorizer.fit(texts))
        except ValueError as error:
            if "empty vocabulary" not in str(error):
                raise
        raise DataError(
            f"The texts of {name} must contain words of at least two letters other than English "
            "stop words (such as 'the'). None remain: check that the right column was read."
        )

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Words:
        """Restore a vocabulary from its ``facts``.

        Parameters
        ----------
        facts : mapping
            As returned by ``facts``.

        Returns
        -------
        Words
        """
        vectorizer = TfidfVectorizer(
            vocabulary=facts["vocabulary"], dtype=np.float32, **facts["settings"]
        )
        vectorizer.idf_ = np.array(facts["idf"], dtype=np.float32)
        return cls(vectorizer)

    def facts(self) -> dict[str, Any]:
        """Return everything that determines the rows of texts, in JSON types.

        Returns
        -------
        dict
            ``vocabulary`` (list of words, in the order of the columns), ``idf`` (their weights)
            and ``settings``.
        """
        # A float32 weight is written with enough digits to restore it exactly.
        idf = np.asarray(self.vectorizer.idf_, dtype=np.float32).tolist()
        return {"vocabulary": list(self.names), "idf": idf, "settings": dict(_SETTINGS)}

    @property
    def names(self) -> tuple[str, ...]:
        """Words, in the order of the columns."""
        return tuple(map(str, self.vectorizer.get_feature_names_out()))

    def are_unsegmented(self) -> bool:
        """Return whether most words are runs of five or more Chinese or Japanese characters."""
        runs = sum(bool(_LONG_RUN.search(name)) for name in self.names)
        return runs > len(self.names) / 2

    @staticmethod
    def count_wordless(rows: Any) -> int:
        """Return how many of the rows returned by ``rows`` contain none of the words."""
        return int((np.diff(rows.indptr) == 0).sum())

    def rows(self, texts: NDArray[Any]) -> Any:
        """Convert texts to rows.

        Parameters
        ----------
        texts : ndarray of shape (n_samples,)
            Texts; one without any known word becomes a row of zeros.

        Returns
        -------
        CSR array of shape (n_samples, n_words), float32
            tf-idf; the squares of a row sum to 1.
        """
        if not len(texts):
            return sparse.csr_array((0, len(self.names)), dtype=np.float32)
        return sparse.csr_array(self.vectorizer.transform(texts))
