"""One column has one purpose, and some column is left to train on."""

from __future__ import annotations

from typing import Any

import pytest

from isthmus.errors import DataError, UsageError
from isthmus.preprocessing import plan_columns
from isthmus.sources import read_source


@pytest.fixture
def read(tmp_path: Any) -> Any:
    lines = [f"P{k},{k * 0.5},{k % 7},{'ab'[k % 2]}" for k in range(20)]
    (tmp_path / "rows.csv").write_text("\n".join(["part,x,y,state", *lines]) + "\n")
    return lambda **options: read_source(tmp_path / "rows.csv", **options)


@pytest.mark.parametrize(
    ("options", "one", "other", "name"),
    [
        ({"columns": ["x", "y"], "exclude": ["y"]}, "columns", "exclude", "y"),
        ({"columns": ["part", "x"], "id": ["part"]}, "columns", "id", "part"),
        ({"exclude": ["part"], "id": ["part"]}, "exclude", "id", "part"),
        ({"exclude": ["state"], "label": "state"}, "exclude", "label", "state"),
        ({"id": ["part"], "label": "part"}, "id", "label", "part"),
        ({"kinds": {"y": "numeric"}, "exclude": ["y"]}, "exclude", "kinds", "y"),
        ({"kinds": {"y": "numeric"}, "id": ["y"]}, "id", "kinds", "y"),
        ({"kinds": {"y": "numeric"}, "label": "y"}, "kinds", "label", "y"),
    ],
)
def test_a_column_named_for_two_purposes_is_an_error(
    read: Any, options: dict[str, Any], one: str, other: str, name: str
) -> None:
    with pytest.raises(UsageError) as error:
        read(**options)
    assert str(error.value) == (
        f"`{one}` and `{other}` must not name the same column. Got `{name}` in both: remove it "
        "from one of them."
    )


def test_a_pattern_may_match_a_column_that_is_named_elsewhere(read: Any) -> None:
    data = read(columns=["?"], exclude=["y"], id=["part"], kinds={"part": "id"})
    assert data.planning["columns"] == ("x", "y")
    assert data.X.column_names == ["x", "part"]


def test_kinds_of_columns_that_are_not_used_are_an_error(read: Any) -> None:
    message = r"^`kinds` must name columns that are used. Got `y`, not in `columns` \(`x`\): add "
    with pytest.raises(UsageError, match=message):
        read(columns=["x"], kinds={"y": "categorical"})


def test_excluding_every_column_is_an_error(read: Any) -> None:
    message = (
        r"^`exclude` must leave at least one column. Got `\*`, which matches all columns of the "
        r"table: `part`, `x`, `y`, `state`\.$"
    )
    with pytest.raises(UsageError, match=message):
        read(exclude=["*"])
    with pytest.raises(UsageError, match=r"all columns of the table, besides the label `state`: "):
        read(exclude=["[pxy]*"], label="state")


def test_unknown_columns_are_named_with_those_of_the_table(read: Any) -> None:
    with pytest.raises(DataError, match=r"has no column `z`\. It has `part`, `x`, `y`, `state`\."):
        read(columns=["x", "z"], kinds={"z": "categorical"})
    table = read().X
    with pytest.raises(UsageError, match=r"^`kinds` must name columns .* column `stat`. Did you"):
        plan_columns(table, kinds={"stat": "categorical"})
    with pytest.raises(UsageError, match=r"It has no column that matches `q\*`\. It has `part`,"):
        plan_columns(table, kinds={"q*": "categorical"})
