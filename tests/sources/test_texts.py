"""Texts as rows: columns of tables and lines of files."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from isthmus.errors import DataError, UsageError
from isthmus.sources import fingerprint, read_source

TABLE = 'kind,title,body\nx,One cat,"It sat, and sat."\ny,Two dogs,They ran.\n'


def table(tmp_path, content=TABLE, **options):
    (tmp_path / "t.csv").write_text(content)
    return read_source(tmp_path / "t.csv", **options)


def lines(tmp_path, content):
    (tmp_path / "t.txt").write_bytes(content)
    return read_source(tmp_path / "t.txt")


def test_a_column_of_texts_is_the_rows_and_the_label_stays_beside_it(tmp_path):
    data = table(tmp_path, text_column="body", label="kind")
    assert (data.kind, data.name, data.feature_names) == ("texts", "t", None)
    assert data.X.tolist() == ["It sat, and sat.", "They ran."]
    assert (data.y.tolist(), data.label_name) == (["x", "y"], "kind")


def test_texts_of_several_columns_are_joined_by_a_blank(tmp_path):
    data = table(tmp_path, text_column=["title", "body"])
    assert data.X.tolist() == ["One cat It sat, and sat.", "Two dogs They ran."]


def test_a_text_may_be_missing_in_some_of_several_columns(tmp_path):
    data = table(tmp_path, "a,b\nx,\n,y\n z ,w\n", text_column=["a", "b"])
    assert data.X.tolist() == ["x", "y", "z w"]


def test_numbers_and_dates_in_a_column_of_texts_are_texts(tmp_path):
    data = table(tmp_path, "a,b\n2024,x\n007,y\n2024-01-01,z\n", text_column="a")
    assert data.X.tolist() == ["2024", "007", "2024-01-01"]


@pytest.mark.parametrize(
    "column",
    [
        ["one", "two"],
        pa.array(["one", "two"]).dictionary_encode(),
        pa.array(["one", "two"], pa.large_string()),
        pa.array([b"one", b"two"]),
    ],
)
def test_texts_in_parquet(tmp_path, column):
    pq.write_table(pa.table({"text": column, "n": [1, 2]}), tmp_path / "t.parquet")
    assert read_source(tmp_path / "t.parquet", text_column="text").X.tolist() == ["one", "two"]


def test_a_parquet_column_of_numbers_holds_no_texts(tmp_path):
    pq.write_table(pa.table({"text": [1, 2]}), tmp_path / "t.parquet")
    with pytest.raises(DataError, match=r"Column `text` of .* must contain texts. Got int64"):
        read_source(tmp_path / "t.parquet", text_column="text")


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (
            "a,b\nx,\ny,u\n",
            ("Rows without text in column `b`", ": 1 (first: row 1, counted from 1)."),
        ),
        (
            "a,b\nx,u\ny,  \nz,\n",
            ("Rows without text in column `b`", ": 2 (first: row 2, counted from 1)."),
        ),
    ],
)
def test_missing_texts_are_counted_in_a_note(tmp_path, content, where):
    data = table(tmp_path, content, text_column="b")
    assert len(data.X) == content.count("\n") - 1
    (note,) = data.notes
    assert note.startswith(where[0]) and note.endswith(where[1])


def test_texts_that_are_all_missing_are_refused(tmp_path):
    with pytest.raises(
        DataError, match=r"Column `b` of .* must contain texts. Got none in all 2 row"
    ):
        table(tmp_path, "a,b\nx,\ny,\n", text_column="b")


def test_a_null_is_a_missing_text(tmp_path):
    pq.write_table(pa.table({"a": [None, "x"], "b": ["", "y"]}), tmp_path / "t.parquet")
    data = read_source(tmp_path / "t.parquet", text_column=["a", "b"])
    assert data.X.tolist() == ["", "x y"] and ": 1 (first: row 1, counted" in data.notes[0]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"text_column": "boddy"}, DataError, r"has no column `boddy`. Did you mean `body`\?"),
        (
            {"text_column": ["body", "body"]},
            UsageError,
            "`text_column` must name at least one column, each",
        ),
        (
            {"text_column": []},
            UsageError,
            "`text_column` must name at least one column, each once. Got none",
        ),
        ({"text_column": "body", "label": "body"}, UsageError, "must not be in `text_column`"),
        (
            {"text_column": "body", "columns": ["kind"]},
            UsageError,
            "`columns` and `text_column` exclude",
        ),
    ],
)
def test_invalid_columns_are_refused(tmp_path, options, error, message):
    with pytest.raises(error, match=message):
        table(tmp_path, **options)


def test_a_first_line_of_a_class_and_a_text_is_a_row(tmp_path):
    rows = "".join(f'{k % 3},"Some news of day {k} and its {k} reasons"\n' for k in range(9))
    data = table(tmp_path, rows, text_column="column_2", label="column_1")
    assert len(data.X) == 9 and data.y.tolist()[:4] == [0, 1, 2, 0]


def test_a_short_name_above_texts_beside_a_number_is_a_name(tmp_path):
    rows = "".join(f"{k},Some news of day {k}\n" for k in range(9))
    data = table(tmp_path, f"2024,news\n{rows}", text_column="news")
    assert len(data.X) == 9


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_a_line_of_a_file_is_a_text(tmp_path, end, last):
    data = lines(tmp_path, end.join([b"one, two", b' "three" ', *([b""] if last else [])]))
    assert (data.kind, data.name, data.y) == ("texts", "t", None)
    assert data.X.tolist() == ["one, two", ' "three" ']


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk"])
def test_encodings_of_lines(tmp_path, encoding):
    data = lines(tmp_path, "猫坐着\n狗跑了\n".encode(encoding))
    assert data.X.tolist() == ["猫坐着", "狗跑了"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"one\0two", "is not a text file"),
    ],
)
def test_lines_that_are_no_texts(tmp_path, content, message):
    with pytest.raises(DataError, match=message):
        lines(tmp_path, content)


def test_blank_lines_are_rows_without_words(tmp_path):
    data = lines(tmp_path, b"one\n\n  \ntwo\n")
    assert data.X.tolist() == ["one", "", "  ", "two"]
    assert "Lines without text in " in data.notes[0] and ": 2 (first: line 2," in data.notes[0]


def test_texts_have_a_fingerprint_of_their_content():
    prints = [
        fingerprint(np.array(texts, dtype=object))
        for texts in (["ab", "c"], ["ab", "c"], ["a", "bc"], ["c", "ab"], ["ab", "\ud800"])
    ]
    assert prints[0] == prints[1] and len(set(prints)) == 4
