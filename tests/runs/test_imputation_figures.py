"""Errors of imputation on cells hidden on purpose, and what is said of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from isthmus.preprocessing import Preprocessor, plan_columns
from isthmus.runs import imputation_figures, imputation_words

N = 400
rng = np.random.default_rng(0)
Z = rng.normal(size=N)
TABLE = pa.table(
    {
        "a": pa.array(Z, mask=rng.random(N) < 0.1),
        "b": Z + 0.1 * rng.normal(size=N),
        "c": np.where(Z > 0, "up", "down"),
        "d": np.where(Z > 1, "x", np.where(Z > -0.5, "y", "z")),
        "place": [f"place {k % 70}" for k in range(N)],
    }
)


@pytest.fixture(name="of_truth", scope="module")
def figures_of_the_truth() -> dict[str, Any]:
    """Figures of an imputer that knows the hidden cells, and what it was given: 20 seconds."""
    made = Preprocessor.of_table(plan_columns(TABLE))
    made.fit(made.learn(TABLE))
    matrix = made.prepare(TABLE)
    given = []

    def truth(holes: np.ndarray) -> np.ndarray:
        given.append(holes)
        return np.where(np.isnan(holes), matrix, holes)

    return {"matrix": matrix, "figures": imputation_figures(matrix, made, truth), "given": given}


def test_the_truth_has_no_error_and_the_same_cells_are_hidden_for_all(
    of_truth: dict[str, Any],
) -> None:
    matrix, figures, given = of_truth["matrix"], of_truth["figures"], of_truth["given"]
    assert figures["methods"]["ours"] == {"rmse": 0.0, "right": 1.0}
    n_hidden = np.isnan(given[0]).sum() - np.isnan(matrix).sum()
    assert n_hidden == figures["n_numbers"] + figures["n_levels"]
    assert figures["n_numbers"] == pytest.approx(0.1 * 1.9 * N, rel=0.3)
    assert figures["n_levels"] == pytest.approx(0.1 * 2 * N, rel=0.3)
    assert not np.isnan(given[0][:, -32:]).any()  # values that cannot be restored are not hidden


def test_the_others_are_the_mean_the_mode_and_a_fair_iterative_imputer(
    of_truth: dict[str, Any],
) -> None:
    methods = of_truth["figures"]["methods"]
    assert 0.8 < methods["mean"]["rmse"] < 1.2
    assert methods["iterative"]["rmse"] < 0.6
    assert methods["iterative"]["right"] > 0.7 > methods["mean"]["right"]


def test_at_most_two_thousand_rows_are_used() -> None:
    matrix = rng.normal(size=(3000, 2))
    made = Preprocessor.of_table(plan_columns(pa.table({"a": matrix[:, 0], "b": matrix[:, 1]})))
    made.fit(made.learn(pa.table({"a": matrix[:, 0], "b": matrix[:, 1]})))
    assert imputation_figures(matrix, made, np.nan_to_num)["n_rows"] == 2000


def figures(**methods: Any) -> dict[str, Any]:
    return {
        "n_numbers": 10,
        "n_levels": 10,
        "methods": {name: {"rmse": r, "right": s} for name, (r, s) in methods.items()},
    }


@pytest.mark.parametrize(
    ("ours", "numbers", "categories"),
    [
        (
            (0.4, 0.9),
            "Isthmus is better on numbers: its error is 20% below that of scikit-learn's "
            "IterativeImputer.",
            "Isthmus is better on categories: 90% are right, 70% with scikit-learn's "
            "IterativeImputer.",
        ),
        (
            (1.0, 0.5),
            "Isthmus is worse on numbers: the error of scikit-learn's IterativeImputer is 50% "
            "lower. Prefer it for this table.",
            "Isthmus is worse on categories: 50% are right, 70% with scikit-learn's "
            "IterativeImputer. Prefer it for this table.",
        ),
        (
            (0.5, 0.7),
            "Isthmus and scikit-learn's IterativeImputer are equally good on numbers.",
            "Isthmus and scikit-learn's IterativeImputer are equally good on categories: "
            "70% are right.",
        ),
    ],
)
def test_the_sentences_say_who_wins_by_how_much(
    ours: tuple[float, float], numbers: str, categories: str
) -> None:
    found = figures(ours=ours, mean=(1.1, 0.6), iterative=(0.5, 0.7))
    assert [str(word) for word in imputation_words(found)] == [numbers, categories]


def test_nothing_is_said_of_kinds_of_cells_that_were_not_hidden() -> None:
    found = figures(ours=(0.4, None), mean=(1.0, None), iterative=(0.5, None))
    assert len(imputation_words({**found, "n_levels": 0})) == 1
