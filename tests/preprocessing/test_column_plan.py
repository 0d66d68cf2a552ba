"""What becomes of a table's columns."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from isthmus.errors import DataError, UsageError
from isthmus.preprocessing import plan_columns

N = 60
rng = np.random.default_rng(0)
TABLE = pa.table(
    {
        "customer": [f"K-{k:05d}" for k in rng.permutation(N)],
        "row": np.arange(1, N + 1),
        "age": rng.integers(18, 80, N),
        "income": pa.array(rng.normal(size=N), mask=rng.random(N) < 0.2),
        "state": rng.choice(["open", "closed", "lost"], N),
        "city": [f"city {k % 55}" for k in range(N)],
        "since": [dt.datetime(2020, 1, 1) + dt.timedelta(days=int(d)) for d in range(N)],
        "remark": [f"the machine number {k} was found broken" for k in range(N)],
        "country": ["NL"] * N,
        "nothing": pa.nulls(N),
        "member": rng.random(N) < 0.5,
    }
)


def kinds(table: pa.Table = TABLE, **options: object) -> dict[str, str]:
    return {plan.name: plan.kind for plan in plan_columns(table, **options)}  # type: ignore[arg-type]


def test_each_column_has_the_kind_that_its_values_suggest() -> None:
    assert kinds() == {
        "customer": "id",
        "row": "id",
        "age": "numeric",
        "income": "numeric",
        "state": "categorical",
        "city": "hashed",
        "since": "date",
        "remark": "text",
        "country": "constant",
        "nothing": "empty",
        "member": "numeric",
    }


def test_missing_cells_are_counted_and_reasons_told() -> None:
    plans = {plan.name: plan for plan in plan_columns(TABLE)}
    assert plans["income"].n_missing == TABLE.column("income").null_count > 0
    assert str(plans["customer"].note) == "all values are different"
    assert str(plans["country"].note) == "has only one value"
    assert str(plans["city"].note) == "55 different values"
    assert not plans["nothing"].is_used


def test_nan_counts_as_missing() -> None:
    (plan,) = plan_columns(pa.table({"a": [1.0, np.nan, 3.0]}))
    assert plan.n_missing == 1


def test_rare_levels_are_pooled_if_the_frequent_ones_cover_nine_tenths() -> None:
    values = ["a"] * 500 + ["b"] * 450 + [f"rare {k}" for k in range(50)]
    (plan,) = plan_columns(pa.table({"level": values}))
    assert (plan.kind, str(plan.note)) == ("categorical", "13 rare levels are pooled")


def test_the_users_choices_win() -> None:
    chosen = kinds(
        kinds={"age": "categorical", "ci*": "categorical"}, exclude=["re*"], ids=["state"]
    )
    assert (chosen["age"], chosen["city"]) == ("categorical", "categorical")
    assert (chosen["remark"], chosen["state"]) == ("unused", "id")


def test_named_columns_are_used_even_if_they_look_like_ids() -> None:
    chosen = kinds(columns=["row", "age"])
    assert (chosen["row"], chosen["age"], chosen["state"]) == ("numeric", "numeric", "unused")


@pytest.mark.parametrize("name", ["id", "user_id", "CustomerID", "part_id", "uuid"])
def test_distinct_whole_numbers_with_the_name_of_an_id_are_an_id(name: str) -> None:
    assert kinds(pa.table({name: [7, 3, 9, 12, 5, 31], "x": [1, 2, 2, 1, 2, 1]}))[name] == "id"


@pytest.mark.parametrize("name", ["humid", "grid", "valid", "solid"])
def test_a_word_that_ends_in_id_is_no_id(name: str) -> None:
    assert kinds(pa.table({name: [7, 3, 9, 12, 5, 31], "x": [1, 2, 2, 1, 2, 1]}))[name] == "numeric"


def test_an_unknown_column_is_refused_with_a_hint() -> None:
    with pytest.raises(UsageError, match=r"It has no column `Age`\. Did you mean `age`\?"):
        plan_columns(TABLE, exclude=["Age"])


def test_an_unknown_kind_is_refused_with_a_hint() -> None:
    with pytest.raises(UsageError, match="Got 'categoric' for `age`"):
        plan_columns(TABLE, kinds={"age": "categoric"})


def test_a_table_of_nothing_but_ids_is_refused_with_reasons() -> None:
    table = TABLE.select(["customer", "row"])
    with pytest.raises(DataError, match=r"no column to train on.*`customer`: all values are diff"):
        plan_columns(table)
