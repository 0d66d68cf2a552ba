"""Data frames as people have them: dates as texts, lists, long whole numbers, and refusals."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import isthmus
from isthmus import Autoencoder, AutoencoderImputer
from isthmus.errors import DataError, UsageError
from isthmus.preprocessing import plan_columns, whole_table

N = 60
SMALL = {"latent_dim": 2, "hidden_dims": (8,), "epochs": 2, "random_state": 0}


@pytest.fixture
def numbers(rng):
    values = rng.normal(size=(N, 3))
    return pd.DataFrame(values, columns=["a", "b", "c"], index=np.arange(N) + 100)


@pytest.fixture
def mixed(rng, numbers):
    levels = rng.choice(["u", "v", "w"], N)
    return numbers.assign(kind=levels, key=[f"key {k}" for k in range(N)])


# --- what comes back ------------------------------------------------------------------------------


def test_a_frame_of_numbers_is_reconstructed_as_a_frame_and_an_array_as_an_array(numbers):
    ae = Autoencoder(**SMALL).fit(numbers)
    back = ae.reconstruct(numbers)
    assert isinstance(back, pd.DataFrame) and back.columns.tolist() == ["a", "b", "c"]
    assert back.index.equals(numbers.index)
    array = Autoencoder(**SMALL).fit(numbers.to_numpy()).reconstruct(numbers.to_numpy())
    np.testing.assert_array_equal(back.to_numpy(), array)
    assert isinstance(ae.inverse_transform(ae.transform(numbers)), np.ndarray)


@pytest.mark.parametrize("library", [pl.from_pandas, pa.Table.from_pandas])
def test_the_library_of_the_frame_is_kept(library, numbers):
    frame = library(numbers.reset_index(drop=True))
    back = Autoencoder(**SMALL).fit(frame).reconstruct(frame)
    assert type(back) is type(frame)


def test_set_output_decides_what_transform_returns(mixed):
    ae = Autoencoder(**SMALL).set_output(transform="pandas").fit(mixed)
    codes = ae.transform(mixed)
    assert codes.columns.tolist() == ["autoencoder0", "autoencoder1"]
    assert codes.index.equals(mixed.index)
    assert isinstance(ae.reconstruct(mixed), pd.DataFrame)


def test_columns_are_those_of_the_table(mixed, tmp_path):
    ae = Autoencoder(**SMALL).fit(mixed)
    assert ae.n_features_in_ == 5
    assert ae.feature_names_in_.tolist() == ["a", "b", "c", "kind", "key"]
    ae.save(tmp_path / "model")
    again = isthmus.load(tmp_path / "model")
    assert again.feature_names_in_.tolist() == ae.feature_names_in_.tolist()
    np.testing.assert_array_equal(again.transform(mixed), ae.transform(mixed))
    matrix = ae.prepared_rows(mixed)
    np.testing.assert_array_equal(ae.transform(matrix), ae.transform(mixed))
    with pytest.raises(DataError, match=r"`prepared_rows` \(4 columns\)\. Got 5 columns"):
        ae.transform(np.zeros((2, 5)))


def test_a_model_fitted_again_on_numbers_has_their_columns(mixed, numbers):
    ae = Autoencoder(**SMALL).fit(mixed).fit(numbers)
    assert ae.feature_names_in_.tolist() == ["a", "b", "c"]
    ae.fit(numbers.to_numpy())
    assert ae.n_features_in_ == 3 and not hasattr(ae, "feature_names_in_")


def test_mixed_frames_work_in_pipelines(mixed):
    pipeline = make_pipeline(Autoencoder(**SMALL), StandardScaler()).fit(mixed)
    assert pipeline.feature_names_in_.tolist() == mixed.columns.tolist()
    assert pipeline.transform(mixed).shape == (N, 2)


# --- dates as texts -------------------------------------------------------------------------------


def dates(form):
    return pd.date_range("2020-01-01", periods=N, freq="9D").strftime(form)


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d %b %Y", "%Y-%m-%d %H:%M"])
def test_texts_that_are_dates_are_dates(form, numbers):
    frame = numbers.assign(day=dates(form).to_numpy())
    plan = {column.name: column.kind for column in plan_columns(whole_table(frame))}
    assert plan["day"] == "date"
    ae = Autoencoder(**SMALL).fit(frame)
    assert ae.reconstruct(frame)["day"].dtype.kind == "M"
    seconds = ae.prepared_rows(frame)[:, 3]
    expected = pd.to_datetime(frame["day"], format=form).astype("datetime64[s]").astype(np.int64)
    np.testing.assert_array_equal(seconds, expected)


def test_the_form_of_the_training_rows_is_kept_for_others(numbers, tmp_path):
    frame = numbers.assign(day=dates("%m/%d/%Y").to_numpy())
    Autoencoder(**SMALL).fit(frame).save(tmp_path / "model")
    new = frame.iloc[:1].assign(day=["03/04/2020"])
    seconds = isthmus.load(tmp_path / "model").prepared_rows(new)[0, 3]
    assert pd.Timestamp(seconds, unit="s") == pd.Timestamp("2020-03-04")


def test_an_ambiguous_form_is_told(numbers):
    frame = numbers.assign(day=[f"0{1 + k % 9}/0{1 + k // 9}/2020" for k in range(N)])
    with pytest.warns(UserWarning, match="day before the month in `day`"):
        whole_table(frame)


def test_texts_of_numbers_stay_categories(numbers):
    frame = numbers.assign(zip=[str(10001 + k % 5) for k in range(N)])
    plan = {column.name: column.kind for column in plan_columns(whole_table(frame))}
    assert plan["zip"] == "categorical"


def test_missing_dates_are_filled_in_their_own_form(numbers):
    frame = numbers.assign(day=dates("%m/%d/%Y").to_numpy())
    known = set(frame["day"])
    frame.loc[frame.index[:3], "day"] = None
    for filled in (
        Autoencoder(**SMALL).fit(frame).impute(frame),
        AutoencoderImputer(steps=5, random_state=0).fit_transform(frame),
    ):
        assert set(filled["day"][:3]) <= known
        assert filled["day"][3:].tolist() == frame["day"][3:].tolist()


# --- lists ----------------------------------------------------------------------------------------


@pytest.fixture
def embeddings(rng):
    return rng.normal(size=(N, 4))


@pytest.mark.parametrize("library", ["arrays", "lists", "polars", "arrow"])
def test_lists_become_numbers_and_come_back_as_lists(library, embeddings):
    frame = pd.DataFrame({"x": np.arange(N) % 7.0, "vector": list(embeddings)})
    if library == "lists":
        frame["vector"] = embeddings.tolist()
    if library in ("polars", "arrow"):
        columns = {"x": frame["x"].tolist(), "vector": embeddings.tolist()}
        frame = pl.DataFrame(columns) if library == "polars" else pa.table(columns)
    ae = Autoencoder(**SMALL).fit(frame)
    np.testing.assert_allclose(ae.prepared_rows(frame)[:, 1:], embeddings)
    vectors = ae.reconstruct(frame)["vector"]
    vectors = vectors.to_pylist() if library == "arrow" else list(vectors)
    assert np.array(list(map(list, vectors))).shape == (N, 4)
    assert np.asarray(ae.explain(frame)).shape == (N, 2)
    assert ae.score(frame) <= 1


def test_missing_lists_are_filled_and_the_model_is_stored(embeddings, tmp_path):
    frame = pl.DataFrame({"x": np.arange(N) % 7.0, "vector": [None, *embeddings.tolist()[1:]]})
    ae = Autoencoder(**SMALL).fit(frame)
    filled = ae.impute(frame)
    assert len(filled["vector"][0]) == 4
    assert filled["vector"][1:].to_list() == frame["vector"][1:].to_list()
    ae.save(tmp_path / "model")
    np.testing.assert_array_equal(
        isthmus.load(tmp_path / "model").transform(frame), ae.transform(frame)
    )
    frame = frame.to_pandas().set_index(np.arange(N)[::-1])
    assert ae.impute(frame)["x"].equals(frame["x"])
    assert len(ae.impute(frame)["vector"].iloc[0]) == 4


def test_lists_of_another_length_are_named(embeddings):
    frame = pd.DataFrame({"x": np.arange(N) % 7.0, "vector": list(embeddings)})
    ae = Autoencoder(**SMALL).fit(frame)
    with pytest.raises(DataError, match=r"`vector` must contain lists of 4 numbers.*lists of 2"):
        ae.transform(frame.assign(vector=embeddings[:, :2].tolist()))


def test_lists_of_several_lengths_are_not_used(numbers):
    frame = numbers.assign(vector=[[1.0, 2.0]] * (N - 1) + [[1.0]])
    plan = {column.name: column for column in plan_columns(whole_table(frame))}
    assert plan["vector"].kind == "unused"
    assert plan["vector"].note == "not lists of equally many numbers"


def test_the_kind_of_lists_cannot_be_chosen(numbers, embeddings):
    table = whole_table(numbers.assign(vector=list(embeddings)))
    with pytest.raises(UsageError, match=r"`vector` holds lists, so its kind is 'list'"):
        plan_columns(table, kinds={"vector": "categorical"})
    with pytest.raises(UsageError, match=r"`a` cannot be 'list': it holds double"):
        plan_columns(table, kinds={"a": "list"})


def test_lists_fit_a_model_of_a_file_that_was_read_by_elements(numbers, embeddings):
    read = numbers.assign(**{f"vector_{k + 1}": embeddings[:, k] for k in range(4)})
    ae = Autoencoder(**SMALL).fit(read.assign(kind=["u", "v"] * (N // 2)))
    given = numbers.assign(vector=list(embeddings), kind=["u", "v"] * (N // 2))
    assert ae.transform(given).shape == (N, 2)


# --- long whole numbers ---------------------------------------------------------------------------


def test_long_numbers_that_are_all_different_are_ids(numbers):
    frame = numbers.assign(key=10**18 + 3 * np.arange(N), kind=["u", "v"] * (N // 2))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ae = Autoencoder(**SMALL).fit(frame)
    plans = {plan.name: plan for plan in ae.preprocessor_.table.plans}
    assert plans["key"].kind == "id"
    assert plans["key"].note == "whole numbers beyond 2^53, all different"


def test_lost_digits_are_told(numbers):
    frame = numbers.assign(key=10**18 + np.arange(N) % 9)
    with pytest.warns(UserWarning, match=r"beyond 2\^53 lose digits in `key`\. Convert them"):
        Autoencoder(**SMALL).fit(frame)
    with pytest.warns(UserWarning, match="lose digits in `1`"):
        Autoencoder(**SMALL).fit(np.c_[np.arange(N), 10**18 + np.arange(N)])
    (plan,) = plan_columns(pa.table({"key": 10**18 + np.arange(N) % 9}), find_ids=False)
    assert (plan.kind, plan.note) == ("numeric", "digits beyond 2^53 are lost")


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (pd.Series([{"a": 1}] * N), r"Got a Series of dicts: make a table of it"),
        ([{"a": 1}] * N, r"Got a list of dicts: make a table of it"),
        (pd.DataFrame(index=range(N)), r"must have at least one column\. Got none\.$"),
        (
            pd.DataFrame(np.eye(2), columns=["a", "a"]),
            r"Column names must be unique\. Got 2 columns `a`: rename them\.$",
        ),
        (
            pd.DataFrame({"p": pd.period_range("2020-01", periods=N, freq="M"), "x": 1.0}),
            r"^Column `p` of the table holds periods: .*with `\.dt\.to_timestamp\(\)`\.$",
        ),
        (
            pd.DataFrame({"p": pd.cut(np.arange(N), 4), "x": 1.0}),
            r"^Column `p` of the table holds intervals: convert them with `\.astype\(str\)`\.$",
        ),
    ],
    ids=["series of dicts", "dicts", "no columns", "equal names", "periods", "intervals"],
)
def test_what_is_no_table_is_refused_in_one_sentence(rows, message):
    with pytest.raises(DataError, match=message):
        Autoencoder(**SMALL).fit(rows)


def test_a_table_without_rows_is_named(mixed):
    with pytest.raises(DataError, match=r"^The table has no rows to train on\.$"):
        Autoencoder(**SMALL).fit(mixed.iloc[:0])


@pytest.mark.parametrize("column", ["kind", "key"])
@pytest.mark.parametrize("cell", [[1], {"a": 1}, b"\xff"], ids=["list", "dict", "bytes"])
def test_values_without_a_text_form_are_refused_in_a_column_of_texts(mixed, column, cell):
    ae = Autoencoder(**SMALL).fit(mixed.assign(key=[f"key {k % 45}" for k in range(N)]))
    with pytest.raises(DataError, match=rf"^Column `{column}` must contain texts or numbers, as i"):
        ae.transform(mixed.assign(**{column: [cell] * N}))
