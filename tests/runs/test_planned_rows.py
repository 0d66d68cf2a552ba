"""Rows are planned, and refused, before anything is trained."""

from __future__ import annotations

import pyarrow as pa
import pytest

from isthmus.errors import DataError, UsageError
from isthmus.runs import check_applicable, check_varies, planned
from isthmus.sources import read_source


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "rows.csv"
        path.write_text(text)
        return read_source(str(path))

    return read


def test_a_table_gets_its_plan_and_ids_once(read):
    rows = planned(read("id,a\n" + "".join(f"{k},{k * k % 7}\n" for k in range(1, 9))))
    assert [column.kind for column in rows.plan] == ["id", "numeric"]
    assert list(rows.ids) == ["id"]
    assert planned(rows) is rows


def test_the_missing_cells_of_a_sample_are_not_called_those_of_all_rows(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("a,b\n" + "1,\n2,3\n" * 1000)
    assert planned(read_source(str(path))).notes == ("1,000 cells are missing, in `b`.",)
    streamed = read_source(str(path), stream=True)
    streamed.X.sample = lambda: (None, pa.table({"a": [1, 2, 1], "b": [None, 3, None]}))
    assert "2 cells are missing in a sample of 3 rows, in `b`." in planned(streamed).notes


def test_rows_of_pictures_have_no_plan():
    digits = read_source("digits")
    assert planned(digits) is digits and digits.plan is None


def test_fewer_than_two_rows_are_refused(read):
    message = r"^An autoencoder requires at least 2 training rows. `rows` has 1: add rows.$"
    with pytest.raises(DataError, match=message):
        planned(read("a,b\n1,2\n"))


@pytest.mark.parametrize("text", ["a,b\n" + "1,2\n" * 5, "a,id\n1,1\n1,2\n1,3\n1,4\n1,5\n"])
def test_equal_rows_are_refused(read, text):
    with pytest.raises(DataError, match=r"^All 5 rows of rows are equal, so there is nothing"):
        check_varies(planned(read(text)))


@pytest.mark.parametrize("text", ["a,b\n1,2\n1,2\n1,3\n", "a,b\n1,2\n1,\n1,2\n", "a,b\n1,u\n1,v\n"])
def test_rows_that_differ_in_one_cell_are_not(read, text):
    check_varies(planned(read(text)))


def test_shifts_are_for_pictures(read):
    rows = read("a,b,c,d\n1,2,3,4\n3,4,5,6\n")
    with pytest.raises(UsageError, match=r"^`max_shift` applies to pictures. rows contains a tab"):
        check_applicable({"parameters": {"max_shift": 1}}, rows)
    check_applicable({"parameters": {"max_shift": 0}}, rows)
    check_applicable({"parameters": {"max_shift": 1, "picture_shape": (2, 2)}}, rows)
    check_applicable({"parameters": {"max_shift": 1}}, read_source("digits"))


def test_a_number_of_words_is_for_texts(read):
    rows = read("a,b\n1,2\n3,4\n")
    check_applicable({"parameters": {}}, rows)
    with pytest.raises(UsageError, match="`max_words` does not apply to rows of numbers"):
        check_applicable({"parameters": {"max_words": 3}}, rows)
