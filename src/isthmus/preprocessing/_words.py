"""From texts to rows: the weights of their words."""

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

# Kept with what was learned, so that another default of scikit-learn's changes no artifact.
_SETTINGS: dict[str, Any] = {
    "lowercase": True,
    "token_pattern": r"(?u)\b\w\w+\b",
    "norm": "l2",
    "smooth_idf": True,
    "sublinear_tf": False,
}


class Words:
    """A vocabulary and what its words weigh: scikit-learn's ``TfidfVectorizer``, kept as data.

    Parameters
    ----------
    vectorizer : TfidfVectorizer
        Fitted.
    """

    def __init__(self, vectorizer: TfidfVectorizer) -> None:
        self.vectorizer = vectorizer

    @classmethod
    def learn(cls, texts: NDArray[Any], *, max_words: int = 2000, name: str = "X") -> Words:
        """Learn the words and their weights.

        Parameters
        ----------
        texts : ndarray of shape (n_samples,)
            Texts.
        max_words : int, default=2000
            How many words to keep, the most frequent ones; English stop words are none.
        name : str, default="X"
            What messages call the texts.

        Returns
        -------
        Words

        Raises
        ------
        DataError
            If no word is left.
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
            f"The texts of {name} must hold words of two letters at least that are no English "
            "stop words (such as 'the'). None is left: check that the right column was read."
        )

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Words:
        """Undo ``facts``.

        Parameters
        ----------
        facts : mapping
            What ``facts`` returned.

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
        """Return all that the rows of a text depend on, as JSON can hold it.

        Returns
        -------
        dict
            ``vocabulary`` (list of words, in the order of the columns), ``idf`` (their weights)
            and ``settings``.
        """
        # A weight in single precision is written with the digits that bring it back exactly.
        idf = np.asarray(self.vectorizer.idf_, dtype=np.float32).tolist()
        return {"vocabulary": list(self.names), "idf": idf, "settings": dict(_SETTINGS)}

    @property
    def names(self) -> tuple[str, ...]:
        """The words, in the order of the columns."""
        return tuple(map(str, self.vectorizer.get_feature_names_out()))

    def are_unsegmented(self) -> bool:
        """Return whether most of them are runs of five Chinese or Japanese characters or more."""
        runs = sum(bool(_LONG_RUN.search(name)) for name in self.names)
        return runs > len(self.names) / 2

    @staticmethod
    def count_wordless(rows: Any) -> int:
        """Return how many rows, of those that ``rows`` made, hold none of the words."""
        return int((np.diff(rows.indptr) == 0).sum())

    def rows(self, texts: NDArray[Any]) -> Any:
        """Return texts as rows.

        Parameters
        ----------
        texts : ndarray of shape (n_samples,)
            Texts; one without any of the words is a row of zeros.

        Returns
        -------
        CSR array of shape (n_samples, n_words), float32
            tf-idf; the squares of a row add up to 1.
        """
        if not len(texts):
            return sparse.csr_array((0, len(self.names)), dtype=np.float32)
        return sparse.csr_array(self.vectorizer.transform(texts))
