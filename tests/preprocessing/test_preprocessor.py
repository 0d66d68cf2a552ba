"""The preprocessor: from user data to a matrix, to network inputs, and back."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from isthmus.errors import ArtifactError, DataError, UsageError
from isthmus.preprocessing import (
    Block,
    NumericBlock,
    PictureBlock,
    Preprocessor,
    TextBlock,
    block_from_facts,
    facts_of,
    register_block,
)
from isthmus.preprocessing._data_frames import as_table

TEXTS = ["The cat sat", "A dog and a cat", "", "dogs, dogs"]


@pytest.fixture(name="X")
def make_rows(rng):
    return rng.normal(size=(30, 3)) * [1, 10, 100] + 5


def fitted_on_table(X):
    made = Preprocessor(NumericBlock("standard"))
    made.feature_names = ("a", "b", "c")
    return made.fit(X)


def again(made: Preprocessor) -> Preprocessor:
    return Preprocessor.from_facts(json.loads(json.dumps(made.facts())), made.tensors())


# --- what people have -----------------------------------------------------------------------------


def test_a_tables_columns_are_found_by_name_whatever_the_library(X):
    made = fitted_on_table(X)
    frame = pd.DataFrame(X, columns=list("abc")).assign(more="text")[["more", "c", "a", "b"]]
    for table in (frame, pl.DataFrame(frame), pa.Table.from_pandas(frame)):
        assert_array_equal(made.prepare(table), X)


def test_a_missing_column_is_named_with_the_nearest_one(X):
    made = fitted_on_table(X)
    with pytest.raises(DataError, match=r"It lacks the column `b`\. Did you mean `bb`\?$"):
        made.prepare(pd.DataFrame(X, columns=["a", "bb", "c"]))
    with pytest.raises(DataError, match=r"It lacks the column `row_b`\. It has `row_a`\.$"):
        as_table(pd.DataFrame({"row_a": [1.0]}), ["row_a", "row_b"])
    with pytest.raises(DataError, match=r"for the columns `a`, `b` and `c`|`a`, `b`, `c`"):
        made.prepare(pd.DataFrame(X, columns=["one", "two", "three"]))


def test_a_column_of_texts_among_numbers_is_refused_by_name(X):
    made = fitted_on_table(X)
    frame = pd.DataFrame(X, columns=list("abc")).assign(b="much")
    with pytest.raises(DataError, match=r"^Column `b` of `X` must contain numbers"):
        made.prepare(frame)


def test_a_missing_value_of_a_table_is_nan_and_encoded_as_the_mean(X):
    made = fitted_on_table(X)
    frame = pl.DataFrame(X, schema=list("abc")).with_columns(c=pl.lit(None, dtype=pl.Float64))
    matrix = made.prepare(frame)
    assert np.isnan(matrix[:, 2]).all()
    made.check_values(matrix)
    assert made.layout is None
    assert not made.encode(matrix)[:, 2].any()


def test_missing_values_of_training_rows_stay_nan(X):
    X[3, 2] = np.nan
    made = Preprocessor(NumericBlock("standard")).fit(X)
    assert made.layout is not None
    assert np.isnan(made.encode(X)).sum() == 1
    assert_allclose(np.nanmean(made.encode(X), axis=0), 0, atol=1e-6)
    again = Preprocessor.from_facts(made.facts(), made.tensors())
    assert again.layout == made.layout


def test_arrays_maps_and_sparse_rows_are_not_copied(X, tmp_path):
    made = fitted_on_table(X)
    np.save(tmp_path / "X.npy", X)
    for rows in (X, np.load(tmp_path / "X.npy", mmap_mode="r"), sparse.csr_array(X)):
        assert made.prepare(rows) is rows


def test_pictures_are_flattened_as_views_and_tensors_are_arrays(rng):
    pictures = rng.random((5, 4, 6, 3)).astype(np.float32)
    made = Preprocessor(PictureBlock((4, 6, 3)))
    flat = made.prepare(pictures)
    assert np.shares_memory(flat, pictures)
    for other in (torch.from_numpy(pictures), pictures.transpose(0, 3, 1, 2), flat):
        assert_array_equal(made.prepare(other), pictures.reshape(5, -1))
    with pytest.raises(DataError, match=r"the shape of the training pictures, 4x6x3\. Got 6x4x3"):
        made.prepare(pictures.transpose(0, 2, 1, 3))


@pytest.mark.parametrize(
    "given",
    [
        tuple(TEXTS),
        np.array(TEXTS),
        np.array(TEXTS, dtype=object),
        pd.Series(["The cat sat", "A dog and a cat", None, "dogs, dogs"]),
        pl.Series(TEXTS),
        pa.chunked_array([TEXTS]),
        pd.DataFrame({"text": TEXTS, "n": range(4)}),
    ],
    ids=lambda given: type(given).__module__.split(".")[0] + type(given).__name__,
)
def test_texts_of_any_form_give_the_same_matrix(given):
    made = Preprocessor(TextBlock())
    expected = made.learn(TEXTS)
    assert made.feature_names == ("cat", "dog", "dogs", "sat")
    assert_array_equal(made.prepare(given).toarray(), expected.toarray())
    assert made.prepare(expected) is expected, "a matrix is taken for one"


def test_text_columns_of_a_table_are_joined_by_a_blank():
    made = Preprocessor(TextBlock(columns=["title", "body"]))
    table = pd.DataFrame({"body": ["dog ", None], "title": ["cat", " bird"]})
    assert_array_equal(made.learn(table).toarray(), made.prepare(["cat dog", "bird"]).toarray())
    with pytest.raises(DataError, match=r"It lacks the column `title`"):
        made.prepare(table[["body"]])


def test_no_texts_and_blank_texts_are_rows_of_zeros():
    made = Preprocessor(TextBlock())
    made.learn(TEXTS)
    assert made.prepare(np.empty(0, dtype=object)).shape == (0, 4)
    assert made.prepare([None, "", "zebra"]).nnz == 0


@pytest.mark.parametrize("wrong", [["cat", 3], pd.Series(["cat", 3], dtype=object)], ids=type)
def test_something_else_among_texts_is_refused(wrong):
    made = Preprocessor(TextBlock())
    made.learn(TEXTS)
    with pytest.raises(DataError, match=r"^Texts must be strings\. Got int in row 1"):
        made.prepare(wrong)


def test_a_table_with_several_columns_of_texts_has_to_be_told_which():
    made = Preprocessor(TextBlock())
    made.learn(TEXTS)
    with pytest.raises(DataError, match="Got a table with 2 text columns"):
        made.prepare(pd.DataFrame({"a": ["x"], "b": ["y"]}))


def test_a_model_of_numbers_takes_no_texts(X):
    with pytest.raises(DataError, match=r"trained on numbers\. Got texts"):
        fitted_on_table(X).prepare(TEXTS)


def test_a_row_of_a_table_is_not_rows(X):
    table = pd.DataFrame({"species": ["x", "y"], "a": 1.0, "b": 2.0})
    message = r"^X must be an array or a table with the rows\. Got a Series: pass a single row as "
    for row in (table.iloc[0], table[["a", "b"]].iloc[0], pl.Series([1.0, 2.0])):
        with pytest.raises(DataError, match=message):
            fitted_on_table(X).prepare(row)


@pytest.mark.parametrize(
    ("wrong", "got"),
    [
        ("rows.csv", r"the string 'rows\.csv': if it is a file name, read the file first\.$"),
        (3, r"int\.$"),
        ({"a": 1}, r"dict\.$"),
        (None, r"NoneType\.$"),
    ],
)
def test_a_single_value_is_not_rows(X, wrong, got):
    with pytest.raises(DataError, match=rf"an array or a table with the rows\. Got {got}"):
        fitted_on_table(X).prepare(wrong)
    with pytest.raises(DataError, match=r"must be a list of texts .*: pass a list with that text"):
        Preprocessor(TextBlock()).prepare("hello")


def test_what_rows_tell_by_themselves(X):
    assert facts_of(X).n_features == facts_of(X.tolist()).n_features == 3
    assert facts_of(TEXTS).kind == facts_of(pd.Series(TEXTS)).kind == "texts"
    assert facts_of(np.zeros((2, 4, 6, 3))).picture_shape == (4, 6, 3)
    assert facts_of(np.zeros((2, 3, 4, 6))).picture_shape == (4, 6, 3)
    assert facts_of(np.zeros((2, 4, 6, 1))).picture_shape == (4, 6)
    told = facts_of(np.zeros((2, 24)), picture_shape=(4, 6))
    assert (told.kind, told.picture_shape, told.n_features) == ("pictures", (4, 6), 24)


# --- what a network sees --------------------------------------------------------------------------


def test_channels_first_is_the_transposed_picture_and_comes_back(rng):
    pictures = (rng.random((5, 4, 6, 3)) * 255).astype(np.uint8)
    made = Preprocessor(PictureBlock((4, 6, 3), layout="channels_first")).fit(
        pictures.reshape(5, -1)
    )
    encoded = made.encode(pictures.reshape(5, -1))
    assert made.encoded_shape == (3, 4, 6) and encoded.dtype == np.float32
    low, high = int(pictures.min()), int(pictures.max())
    expected = (pictures.transpose(0, 3, 1, 2) - np.float64(low)) / (high - low)
    assert_allclose(encoded, expected, atol=1e-6)
    assert_allclose(made.decode(encoded), pictures.reshape(5, -1), atol=1e-3)
    flat = made.flatten(encoded)
    assert_allclose(flat, made.scaling.apply(pictures.reshape(5, -1)))
    assert_array_equal(made.unflatten(flat), encoded)
    assert made.single is None, "a shift and a factor alone would leave the channels last"


def test_grey_pictures_have_one_channel_and_stay_bytes_until_used(rng):
    pictures = (rng.random((5, 24)) * 255).astype(np.uint8)
    made = Preprocessor(PictureBlock((4, 6), layout="channels_first")).fit(pictures)
    assert made.encoded_shape == (1, 4, 6)
    shift, factor = made.single()
    by_hand = ((pictures.astype(np.float32) - shift) * factor).reshape(5, 1, 4, 6)
    assert_array_equal(made.encode(pictures), by_hand)


def test_a_picture_block_is_for_pictures():
    with pytest.raises(UsageError, match=r"must be \(height, width\) or .* Got \(3,\)"):
        PictureBlock((3,))
    with pytest.raises(UsageError, match=r"Did you mean `channels_first`"):
        PictureBlock((3, 4), layout="channel_first")
    with pytest.raises(UsageError, match=r"number of features, 10\. Got \(3, 4\)"):
        Preprocessor(PictureBlock((3, 4))).fit(np.zeros((2, 10)))


def test_blocks_stand_side_by_side(X):
    made = Preprocessor([(NumericBlock("minmax"), [2, 0]), (NumericBlock("standard"), [1])])
    made.feature_names = ("a", "b", "c")
    made.fit(X)
    encoded = made.encode(X)
    assert made.slices == [slice(0, 2), slice(2, 3)] and made.encoded_shape == (3,)
    span = X.max(axis=0) - X.min(axis=0)
    assert_allclose(encoded[:, 0], ((X - X.min(axis=0)) / span)[:, 2], rtol=1e-5, atol=1e-6)
    assert_allclose(encoded[:, 2], ((X - X.mean(axis=0)) / X.std(axis=0))[:, 1], rtol=1e-4)
    assert_allclose(made.decode(encoded), X, rtol=1e-5)
    assert_array_equal(again(made).encode(X), encoded)
    frame = pd.DataFrame(X, columns=list("abc"))[list("cba")]
    assert_array_equal(again(made).prepare(frame), X)
    assert made.scaling.kind == "mixed" and made.output_activation == "identity"


@pytest.mark.parametrize(
    ("scaling", "as_sparse", "output"),
    [("unit", False, "sigmoid"), ("symmetric", False, "tanh"), ("standard", False, "identity"),
     ("unit", True, "identity")],
)  # fmt: skip
def test_the_output_that_suits_follows_the_scaling(X, scaling, as_sparse, output):
    rows = sparse.csr_array(X) if as_sparse else X
    assert Preprocessor(NumericBlock(scaling)).fit(rows).output_activation == output


# --- artifacts and other people's blocks ----------------------------------------------------------


@pytest.mark.parametrize(
    "made",
    [
        lambda X: fitted_on_table(np.c_[X[:, :2], np.full(len(X), 7.0)]),
        lambda X: Preprocessor(NumericBlock("symmetric")).fit(sparse.csr_array(X)),
        lambda X: Preprocessor(PictureBlock((1, 3), layout="channels_first")).fit(X),
    ],
    ids=["constant", "sparse", "pictures"],
)
def test_what_an_artifact_holds_gives_the_same_bytes(made, X):
    first = made(X)
    second = again(first)
    assert second.encode(X).tobytes() == first.encode(X).tobytes()
    assert second.decode(first.encode(X)).tobytes() == first.decode(first.encode(X)).tobytes()
    assert second.facts() == first.facts() and second.feature_names == first.feature_names


def test_texts_come_back_from_an_artifact():
    made = Preprocessor(TextBlock(columns=["t"]))
    made.fit(made.learn(TEXTS))
    second = again(made)
    table = pd.DataFrame({"t": ["a dog", "cats"]})
    assert_array_equal(second.prepare(table).toarray(), made.prepare(["a dog", "cats"]).toarray())
    assert second.feature_names == made.feature_names and second.facts() == made.facts()


@register_block("ranks of a test")
class RankBlock(Block):
    """Ranks of the values among those of training; NaN is allowed for missing values."""

    takes_missing = True

    def fit(self, X, *, names=None):
        self.known, self.encoded_shape = np.sort(np.asarray(X), axis=0), (X.shape[1],)
        return self

    def encode(self, X):
        ranks = [np.searchsorted(*pair) for pair in zip(self.known.T, np.nan_to_num(X).T)]  # noqa: B905
        return np.array(ranks, dtype=np.float32).T

    def decode(self, encoded):
        places = np.clip(np.round(encoded), 0, len(self.known) - 1).astype(int)
        return np.take_along_axis(self.known, places, axis=0).astype(np.float64)

    def facts(self):
        return {}

    def tensors(self):
        return {"known": self.known}

    @classmethod
    def from_facts(cls, facts, tensors):
        return cls().fit(tensors["known"])


def test_a_block_from_a_test_file_is_part_of_an_artifact(X):
    made = Preprocessor([(NumericBlock("none"), [0]), (RankBlock(), [1, 2])]).fit(X)
    assert_allclose(made.decode(made.encode(X)), X, rtol=1e-6)
    assert again(made).encode(X).tobytes() == made.encode(X).tobytes()


def test_missing_values_are_refused_where_a_block_does_not_take_them(X):
    made = Preprocessor([(PictureBlock((1, 1), "none"), [0]), (RankBlock(), [1, 2])]).fit(X)
    X[3, 2] = np.nan
    made.check_values(X)
    X[3, 0] = np.nan
    with pytest.raises(DataError, match=r"column 'a' \(1 value\)"):
        made.check_values(X, names=["a", "b", "c"])


def test_a_name_belongs_to_one_block():
    with pytest.raises(UsageError, match=r"Got 'numeric', which is isthmus\.preprocessing"):
        register_block("numeric")(RankBlock)
    assert register_block("ranks of a test")(RankBlock) is RankBlock, "a module may be read again"


def test_an_unknown_or_damaged_block_is_told():
    with pytest.raises(ArtifactError, match=r"unknown block 'numerik'\. .* `numeric`\?$"):
        block_from_facts({"block": "numerik"}, {})
    with pytest.raises(ArtifactError, match=r"its block 'numeric' is damaged \(it has no `"):
        block_from_facts({"block": "numeric"}, {})
    with pytest.raises(ArtifactError, match="cannot be read: it is damaged"):
        Preprocessor.from_facts({"blocks": [], "feature_names": None, "n_features": 1}, {})
