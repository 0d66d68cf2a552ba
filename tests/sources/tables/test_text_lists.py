"""Lists of numbers that are written as text, as data frames write embeddings to CSV files."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest

from isthmus.errors import UsageError
from isthmus.preprocessing import plan_columns
from isthmus.sources import read_source

LISTS = [[0.5, -1.0, 3.25], [1e-05, 2.0, 7.0], [4.0, 5.5, 6.0]]


@pytest.fixture
def read(tmp_path):
    """Return a function that reads the column `emb` of a table with these cells."""

    def read(cells, suffix=".csv", delimiter=",", quote='"'):
        path = tmp_path / f"rows{suffix}"
        lines = [f"{k}{delimiter}{quote}{cell}{quote}" for k, cell in enumerate(cells)]
        path.write_text(f"a{delimiter}emb\n" + "\n".join(lines) + "\n")
        return read_source(str(path))

    return read


@pytest.mark.parametrize(
    "form",
    [
        json.dumps,
        lambda values: json.dumps(values, separators=(",", ":")),
        lambda values: str(np.array(values)),
        lambda values: str(np.array(values)).replace(" ", "\n ", 1),
        lambda values: f" [ {values[0]} , +{values[1]:.1f}, {values[2]:.0e}]".replace("+-", "-"),
    ],
    ids=["json", "json without blanks", "numpy", "numpy in two lines", "blanks and signs"],
)
def test_all_usual_forms_are_lists(read, form):
    column = read([form(values) for values in LISTS]).X["emb"]
    assert column.type == pa.list_(pa.float64())
    np.testing.assert_allclose(column.to_pylist(), LISTS, rtol=0.1)


@pytest.mark.parametrize(("suffix", "delimiter"), [(".tsv", "\t"), (".csv", ";"), (".csv", "|")])
def test_lists_of_commas_need_no_quotes_between_other_delimiters(read, suffix, delimiter):
    table = read([json.dumps(values) for values in LISTS], suffix, delimiter, quote="").X
    assert table["emb"].to_pylist() == LISTS


def test_strings_of_json_rows_are_lists_too(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps({"a": 1, "emb": str(x)}) + "\n" for x in LISTS))
    assert read_source(str(path)).X["emb"].to_pylist() == LISTS


def test_empty_cells_and_empty_lists_are_missing(read):
    source = read(["[1, 2]", "", "[3, 4]", "[]", "NA", "[5, 6]"])
    assert source.X["emb"].to_pylist() == [[1.0, 2.0], None, [3.0, 4.0], None, None, [5.0, 6.0]]
    assert source.notes[-1] == "'[]', 'NA' were read as missing values in `emb`."


def test_missing_elements_are_nan(read):
    values = read(["[1, nan]", "[NaN, 2]", "[None, 3]", "[4, null]"]).X["emb"].to_pylist()
    expected = [[1.0, np.nan], [np.nan, 2.0], [np.nan, 3.0], [4.0, np.nan]]
    np.testing.assert_array_equal(values, expected)


def test_lists_of_different_lengths_are_text_with_a_note(read):
    source = read(["[1, 2]", "[1, 2, 3]", "[4, 5]"])
    assert pa.types.is_string(source.X["emb"].type)
    assert source.notes[-1] == (
        "Column `emb` was read as text: its values are lists of different lengths, from 2 to 3 "
        "numbers."
    )


def test_a_word_among_lists_makes_them_text_with_a_note(read):
    source = read(["[1, 2]", "[4, 5]", "broken", "[6, 7]"])
    assert pa.types.is_string(source.X["emb"].type)
    assert source.notes[-1] == (
        "Column `emb` was read as text: most of its values are lists of numbers, but not 'broken' "
        "in row 3."
    )


@pytest.mark.parametrize("cells", [["[1]", "[2]", "[3]"], ["[a, b]", "[c, d]"], ["[x] y", "[z]"]])
def test_other_cells_in_brackets_are_text_without_a_note(read, cells):
    source = read(cells)
    assert pa.types.is_string(source.X["emb"].type)
    assert not source.notes


def test_a_chosen_kind_must_be_list(read):
    table = read([json.dumps(values) for values in LISTS]).X
    assert plan_columns(table)[1].note == "lists of 3 numbers"
    with pytest.raises(UsageError, match=r"holds lists, so its kind is 'list'. Got 'tex"):
        plan_columns(table, kinds={"emb": "text"})
