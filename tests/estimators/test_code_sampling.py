"""Samples and walks of any autoencoder."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.datasets import load_digits

from isthmus import Autoencoder, StackedAutoencoder, load
from isthmus.errors import DataError, UsageError
from isthmus.estimators._code_mixture import CodeMixture


@pytest.fixture(scope="module")
def digits():
    return load_digits().data


@pytest.fixture(scope="module")
def fitted(digits):
    return Autoencoder(latent_dim=8, epochs=20, random_state=0).fit(digits)


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    age = rng.integers(18, 80, 600)
    return pd.DataFrame(
        {
            "age": age,
            "income": age * 1.5 + rng.normal(size=600),
            "sex": pd.Categorical(rng.choice(["f", "m"], 600, p=[0.9, 0.1])),
            "grown": age > 40,
            "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(age, unit="D"),
        }
    )


@pytest.fixture(scope="module")
def of_table(table):
    return Autoencoder(latent_dim=3, epochs=60, random_state=0).fit(table)


def energy_distance(A, B):
    """Zero for equal distributions (Székely & Rizzo, 2013)."""

    def mean_distance(P, Q):
        return np.sqrt(np.maximum(((P[:, None] - Q) ** 2).sum(axis=2), 0)).mean()

    return 2 * mean_distance(A, B) - mean_distance(A, A) - mean_distance(B, B)


def test_samples_are_more_like_the_rows_than_those_of_one_gaussian_of_the_codes(digits, fitted):
    Z = fitted.transform(digits)
    one = np.random.default_rng(0).multivariate_normal(Z.mean(axis=0), np.cov(Z.T), 400)
    some = digits[::4]
    ours = energy_distance(some, fitted.sample(400, random_state=0))
    assert ours < 0.8 * energy_distance(some, fitted.inverse_transform(one))


def test_a_mixture_of_three_clusters_is_found():
    rng = np.random.default_rng(0)
    centres = np.array([[0.0, 0.0], [50.0, 0.0], [0.0, 50.0]])
    Z = centres[rng.integers(0, 3, 3000)] + rng.normal(size=(3000, 2))
    mixture = CodeMixture.fit(Z, seed=0)
    drawn = mixture.sample(2000, np.random.default_rng(1))
    nearest = np.linalg.norm(drawn[:, None] - centres, axis=2)
    assert (nearest.min(axis=1) < 5).all()
    assert np.bincount(nearest.argmin(axis=1)) == pytest.approx([667, 667, 667], rel=0.15)


def test_dead_units_and_many_units_are_drawn_within_the_range_of_the_codes():
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(300, 100)) @ rng.normal(size=(100, 100))
    Z[:, 3] = 0.25
    Z[:, 4] = np.maximum(Z[:, 4], 0)  # as of a ReLU
    drawn = CodeMixture.fit(Z, seed=0).sample(500, np.random.default_rng(0))
    assert (drawn[:, 3] == 0.25).all()
    assert (drawn[:, 4] >= 0).all()
    assert np.cov(drawn.T)[:3, :3] == pytest.approx(np.cov(Z.T)[:3, :3], rel=0.5, abs=20)


def test_the_same_seed_draws_the_same_rows_also_after_loading(digits, fitted, tmp_path):
    rows = fitted.sample(5, random_state=1)
    fitted.save(tmp_path / "model")
    np.testing.assert_array_equal(load(tmp_path / "model").sample(5, random_state=1), rows)
    assert (fitted.sample(5, random_state=2) != rows).any()
    assert (fitted.sample() != fitted.sample()).any()


def test_sampled_tables_have_the_columns_types_and_levels_of_the_training_table(table, of_table):
    rows = of_table.sample(1000, random_state=0)
    assert list(rows.columns) == list(table.columns)
    assert rows["age"].dtype == table["age"].dtype
    assert rows["grown"].dtype == bool
    assert rows["since"].dtype.kind == "M"
    assert abs(rows["age"] * 1.5 - rows["income"]).mean() < 6
    # Drawn by probability: the most likely level alone would never be "m".
    assert 0.03 < (rows["sex"] == "m").mean() < 0.2


def test_samples_of_a_table_of_numbers_have_names_and_whole_numbers(table):
    numbers = table[["age", "income"]]
    rows = Autoencoder(latent_dim=1, epochs=5, random_state=0).fit(numbers).sample(4)
    assert list(rows.columns) == ["age", "income"]
    assert [kind.kind for kind in rows.dtypes] == ["i", "f"]


def test_a_walk_begins_and_ends_with_the_reconstructions(digits, fitted):
    walk = fitted.interpolate(digits[[3, 17]], 5)
    assert walk.shape == (5, 64)
    np.testing.assert_allclose(walk[[0, -1]], fitted.reconstruct(digits[[3, 17]]), rtol=1e-6)
    codes = fitted.transform(digits[[3, 17]])
    middle = fitted.inverse_transform(codes.mean(axis=0, keepdims=True))
    np.testing.assert_allclose(walk[2:3], middle, rtol=1e-4, atol=1e-4)


def test_a_walk_through_a_table_is_a_table_of_the_same_library(table, of_table):
    walk = of_table.interpolate(table.iloc[[0, 5]], 4)
    assert walk.dtypes.to_dict() == table.dtypes.to_dict()
    assert len(walk) == 4
    arrow = of_table.interpolate(pa.Table.from_pandas(table.iloc[[0, 5]]), 4)
    assert isinstance(arrow, pa.Table)
    assert arrow.column("age").to_pylist() == walk["age"].to_list()


def test_stacks_and_texts_are_sampled_and_walked():
    texts = ["red apple pie", "green apple tart", "blue sea wave", "deep sea fish"] * 5
    stack = StackedAutoencoder((4, 2), pretraining_epochs=2, epochs=2, loss="multinomial")
    stack.fit(texts)
    assert stack.sample(3).shape == (3, len(stack.column_names))
    walk = stack.interpolate([texts[0], texts[2]], 3)
    np.testing.assert_allclose(walk[[0, -1]], stack.reconstruct([texts[0], texts[2]]), rtol=1e-5)


@pytest.mark.parametrize("n", [0, -1, 2.5, True])
def test_a_number_of_samples_below_one_is_refused(fitted, n):
    with pytest.raises(UsageError, match=r"`n_samples` must be an integer of at least 1. Got "):
        fitted.sample(n)


def test_walks_of_other_than_two_rows_and_of_one_step_are_refused(digits, fitted):
    with pytest.raises(DataError, match=r"`X` of interpolate must have two rows, .* Got 3\."):
        fitted.interpolate(digits[:3])
    with pytest.raises(UsageError, match=r"`n_steps` must be an integer of at least 2. Got 1\."):
        fitted.interpolate(digits[:2], 1)


def test_a_model_without_a_density_says_so_and_can_get_one(digits, tmp_path):
    chunk = Autoencoder(latent_dim=2, random_state=0).partial_fit(digits[:200])
    with pytest.raises(UsageError, match=r"no density of codes .* Call `fit_sampler` with"):
        chunk.sample()
    chunk.save(tmp_path / "model")
    again = load(tmp_path / "model")
    with pytest.raises(UsageError, match=r"no density of codes"):
        again.sample()
    assert again.fit_sampler(digits[:200]).sample(2).shape == (2, 64)


def test_very_long_codes_are_refused():
    X = np.random.default_rng(0).normal(size=(20, 1100))
    wide = Autoencoder(latent_dim=1030, hidden_dims=(), epochs=1).fit(X)
    with pytest.raises(UsageError, match=r"code size of at most 1,024. Got 1,030"):
        wide.sample()
