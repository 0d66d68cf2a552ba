"""AutoencoderImputer: what is filled, what stays, and how well."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.experimental import enable_iterative_imputer  # noqa: F401 (makes it importable)
from sklearn.impute import IterativeImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from isthmus import Autoencoder, AutoencoderImputer, load
from isthmus.errors import DataError, UsageError

QUICK: dict[str, Any] = {"steps": 20, "n_networks": 2, "device": "cpu", "random_state": 0}
N = 150


def imputer(**changes: Any) -> AutoencoderImputer:
    return AutoencoderImputer(**{**QUICK, **changes})


@pytest.fixture(name="X")
def make_rows(rng):
    X = rng.normal(size=(80, 2)) @ rng.normal(size=(2, 5)) + 0.1 * rng.normal(size=(80, 5))
    X[rng.random(X.shape) < 0.2] = np.nan
    return X


def mixed(seed: int = 0) -> pd.DataFrame:
    """A table whose columns all follow from one number."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=N)
    days = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.round(100 * z), unit="D")
    return pd.DataFrame(
        {
            "id": [f"r{k}" for k in range(N)],
            "size": z + 0.05 * rng.normal(size=N),
            "count": pd.array(np.round(10 * z).astype(int), dtype="Int64"),
            "is_big": pd.array(z > 0, dtype="boolean"),
            "grade": np.where(z > 0.5, "high", np.where(z < -0.5, "low", "mid")),
            "kind": pd.Categorical(np.where(z > 0, "a", "b")),
            "day": days.astype("datetime64[us]"),
            "place": [f"place {k % 70}" for k in range(N)],
            "only": ["same"] * N,
        },
        index=np.arange(N) + 1000,
    )


def with_gaps(table: pd.DataFrame, seed: int = 1) -> pd.DataFrame:
    rng, out = np.random.default_rng(seed), table.copy()
    for name in table.columns[1:]:
        out.loc[out.index[rng.random(N) < 0.15], name] = None
    return out


def test_observed_cells_are_unchanged_to_the_bit_and_all_others_filled(X):
    for dtype in (np.float64, np.float32):
        rows = X.astype(dtype)
        filled = imputer().fit_transform(rows)
        observed = ~np.isnan(rows)
        assert filled.dtype == dtype
        assert np.isfinite(filled).all()
        assert filled[observed].tobytes() == rows[observed].tobytes()


def test_it_fills_a_nonlinear_table_better_than_an_iterative_imputer(rng):
    z = rng.uniform(-2, 2, size=600)
    X = np.c_[z, z**2, np.sin(3 * z), rng.normal(size=600)]
    hidden = rng.random(X.shape) < 0.2
    hidden[:, [0, 3]] = False
    holes = np.where(hidden, np.nan, X)

    def error(method: Any) -> float:
        return float(np.sqrt(np.square((method.fit_transform(holes) - X)[hidden]).mean()))

    ours = error(imputer(steps=300))
    assert ours < 0.5 * error(IterativeImputer(random_state=0))


def test_rows_that_were_not_in_fit_are_filled(X):
    fitted = imputer(steps=100).fit(X)
    new = np.full((3, 5), np.nan)
    new[:, 0] = [-2, 0, 2]
    filled = fitted.transform(new)
    assert np.isfinite(filled).all()
    assert np.ptp(filled[:, 1:], axis=0).max() > 0.5  # not the same for each row


def test_a_column_may_have_gaps_that_had_none_in_training(X):
    complete = np.nan_to_num(X)
    fitted = imputer().fit(complete)
    filled = fitted.transform(X)
    assert np.isfinite(filled).all()
    assert not (filled[np.isnan(X)] == complete.mean(axis=0).max()).any()


def test_a_rows_values_do_not_depend_on_those_beside_it(X):
    fitted = imputer().fit(X)
    whole = fitted.transform(X)
    parts = [fitted.transform(X[k : k + 7]) for k in range(0, len(X), 7)]
    assert np.concatenate(parts).tobytes() == whole.tobytes()


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(X):
    first, second, other = (
        imputer(random_state=seed).fit_transform(X).tobytes() for seed in (0, 0, 1)
    )
    assert first == second != other


