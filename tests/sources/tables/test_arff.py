"""ARFF files of Weka and OpenML."""

from __future__ import annotations

from datetime import datetime

import pytest

from isthmus.errors import DataError
from isthmus.sources.tables import read_arrow

ARFF = """% made by Weka
@relation rows
@attribute speed numeric
@attribute n integer
@attribute state {good, bad}
@data
4.5, 1, good
6, 2, bad
?, 3, ?
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_arff_is_a_table(tmp_path, newline):
    (tmp_path / "rows.arff").write_text(ARFF, newline=newline)
    assert read_arrow(tmp_path / "rows.arff").table.to_pydict() == {
        "speed": [4.5, 6, None],
        "n": [1, 2, 3],
        "state": ["good", "bad", None],
    }


QUOTED_ARFF = """@RELATION 'all kinds'
@ATTRIBUTE 'checking status' {'<0', "0<=X<200" , 'no checking', Zürich}
@ATTRIBUTE age integer [17, 90]
@attribute remark STRING
@attribute since date "dd.MM.yyyy 'at' HH:mm"
@attribute code { 1,2 }
@inputs age
@data
'<0', 31, 'it\\'s \"new\", % and dear', '03.02.2020 at 17:45', 1
Zürich,?,plain words,?,2
% a comment

 \t
"0<=X<200",  18 ,"a, b",  "31.12.1999 at 00:00",?
'no checking',18,x,?,2
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_arff_has_quotes_texts_dates_and_declared_levels(tmp_path, encoding):
    path = tmp_path / "rows.arff"
    path.write_bytes(QUOTED_ARFF.encode(encoding))
    file = read_arrow(path)
    assert file.table.to_pydict() == {
        "checking status": ["<0", "Zürich", "0<=X<200", "no checking"],
        "age": [31, None, 18, 18],
        "remark": ['it\'s "new", % and dear', "plain words", "a, b", "x"],
        "since": [datetime(2020, 2, 3, 17, 45), None, datetime(1999, 12, 31), None],
        "code": ["1", "2", None, "2"],
    }
    assert [note for note in file.notes if "Windows-1252" in note] == [*file.notes]


def test_cells_of_arff_may_be_separated_by_tabs(tmp_path):
    text = "@relation r\n@attribute a real\n@attribute b string\n@data\n1\tx\n?\t'a\tb'\n"
    (tmp_path / "rows.arff").write_text(text)
    table = read_arrow(tmp_path / "rows.arff").table
    assert table.to_pydict() == {"a": [1, None], "b": ["x", "a\tb"]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "@attribute a real\n@data\nx\n",
            "numbers in `a`, a numeric .* Got 'x' in",
        ),
        (
            "@attribute a {b, c}\n@data\nb\nd\n",
            "levels that .* in `a`. Got 'd' in line 4",
        ),
        (
            "@attribute a date yyyy\n@data\n1999\nx\n",
            "the format that .* Got 'x' in line 4",
        ),
        ("@attribute a date yyyyZ\n@data\n", "'yyyyZ' in line 1 is no known format of dates"),
        ("@attribute a date dd-d\n@data\n", "'dd-d' in line 1 is no known format of dates"),
        ("@attribute a relational\n", "list of levels in braces, not 'relational' as in line 1"),
        ("@attribute a\n@data\n1\n", "line 1 must be @relation, @attribute NAME TYPE or @data"),
        ("@attribute a real\n1\n2\n", "line 2 must be @relation"),
        ("@attribute a real\n", "it has no @data"),
        ("@relation r\n@data\n1\n", "it has no @attribute"),
        (
            "@attribute a real\n@attribute b real\n@data\n1\n",
            "2 cells .* Got 1 in line 4",
        ),
    ],
)
def test_what_is_wrong_in_arff_is_named(tmp_path, text, message):
    (tmp_path / "rows.arff").write_text(text)
    with pytest.raises(DataError, match=message):
        read_arrow(tmp_path / "rows.arff")
