"""All estimators on tables with missing cells and categories."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline

import isthmus
from isthmus import (
    Autoencoder,
    AutoencoderOutlierDetector,
    StackedAutoencoder,
    StackedAutoencoderClassifier,
)
from isthmus.errors import DataError, UsageError

N = 300


def table(seed: int = 0) -> pd.DataFrame:
    """Return a table whose columns depend on one hidden group, with holes in all of them."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 3, N)
    frame = pd.DataFrame(
        {
            "length": group * 10 + rng.normal(size=N),
            "colour": np.array(["red", "green", "blue"])[group],
            "width": 5 - group * 2 + rng.normal(size=N) * 0.5,
            "shape": np.where(
                rng.random(N) < 0.9, np.array(["flat", "round", "round"])[group], "odd"
            ),
            "made": pd.Timestamp("2020-01-01") + pd.to_timedelta(group * 100, unit="D"),
        }
    )
    for name in frame:
        frame.loc[rng.random(N) < 0.1, name] = None
    return frame


FRAME = table()
GROUP = np.random.default_rng(0).integers(0, 3, N)
SMALL: dict[str, Any] = {"random_state": 0, "device": "cpu"}
ESTIMATORS = [
    Autoencoder(3, (16,), epochs=15, **SMALL),
    StackedAutoencoder((8, 3), epochs=10, pretraining_epochs=5, **SMALL),
    StackedAutoencoderClassifier((8,), epochs=10, pretraining_epochs=3, **SMALL),
    AutoencoderOutlierDetector(n_members=2, **SMALL),
]


def fitted(estimator: Any, X: Any) -> Any:
    return clone(estimator).fit(X, GROUP)


def outputs(estimator: Any, X: Any) -> np.ndarray:
    method = "transform" if hasattr(estimator, "transform") else "score_samples"
    return np.asarray(getattr(estimator, method)(X))


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
@pytest.mark.parametrize("library", [pd.DataFrame, pl.from_pandas, pa.Table.from_pandas])
def test_tables_of_any_library_give_the_same_finite_results(estimator: Any, library: Any) -> None:
    own = fitted(estimator, FRAME)
    found = outputs(own, library(FRAME))
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(found, outputs(own, FRAME))


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_a_saved_model_takes_the_table_and_gives_the_same(estimator: Any, tmp_path: Path) -> None:
    own = fitted(estimator, FRAME)
    own.save(tmp_path / "model")
    loaded = isthmus.load(tmp_path / "model")
    np.testing.assert_array_equal(outputs(loaded, FRAME), outputs(own, FRAME))


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_a_row_does_not_depend_on_the_rows_beside_it(estimator: Any) -> None:
    own = fitted(estimator, FRAME)
    some = FRAME.iloc[[7, 3, 250]]
    np.testing.assert_allclose(outputs(own, some), outputs(own, FRAME)[[7, 3, 250]], rtol=1e-5)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_the_same_seed_gives_the_same_bytes(estimator: Any) -> None:
    np.testing.assert_array_equal(
        outputs(fitted(estimator, FRAME), FRAME), outputs(fitted(estimator, FRAME), FRAME)
    )


def test_codes_of_a_mixed_table_explain_most_of_it() -> None:
    assert Autoencoder(3, (16,), epochs=60, **SMALL).fit(FRAME).score(FRAME) > 0.8


def test_missing_cells_have_no_share_of_the_error() -> None:
    own = fitted(ESTIMATORS[0], FRAME)
    shares = own.explain(FRAME)
    assert list(shares.columns) == list(FRAME.columns)
    missing = FRAME[shares.columns].isna().to_numpy()
    assert (shares.to_numpy()[missing] == 0).all()
    np.testing.assert_allclose(shares.sum(axis=1), 1)


def test_errors_are_means_over_the_observed_cells() -> None:
    own = fitted(ESTIMATORS[0], FRAME)
    rows = own.prepared_rows(FRAME)
    ((_, scaled, scaled_hat),) = own.scaled_reconstructions(rows)
    by_column = own.column_errors(scaled, scaled_hat)
    np.testing.assert_allclose(own.reconstruction_error(FRAME), np.nanmean(by_column, axis=1))


