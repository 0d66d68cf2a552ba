"""Levels of categories, and missing cells, as a report measures them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from isthmus import Autoencoder
from isthmus.evaluation import LevelConfusion, level_confusions, missing_shares
from isthmus.metrics import fit_pca

N = 400
rng = np.random.default_rng(0)
x = rng.normal(size=N)
holes = rng.random(N) < 0.25
TABLE = pa.table(
    {
        "x": x,
        "y": pa.array(2 * x + 0.1 * rng.normal(size=N), mask=holes),
        "sign": np.where(x > 0, "plus", "minus"),
        "noise": rng.choice(["a", "b", "c"], N, p=[0.5, 0.3, 0.2]),
    }
)


@pytest.fixture(scope="module")
def fitted() -> Any:
    return Autoencoder(2, (32,), epochs=60, random_state=0).fit(TABLE)


def test_counts_are_those_of_the_reconstructed_table(fitted: Any) -> None:
    X = fitted.prepared_rows(TABLE)
    pca = fit_pca(fitted.flat_rows(X), 2, 0)
    restored = fitted.reconstruct(TABLE)
    for own in level_confusions(fitted, X, pca):
        given, back = (t.column(own.name).to_pylist() for t in (TABLE, restored))
        expected = [
            [sum(g == a and b == c for g, b in zip(given, back, strict=True)) for c in own.levels]
            for a in own.levels
        ]
        assert own.counts.tolist() == expected
        assert own.n_rows == N
        assert 0 <= own.right_of_pca <= 1


def test_a_level_that_follows_from_a_number_is_right_more_often_than_the_most_frequent(
    fitted: Any,
) -> None:
    sign, noise = level_confusions(fitted, fitted.prepared_rows(TABLE))
    assert sign.right > 0.9 > sign.most_frequent
    assert (sign.name, noise.name, sign.right_of_pca) == ("sign", "noise", None)
    assert noise.most_frequent == pytest.approx(TABLE.column("noise").to_pylist().count("a") / N)


def test_shares_of_a_confusion_by_hand() -> None:
    own = LevelConfusion("a", ("p", "q"), np.array([[6, 1], [2, 1]]), n_right_pca=5)
    assert (own.n_rows, own.n_wrong) == (10, 3)
    assert (own.right, own.right_of_pca, own.most_frequent) == (0.7, 0.5, 0.7)
    assert np.isnan(LevelConfusion("a", ("p",), np.zeros((1, 1), int)).right)


def test_missing_cells_are_counted_and_hidden_ones_filled_better_than_by_the_mean(
    fitted: Any,
) -> None:
    X = fitted.prepared_rows(TABLE)
    (own,) = missing_shares(fitted, X, X[:200], seed=0)
    assert (own.name, own.train) == ("y", pytest.approx(holes.mean()))
    assert own.held_out == pytest.approx(holes[:200].mean())
    assert 0.5 < own.filled <= 1


def test_a_table_without_missing_cells_has_nothing_to_show(fitted: Any) -> None:
    X = fitted.prepared_rows(TABLE.filter(pa.array(~holes)))
    assert missing_shares(fitted, X, X[:0], seed=0) == []


def test_rows_without_held_out_rows_have_no_share_of_them(fitted: Any) -> None:
    X = fitted.prepared_rows(TABLE)
    assert missing_shares(fitted, X, X[:0], seed=0)[0].held_out is None