def test_rows_are_not_modified(X):
    kept = X.copy()
    X.setflags(write=False)
    imputer().fit_transform(X)
    np.testing.assert_array_equal(X, kept)


def test_a_loaded_imputer_gives_the_same_bytes_and_can_be_saved_again(X, tmp_path):
    fitted = imputer().fit(X)
    fitted.save(tmp_path / "a")
    again = load(tmp_path / "a", device="cpu")
    assert again.transform(X).tobytes() == fitted.transform(X).tobytes()
    assert again.sample(X, 2)[1].tobytes() == fitted.sample(X, 2)[1].tobytes()
    again.save(tmp_path / "b")
    for file in ("model.json", "model.safetensors"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_tables_stay_in_their_library_and_types(library, tmp_path):
    given: Any = with_gaps(mixed())
    if library != "pandas":
        given = pa.Table.from_pandas(given.reset_index(drop=True))
    if library == "polars":
        given = pl.from_arrow(given)
    fitted = imputer().fit(given)
    filled = fitted.transform(given)
    assert type(filled) is type(given)
    before, after = (t if library == "pyarrow" else pa.table(t) for t in (given, filled))
    if library == "pandas":
        assert (filled.dtypes == given.dtypes).all()
        assert (filled.index == given.index).all()
    else:
        assert after.schema.types == before.schema.types
    for name in ("size", "count", "is_big", "grade", "kind", "day", "only"):
        old, new = before.column(name).to_pylist(), after.column(name).to_pylist()
        assert None not in new
        assert all(a in (None, b) or a != a for a, b in zip(old, new, strict=True)), name
    assert after.column("place").to_pylist() == before.column("place").to_pylist()
    fitted.save(tmp_path / "model")
    again = load(tmp_path / "model", device="cpu").transform(given)
    assert str(again) == str(filled)


def test_categories_are_restored_from_the_other_columns():
    truth = mixed()
    given = with_gaps(truth)
    filled = imputer(steps=200).fit_transform(given)
    hidden = given["grade"].isna()
    assert (filled["grade"][hidden] == truth["grade"][hidden]).mean() > 0.8
    assert set(filled["only"]) == {"same"}


def test_pooled_levels_are_never_filled_in(rng):
    levels = np.array([f"l{k}" for k in range(45)])
    names = rng.choice(levels, size=2000, p=np.r_[[0.9 / 39] * 39, [0.1 / 6] * 6]).astype(object)
    names[:100] = None
    table = pd.DataFrame({"name": names, "x": rng.normal(size=2000)})
    filled = imputer(steps=5).fit_transform(table)
    assert set(filled["name"]) <= set(levels)


def test_filled_numbers_stay_within_the_range_of_the_training_rows(X):
    fitted = imputer().fit(X)
    new = np.full((2, 5), np.nan)
    new[:, 0] = [-1e4, 1e4]
    filled = fitted.transform(new)[:, 1:]
    low, high = np.nanmin(X, axis=0)[1:], np.nanmax(X, axis=0)[1:]
    assert (filled >= low - 1e-6).all()
    assert (filled <= high + 1e-6).all()


def test_draws_differ_around_the_estimates_and_repeat_for_a_seed(rng):
    z = rng.normal(size=800)
    X = np.c_[z, z + 0.5 * rng.normal(size=800)]
    X[:400, 1] = np.nan
    fitted = imputer(steps=200).fit(X)
    draws = np.stack(fitted.sample(X, 4))
    assert draws.tobytes() == np.stack(fitted.sample(X, 4)).tobytes()
    assert (draws[:, :, 0] == X[:, 0]).all()
    residuals = (draws - fitted.transform(X))[:, :400, 1]
    assert 0.35 < residuals.std() < 0.65  # the noise of the column is 0.5
    assert not np.array_equal(draws[0], draws[1])


def test_draws_of_categories_have_the_shares_of_their_levels(rng):
    names = rng.choice(["a", "b"], p=[0.7, 0.3], size=1500).astype(object)
    names[:700] = None
    table = pd.DataFrame({"name": names, "x": rng.normal(size=1500)})
    fitted = imputer(steps=100).fit(table)
    assert (fitted.transform(table)["name"][:700] == "a").mean() > 0.95
    share = (fitted.sample(table, 1)[0]["name"][:700] == "a").mean()
    assert 0.6 < share < 0.8


def test_it_is_a_step_of_pipelines_with_names(X):
    table = pd.DataFrame(X, columns=list("abcde"))
    pipeline = make_pipeline(imputer().set_output(transform="pandas"), StandardScaler())
    assert pipeline.fit_transform(table).shape == X.shape
    assert pipeline[0].get_feature_names_out().tolist() == list("abcde")
    given = with_gaps(mixed())
    out = imputer().set_output(transform="pandas").fit_transform(given)
    assert list(out.columns) == list(given.columns)


def test_a_clone_is_unfitted(X):
    with pytest.raises(NotFittedError):
        clone(imputer().fit(X)).transform(X)


def test_a_column_without_any_value_stays_missing(X):
    X[:, 2] = np.nan
    filled = imputer().fit_transform(X)
    assert np.isnan(filled).all(axis=0).tolist() == [False, False, True, False, False]


def test_wide_rows_are_filled_by_a_gaussian_of_low_rank(rng):
    X = rng.normal(size=(120, 3)) @ rng.normal(size=(3, 90))
    hidden = rng.random(X.shape) < 0.2
    fitted = imputer().fit(np.where(hidden, np.nan, X))
    assert type(fitted.fills_.gaussian).__name__ == "LowRankGaussian"
    filled = fitted.transform(np.where(hidden, np.nan, X))
    assert np.square((filled - X)[hidden]).mean() < 0.2 * np.square(X[hidden]).mean()


def test_sparse_rows_pictures_and_texts_are_refused(rng):
    from scipy import sparse

    with pytest.raises(DataError, match="requires dense rows"):
        imputer().fit(sparse.csr_array(np.eye(4)))
    with pytest.raises(DataError, match="requires an array with rows and columns, or a table"):
        imputer().fit(rng.random((5, 4, 4)))
    with pytest.raises(DataError, match=r"or a table. Got texts\."):
        imputer().fit(["a b", "c d"])


def test_all_invalid_parameters_are_named_at_once(X):
    with pytest.raises(UsageError, match=r"`dropout` of .* Got 1\.0\. `steps` of .* Got 0\."):
        imputer(steps=0, dropout=1.0).fit(X)


def test_every_autoencoder_fills_cells_by_reconstruction(X):
    model = Autoencoder(2, epochs=5, random_state=0, device="cpu").fit(X)
    filled = model.impute(X)
    missing = np.isnan(X)
    assert filled[~missing].tobytes() == X[~missing].tobytes()
    np.testing.assert_allclose(filled[missing], model.reconstruct(X)[missing], rtol=1e-6)


def test_an_autoencoder_fills_a_table_in_its_own_types():
    given = with_gaps(mixed())
    model = Autoencoder(2, epochs=5, random_state=0, device="cpu").fit(given)
    filled = model.impute(given)
    assert (filled.dtypes == given.dtypes).all()
    names = ["size", "count", "is_big", "grade", "kind", "day"]
    assert not filled[names].isna().any().any()
    observed = given["day"].notna()
    assert (filled["day"][observed] == given["day"][observed]).all()
    assert filled["day"].iloc[0].tzinfo is None
    assert isinstance(filled["day"].iloc[0], dt.datetime)


START = dt.datetime(2020, 1, 1)
TYPES: dict[str, Any] = {
    "time zone": (
        lambda v: START.replace(tzinfo=dt.UTC) + dt.timedelta(days=v),
        pa.timestamp("us", "UTC"),
    ),
    "nanoseconds": (lambda v: START + dt.timedelta(days=v), pa.timestamp("ns")),
    "date": (lambda v: (START + dt.timedelta(days=v)).date(), pa.date32()),
    "time": (lambda v: dt.time(12 + v % 5), pa.time64("us")),
    "duration": (lambda v: dt.timedelta(seconds=v), pa.duration("us")),
    "large string": (lambda v: "a" if v > 0 else "b", pa.large_string()),
    "small integer": (lambda v: v % 100, pa.int8()),
    "single precision": (float, pa.float32()),
}


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
@pytest.mark.parametrize("name", TYPES)
def test_filled_columns_keep_their_arrow_type(name, library, rng):
    make, kind = TYPES[name]
    values = [int(100 * v) for v in rng.normal(size=60)]
    column = pa.array([None if k % 5 == 0 else make(v) for k, v in enumerate(values)], kind)
    table: Any = pa.table({"x": values, "y": [v * v for v in values], "column": column})
    if library == "polars":
        table = pl.from_arrow(table)
    elif library == "pandas":
        table = table.to_pandas(types_mapper=pd.ArrowDtype)
    filled = imputer(steps=2).fit_transform(table)
    if library == "pandas":
        assert (filled.dtypes == table.dtypes).all()
        assert not filled["column"].isna().any()
        return
    assert filled.schema == table.schema
    assert pa.table(filled).column("column").null_count == 0


@pytest.mark.parametrize("estimator", ["imputer", "autoencoder"])
@pytest.mark.parametrize("with_names", [True, False], ids=["mixed", "numbers"])
def test_filled_cells_of_whole_numbers_held_as_floats_are_whole(
    estimator, with_names, rng, tmp_path
):
    z = rng.normal(size=N)
    table = pd.DataFrame({"visits": np.round(9 * z), "size": z, "tenure": np.round(50 * z)})
    if with_names:
        table["kind"] = np.where(z > 0, "a", "b")
    gaps = table.copy()
    gaps.loc[::5, ["visits", "size"]] = np.nan
    made: Any = imputer() if estimator == "imputer" else Autoencoder(2, epochs=3, device="cpu")
    made.fit(gaps).save(tmp_path / "model")
    for fitted in (made, load(tmp_path / "model", device="cpu")):
        fill = fitted.transform if estimator == "imputer" else fitted.impute
        filled = fill(gaps)
        assert (filled["visits"] == filled["visits"].round()).all()
        assert not (filled["size"] == filled["size"].round()).any()
        row = gaps.head(1).assign(tenure=np.nan)  # the row tells nothing of its columns' values
        assert fill(row)["tenure"].iloc[0].is_integer()


def test_filled_cells_of_an_array_are_not_rounded(rng):
    X = np.round(9 * rng.normal(size=(N, 1)) * np.ones(3))
    X[::5, 0] = np.nan
    filled = imputer().fit_transform(X)[::5, 0]
    assert not (filled == filled.round()).all()


def test_a_category_of_which_only_some_levels_are_filled_keeps_its_levels():
    given = mixed()
    given["kind"] = given["kind"].mask(given["kind"] == "a", None)  # the rows tell of "b" only
    given.loc[given.index[:40], "kind"] = "a"
    given["kind"] = pd.Categorical(given["kind"], ["c", "b", "a"])
    filled = imputer().fit_transform(given)["kind"]
    assert filled.dtype == given["kind"].dtype and not filled.isna().any()
    one = given.tail(1).assign(kind=pd.Categorical([None], ["c", "b", "a"]))
    assert imputer().fit(given).transform(one)["kind"].dtype == given["kind"].dtype


def test_wide_rows_get_fewer_steps(rng):
    X = rng.normal(size=(60, 3)) @ rng.normal(size=(3, 1024))
    X[rng.random(X.shape) < 0.05] = np.nan
    imputer = AutoencoderImputer(steps=40, n_networks=2, width=8, random_state=0).fit(X)
    assert [imputer._n_steps(width) for width in (10, 512, 1024, 50_000)] == [40, 40, 10, 1]
    assert np.isfinite(imputer.transform(X)).all()
