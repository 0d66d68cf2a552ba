"""Columns of ordered levels: which orders are known, and the levels back."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from isthmus import Autoencoder, AutoencoderImputer
from isthmus.errors import UsageError
from isthmus.preprocessing import Preprocessor, plan_columns, whole_table
from isthmus.preprocessing._level_orders import known_order

ORDERS = [
    ["low", "medium", "high"],
    ["Very Low", "Low", "Moderate", "High", "Very-High"],
    ["Small", "Medium", "Large"],
    ["XXS", "XS", "S", "M", "L", "XL", "2XL", "3XL"],
    ["never", "rarely", "sometimes", "often", "always"],
    ["no", "Sometimes", "Frequently", "Always"],
    ["Strongly disagree", "Disagree", "Neutral", "Agree", "Strongly agree"],
    ["Very dissatisfied", "Dissatisfied", "Satisfied", "Very satisfied"],
    ["Poor", "Fair", "Good", "Very good", "Excellent"],
    ["Fair", "Good", "Very Good", "Premium", "Ideal"],
    ["Po", "Fa", "TA", "Gd", "Ex"],
    ["mild", "moderate", "severe"],
    ["1st", "2nd", "3rd", "10th"],
    ["First", "Second", "Third"],
    ["18-24", "25-34", "35-44", "45-54", "55-64", "65+"],
    ["0-17", "18-25", "26-35", "36-45", "46-50", "51-55", "55+"],
    ["<20", "20-30", ">30"],
    ["18-24", "25-34", "65+"],
    ["18-24", "35-44", "65+"],
    ["<18", "30-39", "50-59"],
    ["0-9", "10-19", "40-49"],
    ["0", "2", "5+"],
    ["under 18", "18 to 64", "65 and over"],
    ["0", "1", "2", "3", "4+"],
    ["$0 - $9,999", "$10,000 - $49,999", "$50,000+"],
    ["5k-10k", "10k-20k", "20k+"],
    ["(-0.001, 10.0]", "(10.0, 20.0]", "(20.0, 30.0]"],
    ["低", "中", "高"],
]


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order[0])
def test_obvious_orders_are_known(order, rng):
    assert known_order(rng.permutation(order).tolist()) == tuple(order)


@pytest.mark.parametrize(
    "levels",
    [
        ["red", "green", "blue"],
        ["A", "B", "C"],
        ["low", "medium", "high", "unknown"],
        ["medium", "moderate", "high"],  # two names of one rank
        ["Mon", "Tue", "Wed"],
        ["Jan", "Feb", "Mar"],
        ["10-12", "11-03", "2-1"],
        ["2-1", "3-0", "0-0"],
        ["101-205", "301-405", "501-605"],  # codes: bands would follow each other
        ["12-3456", "13-4567", "98-7654"],
        ["12-3456", "40-5000", "8000-9000"],
        ["0-0", "1-2", "3-4"],
        ["555-1234", "555-9876", "600-1111"],
        ["12-2020", "01-2021", "02-2022"],
        ["12+", "16+", "18+"],
        ["0", "5+", "9"],
        ["1", "2", "3"],
        ["18-24", "20-30", "31-40"],
        ["1st class", "2nd floor", "3rd"],
        ["2020-01", "2020-02", "2020-03"],
        ["M", "F", "X"],
        ["Month-to-month", "One year", "Two year"],
        ["s", "m", "d"],
    ],
    ids=lambda levels: levels[0],
)
def test_no_order_is_guessed(levels):
    assert known_order(levels) is None


def test_grades_are_known_only_in_a_column_of_grades():
    assert known_order(["B+", "A", "F", "B-"], "final_grade") == ("F", "B-", "B+", "A")
    assert known_order(["A", "B", "C"], "Grade") == ("C", "B", "A")
    assert known_order(["A", "B", "C"], "group") is None
    assert known_order(["A", "B", "C"], "upgraded") is None


@pytest.fixture
def frame(rng):
    place = rng.integers(0, 3, 120)
    return pd.DataFrame(
        {
            "size": np.array(["small", "medium", "large"])[place],
            "width": place + 0.1 * rng.normal(size=120),
            "colour": rng.choice(["red", "blue", "green"], 120),
        }
    )


def kinds(frame, **chosen):
    plans = plan_columns(whole_table(frame), **chosen)
    return {plan.name: (plan.kind, str(plan.note)) for plan in plans}


def test_the_plan_shows_the_order(frame):
    found = kinds(frame)
    assert found["size"] == ("ordinal", "order: small < medium < large")
    assert found["colour"] == ("categorical", "")


def test_two_levels_stay_categorical(frame):
    assert kinds(frame[frame["size"] != "large"])["size"][0] == "categorical"


def test_the_user_decides(frame):
    assert kinds(frame, kinds={"size": "categorical"})["size"] == ("categorical", "chosen")
    two = frame[frame["size"] != "large"]
    assert kinds(two, kinds={"size": "ordinal"})["size"] == (
        "ordinal",
        "chosen; order: small < medium",
    )
    with pytest.raises(UsageError, match=r"`colour` cannot be 'ordinal': the order .* not known"):
        kinds(frame, kinds={"colour": "ordinal"})


def test_a_chosen_category_still_tells_of_pooled_levels():
    cells = [f"{k}" for k in range(60) for _ in range(2)]
    plans = plan_columns(pa.table({"zip": cells}), kinds={"zip": "categorical"})
    assert plans[0].note == "chosen; 21 rare levels are pooled"


def test_a_long_order_is_shortened():
    sizes = ["XXS", "XS", "S", "M", "L", "XL", "XXL", "3XL"] * 2
    assert plan_columns(pa.table({"s": sizes}))[0].note == "order: XXS < XS < ... < 3XL"


def test_an_ordered_pandas_category_is_ordinal(frame):
    order = ["green", "red", "blue"]
    ordered = pd.Categorical(frame["colour"], categories=[*order, "grey"], ordered=True)
    found = kinds(frame.assign(colour=ordered))["colour"]
    assert found == ("ordinal", "order: green < red < blue")
    unordered = pd.Categorical(frame["colour"], categories=order)
    assert kinds(frame.assign(colour=unordered))["colour"] == ("categorical", "")


def test_levels_become_one_number_in_order_and_come_back(frame):
    made = Preprocessor.of_table(plan_columns(whole_table(frame)))
    made.fit(made.learn(frame))
    encoded = made.encode(made.prepare(frame))
    assert made.layout is not None and made.table is not None
    where = made.layout.starts[made.layout.names.index("size")]
    assert made.layout.sizes[made.layout.names.index("size")] == 1
    by_level = {name: encoded[frame["size"] == name, where] for name in frame["size"].unique()}
    assert by_level["small"].max() < by_level["medium"].min() <= by_level["medium"].max()
    assert by_level["medium"].max() < by_level["large"].min()
    assert np.var(encoded[:, where]) == pytest.approx(1, rel=1e-4)
    back = made.table.table_of(made.decode(encoded)).column("size").to_pylist()
    assert back == frame["size"].tolist()
    again = Preprocessor.from_facts(json.loads(json.dumps(made.facts())), made.tensors())
    np.testing.assert_array_equal(again.encode(again.prepare(frame)), encoded)


def test_chosen_numbers_come_back_as_numbers():
    table = pa.table({"quality": [3, 9, 5, 3] * 10, "x": np.arange(40.0) ** 2})
    made = Preprocessor.of_table(plan_columns(table, kinds={"quality": "ordinal"}))
    matrix = made.learn(table)
    made.fit(matrix)
    assert made.table is not None
    back = made.table.table_of(made.decode(made.encode(matrix)))
    assert back.column("quality").equals(table.column("quality"))


def test_unknown_levels_are_missing_and_counted(frame):
    made = Preprocessor.of_table(plan_columns(whole_table(frame)))
    made.fit(made.learn(frame))
    new = frame.assign(size=["huge", None, *frame["size"][2:]])
    matrix = made.prepare(new)
    assert made.table is not None and made.layout is not None
    assert made.table.count_unknown(matrix) == {"size": 1}
    missing = made.layout.missing(made.encode(matrix))[:, made.layout.names.index("size")]
    assert missing.tolist() == [True, True] + [False] * 118


def test_models_give_levels_back(frame):
    holes = frame.copy()
    holes.loc[:9, "size"] = None
    ae = Autoencoder(latent_dim=2, hidden_dims=(16,), epochs=30, random_state=0).fit(holes)
    assert set(ae.reconstruct(holes)["size"]) <= {"small", "medium", "large"}
    imputer = AutoencoderImputer(steps=40, random_state=0).fit(holes)
    filled = imputer.transform(holes)
    assert set(filled["size"][:10]) <= {"small", "medium", "large"}
    assert filled["size"][10:].tolist() == frame["size"][10:].tolist()
    assert {level for draw in imputer.sample(holes, 2) for level in draw["size"]} <= set(
        frame["size"]
    )