def test_a_row_of_missing_cells_has_a_code_and_no_error() -> None:
    own = fitted(ESTIMATORS[0], FRAME)
    empty = FRAME.iloc[:2].copy()
    empty.iloc[0] = None
    assert np.isfinite(own.transform(empty)).all()
    error = own.reconstruction_error(empty)
    assert np.isnan(error[0]) and error[1] > 0


def broken_pairs(seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return three categories that depend on each other, and 15 rows where they do not."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 4, 400)
    levels = np.stack([group, group // 2, 3 - group])
    levels[:, :15] = rng.permuted(levels, axis=1)[:, :15]
    columns = {name: np.array(list("abcd"))[own] for name, own in zip("xyz", levels, strict=True)}
    is_broken = (levels[1] != levels[0] // 2) | (levels[2] != 3 - levels[0])
    return pd.DataFrame({**columns, "noise": rng.normal(size=400)}), is_broken


def test_the_detector_finds_categories_that_contradict_each_other() -> None:
    frame, is_broken = broken_pairs(0)
    own = AutoencoderOutlierDetector(n_members=2, **SMALL).fit(frame)
    assert roc_auc_score(is_broken, -own.score_samples(frame)) > 0.95
    worst = frame[is_broken]
    assert own.explain(worst)[["x", "y", "z"]].sum(axis=1).mean() > 0.8


def test_the_detector_expects_a_table_with_levels() -> None:
    own = fitted(ESTIMATORS[3], FRAME)
    expected = own.expected_rows(FRAME)
    assert isinstance(expected, pd.DataFrame) and list(expected.columns) == list(FRAME.columns)
    assert set(expected["colour"]) <= {"red", "green", "blue"}
    agrees = expected["colour"] == FRAME["colour"]
    assert agrees[FRAME["colour"].notna()].mean() > 0.9
    rows = own.prepared_rows(FRAME)
    assert own.expected_rows(rows).shape == rows.shape


def test_the_detector_calls_rows_without_any_cell_neither_normal_nor_outliers() -> None:
    empty = FRAME.copy()
    empty.iloc[0] = None
    own = fitted(clone(ESTIMATORS[3]).set_params(contamination=0.1), empty)
    assert np.isfinite(own.offset_)
    decision = own.decision_function(empty)
    assert np.isnan(decision[0]) and np.isfinite(decision[1:]).all()
    called = own.predict(empty)
    assert called[0] == 0 and set(called[1:]) == {-1, 1}


def test_missing_cells_do_not_count_in_a_detector_of_complete_rows() -> None:
    X = np.random.default_rng(3).normal(size=(N, 4))
    own = AutoencoderOutlierDetector(n_members=2, **SMALL).fit(X)
    holes = X[:3].copy()
    holes[0, 1] = holes[1] = np.nan
    scores = own.score_samples(holes)
    assert np.isfinite(scores[[0, 2]]).all() and np.isnan(scores[1])
    assert own.predict(holes)[1] == 0
    shares = own.explain(holes)
    assert shares[0, 1] == 0 and shares[0].sum() == pytest.approx(1)
    assert np.isnan(shares[1]).all() and not np.isnan(shares[[0, 2]]).any()


@pytest.mark.parametrize("own", [ESTIMATORS[0], ESTIMATORS[3]], ids=lambda own: type(own).__name__)
def test_shares_of_errors_are_those_of_the_tables_columns_in_its_order(own: Any) -> None:
    table = FRAME.head(4).copy()
    table.iloc[1] = None
    made = fitted(own, FRAME)
    shares = made.explain(table)
    assert list(shares.columns) == [name for name in FRAME.columns if name in made.column_names]
    assert list(shares.columns) != list(made.column_names)
    by_position = pd.DataFrame(made.explain(made.prepared_rows(table)), columns=made.column_names)
    pd.testing.assert_frame_equal(shares, by_position[list(shares.columns)])
    assert shares.iloc[1].isna().all() and not shares.iloc[[0, 2, 3]].isna().any().any()


def test_reconstructions_are_a_table_of_the_same_library_and_index() -> None:
    own = fitted(ESTIMATORS[0], FRAME)
    moved = FRAME.set_index(np.arange(N) + 1000)
    back = own.reconstruct(moved)
    assert isinstance(back, pd.DataFrame) and back.index.equals(moved.index)
    assert list(back.columns) == list(FRAME.columns) and not back.isna().any().any()
    assert set(back["colour"]) <= {"red", "green", "blue"}
    assert back["made"].dt.year.isin([2019, 2020, 2021]).all()
    agrees = back["colour"] == moved["colour"]
    assert agrees[moved["colour"].notna()].mean() > 0.9
    assert isinstance(own.reconstruct(pl.from_pandas(FRAME)), pl.DataFrame)
    assert list(own.inverse_transform(own.transform(FRAME)).columns) == list(FRAME.columns)


def test_a_stack_reconstructs_probabilities_of_levels() -> None:
    own = fitted(ESTIMATORS[1], FRAME)
    (colour,) = (block for block in own.preprocessor_.table.others if block.column == "colour")
    layout = own.preprocessor_.layout
    start = layout.starts[layout.names.index("colour")]
    for network in (own.network_, own.stack.stage(0)):
        with torch.inference_mode():
            x_hat = network(next(iter(own._rows(own.prepared_rows(FRAME)).blocks()))[1])
        shares = x_hat[:, start : start + colour.n_levels] / colour.layout.heights[0]
        assert (shares > 0).all()
        np.testing.assert_allclose(shares.sum(dim=1), 1, rtol=1e-5)


@pytest.mark.parametrize("stacking", ["greedy", "joint", "chain"])
def test_a_stack_restores_levels(stacking: str) -> None:
    own = StackedAutoencoder((16, 3), stacking, epochs=40, pretraining_epochs=10, **SMALL)
    back = own.fit(FRAME).reconstruct(FRAME)
    assert list(back.columns) == list(FRAME.columns) and not back.isna().any().any()
    agrees = back["colour"] == FRAME["colour"]
    assert agrees[FRAME["colour"].notna()].mean() > 0.9


def test_a_stack_of_incomplete_rows_trains_in_mixed_precision() -> None:
    own = StackedAutoencoder((8, 3), precision="bfloat16", epochs=2, pretraining_epochs=1, **SMALL)
    assert np.isfinite(own.fit(FRAME).score(FRAME))


def test_it_stands_in_a_pipeline() -> None:
    pipeline = make_pipeline(clone(ESTIMATORS[0]), LogisticRegression())
    assert pipeline.fit(FRAME, GROUP).score(FRAME, GROUP) > 0.9


def test_missing_values_of_an_array_are_learned_too() -> None:
    rng = np.random.default_rng(2)
    X = np.repeat(rng.normal(size=(N, 1)), 4, axis=1) + 0.1 * rng.normal(size=(N, 4))
    X[rng.random(X.shape) < 0.2] = np.nan
    own = Autoencoder(1, (16,), epochs=60, random_state=0, device="cpu").fit(X)
    assert np.isfinite(own.transform(X)).all()
    assert own.score(X) > 0.9


def test_a_model_of_complete_rows_takes_rows_with_missing_values() -> None:
    X = np.random.default_rng(3).normal(size=(N, 4))
    own = Autoencoder(2, (8,), epochs=2, random_state=0, device="cpu").fit(X)
    X[0, 1] = np.nan
    assert np.isfinite(own.transform(X)).all()


def test_infinite_values_are_still_refused() -> None:
    frame = FRAME.assign(length=np.inf)
    with pytest.raises(DataError, match="an infinite value"):
        fitted(ESTIMATORS[0], frame)


def test_noise_and_losses_that_do_not_suit_categories_are_refused() -> None:
    with pytest.raises(UsageError, match="`noise` must be 'auto', 'none', 'masking' or 'swap'"):
        Autoencoder(2, noise="gaussian", epochs=1).fit(FRAME)
    with pytest.raises(UsageError, match="does not apply to tables with categories"):
        Autoencoder(2, loss="multinomial", epochs=1).fit(FRAME)


def test_booleans_and_decimals_with_missing_cells_are_numbers() -> None:
    columns = {"a": [1, 2, None, 4] * 9, "b": [True, None, False, True] * 9}
    decimals = [Decimal("1.5"), None, Decimal("2.25"), Decimal("3")] * 9
    for frame in (pa.table({**columns, "c": decimals}), pl.DataFrame({**columns, "c": decimals})):
        own = Autoencoder(1, (4,), epochs=2, **SMALL).fit(frame)
        assert np.isfinite(own.transform(frame)).all()
        assert own.column_names == ("a", "b", "c")


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda given: type(given).__name__)
def test_shifts_of_mixed_tables_are_refused(estimator: Any) -> None:
    shifted = clone(estimator).set_params(max_shift=1, picture_shape=(1, 8))
    given = (FRAME, GROUP) if hasattr(estimator, "predict_proba") else (FRAME,)
    with pytest.raises(UsageError, match="`max_shift` applies to pictures, and the rows have"):
        shifted.fit(*given)


SIZES = ["small", "medium", "large", "huge"]  # no row is huge
LEVEL_TYPES: dict[str, Any] = {
    "category": lambda sizes, _: pd.Categorical(sizes, SIZES),
    "ordered category": lambda sizes, _: pd.Categorical(sizes, SIZES, ordered=True),
    "category of numbers": lambda _, places: pd.Categorical(places),
}


@pytest.fixture(name="places")
def make_places(rng):
    return rng.integers(0, 3, 60)


@pytest.mark.parametrize("kind", LEVEL_TYPES)
def test_reconstructed_levels_have_the_type_of_pandas_columns(kind: str, places: Any) -> None:
    levels = LEVEL_TYPES[kind](np.array(SIZES)[places], places)
    table = pd.DataFrame({"size": levels, "x": places + 0.5}, index=np.arange(60) + 7)
    own = Autoencoder(2, epochs=3, random_state=0).fit(table)
    assert own.reconstruct(table)["size"].dtype == table["size"].dtype
    detector = AutoencoderOutlierDetector(epochs=2, random_state=0).fit(table)
    assert detector.expected_rows(table)["size"].dtype == table["size"].dtype


def test_reconstructed_levels_are_texts_where_the_column_lacks_one(places: Any) -> None:
    table = pd.DataFrame({"size": pd.Categorical(np.array(SIZES)[places]), "x": places + 0.5})
    own = Autoencoder(2, epochs=60, random_state=0).fit(table)
    new = table.assign(size=pd.Categorical([None] * 60, ["none of them"]))
    back = own.reconstruct(new)["size"]
    assert back.dtype != "category" and set(back) <= set(SIZES)


@pytest.mark.parametrize("kind", [pl.Enum(SIZES), pl.Categorical], ids=["Enum", "Categorical"])
def test_reconstructed_levels_have_the_type_of_polars_columns(kind: Any, places: Any) -> None:
    table = pl.DataFrame({"size": np.array(SIZES)[places], "x": places + 0.5})
    table = table.with_columns(pl.col("size").cast(kind))
    own = Autoencoder(2, epochs=3, random_state=0).fit(table)
    assert own.reconstruct(table).schema["size"] == table.schema["size"]


def test_reconstructed_levels_have_the_type_of_arrow_columns(places: Any) -> None:
    sizes = pa.array(np.array(SIZES)[places].tolist()).dictionary_encode()
    table = pa.table({"size": sizes, "x": places + 0.5})
    own = Autoencoder(2, epochs=3, random_state=0).fit(table)
    assert own.reconstruct(table).schema == table.schema


def test_the_values_of_a_table_without_its_names_are_refused() -> None:
    table = pd.DataFrame({"n": [1.5, 2.5, 4.0, 8.0] * 5, "c": ["a", "b", "c", "d"] * 5})
    model = Autoencoder(latent_dim=1, epochs=1, random_state=0).fit(table)
    with pytest.raises(DataError, match=r"^Rows must be a table .* pass the table itself\.$"):
        model.transform(table.to_numpy())
