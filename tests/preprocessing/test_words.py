"""Words: texts to rows, and all of it to JSON and back."""

from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.feature_extraction.text import TfidfVectorizer

from isthmus.errors import DataError
from isthmus.preprocessing import Words

TEXTS = np.array(
    ["The cat sat on the mat", "A cat and a dog", "dogs, dogs, dogs", "the mat of a Dog"],
    dtype=object,
)


def test_rows_are_scikit_learns_tf_idf():
    words = Words.learn(TEXTS, max_words=3)
    expected = TfidfVectorizer(max_features=3, stop_words="english", dtype=np.float32)
    assert_array_equal(words.rows(TEXTS).toarray(), expected.fit_transform(TEXTS).toarray())
    assert words.names == tuple(expected.get_feature_names_out())
    assert words.rows(TEXTS).format == "csr" and words.rows(TEXTS).dtype == np.float32


def test_what_json_holds_gives_the_same_rows():
    words = Words.learn(TEXTS)
    again = Words.from_facts(json.loads(json.dumps(words.facts())))
    new = np.array(["A dog on a mat", "nothing known", "CAT cat dogs"], dtype=object)
    for texts in (TEXTS, new):
        assert_array_equal(again.rows(texts).toarray(), words.rows(texts).toarray())
    assert again.names == words.names
    assert again.facts() == words.facts()


def test_a_text_without_any_of_the_words_is_a_row_of_zeros():
    words = Words.learn(TEXTS)
    assert words.rows(np.array(["the of and", "zebra"], dtype=object)).nnz == 0
    assert words.rows(TEXTS[:0]).shape == (0, len(words.names))


@pytest.mark.parametrize("texts", [["the and of", "a I"], ["...", "- -"]])
def test_texts_without_a_word_are_refused(texts):
    with pytest.raises(DataError, match=r"^The texts of notes must contain words .* None remain"):
        Words.learn(np.array(texts, dtype=object), name="notes")
