"""Findings about the columns of a table: sentinels, missing cells, heavy tails, numbers as text."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from isthmus.doctor import examine_kinds, examine_table
from isthmus.doctor._sentinels import find_sentinel
from isthmus.preprocessing import ObservedColumn, plan_columns

NAMES = ("load", "speed")
COLUMNS = tuple(ObservedColumn(name, k, "number") for k, name in enumerate(NAMES))


def found(X, **options):
    return {own.code: own for own in examine_table(X, COLUMNS, **options)}


@pytest.fixture(name="X")
def make_rows(rng):
    return rng.normal(100, 10, size=(400, 2))


def test_rows_without_problems_have_no_finding(X):
    assert found(X) == {}


@pytest.mark.parametrize("value", [-999.0, -9999.0, 9999.0, -1.0, -999.25, 1e20])
def test_a_value_far_from_all_others_is_a_sentinel(X, value):
    X[::5, 0] = value
    finding = found(X)["sentinel"]
    assert finding.severity == "warning"
    assert finding.seen == (
        f"The value {value:.10g} stands apart from all other values in `load`: 80 of 400 cells "
        "(20.0%)."
    )
    assert f"`--missing {value:.10g}`" in finding.advice


def test_a_spike_beside_a_gap_is_a_sentinel(rng):
    thickness = np.r_[np.zeros(60), rng.integers(7, 60, 300)].astype(float)
    assert find_sentinel(thickness) == (0.0, 60, False)
    days = np.r_[np.full(500, -1.0), rng.integers(0, 30, 300)]
    assert find_sentinel(days) == (-1.0, 500, True)


def test_zero_is_only_a_note(rng, X):
    X[:40, 0] = 0
    assert found(X)["sentinel"].severity == "note"


@pytest.mark.parametrize(
    "cells",
    [
        lambda rng: rng.poisson(1.0, 500),
        lambda rng: rng.integers(0, 24, 500),
        lambda rng: rng.choice([-1, 0, 1], 500),
        lambda rng: np.r_[np.zeros(400), rng.uniform(100, 900, 100)],
        lambda rng: rng.integers(0, 100, 5000),
        lambda rng: rng.choice([0, 999], 500),
        lambda rng: np.full(100, -999),
        lambda rng: np.full(100, np.nan),
    ],
    ids=["counts", "hours", "signs", "amounts", "percent", "two values", "constant", "empty"],
)
def test_usual_columns_have_no_sentinel(rng, cells):
    assert find_sentinel(cells(rng).astype(float)) is None


def test_missing_cells_are_a_note_and_a_warning_above_a_half(X):
    X[:100, 1] = np.nan
    finding = found(X)["missing_cells"]
    assert finding.severity == "note"
    assert finding.seen == "Columns with missing cells: 1 of 2 (`speed` 25.0%)."
    X[:300, 1] = np.nan
    assert found(X)["missing_cells"].severity == "warning"


def test_more_than_five_columns_are_cut(rng):
    X = np.where(rng.random((50, 7)) < 0.5, np.nan, 1.0)
    columns = [ObservedColumn(f"c{k}", k, "number") for k in range(7)]
    shown = examine_table(X, columns)[0].values["columns"]
    assert len(shown) == 6 and shown[-1] == "..."


@pytest.mark.parametrize("scaling", ["squash", "rank_gauss"])
def test_heavy_tails_are_told_unless_the_scaling_is_for_them(scaling, rng, X):
    X[:, 1] = np.exp(3 * rng.normal(size=400))
    finding = found(X)["skewed_columns"]
    assert finding.values["columns"] == ["`speed`"] and finding.severity == "warning"
    assert f"`{scaling}`" in finding.advice
    assert "skewed_columns" not in found(X, scaling=scaling)
    assert "skewed_columns" in found(X, scaling="robust")  # has the same tails


def test_a_rare_level_of_two_is_not_a_heavy_tail(rng, X):
    X[:, 1] = np.arange(400) % 50 == 0
    assert "skewed_columns" not in found(X)


def test_numbers_with_a_word_are_told_and_codes_are_not():
    words = ["1.5", "2", "n.a.", *map(str, range(40, 140))]
    codes = ["01", "x", *map(str, range(40, 141))]
    table = pa.table({"mixed": words, "code": codes, "name": ["a", "b"] * 51 + ["c"]})
    plans = plan_columns(table, find_ids=False)
    (finding,) = examine_kinds(table, plans)
    assert finding.seen == (
        "Columns of mostly numbers that are read as text: 1 of 3 (`mixed`; other values: `n.a.`)."
    )
    assert "`--missing`" in finding.advice
    assert examine_kinds(table.select(["name"]), plans) == []
