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


def read(tmp_path, text, **options):
    (tmp_path / "rows.arff").write_text(text, encoding="utf-8")
    return read_arrow(tmp_path / "rows.arff", **options).table.to_pydict()


def test_what_the_header_declares_is_kept(tmp_path):
    text = (
        "@attribute s string\n@attribute l {NA, 'None', 'x ', x, ''}\n@attribute n numeric % note\n"
        "@data\n12345678901234567891,NA,9007199254740993\n00123,'None',9007199254740995\n"
        "null,'x ',3\n'?',x,\n?,'',?\n"
    )
    assert read(tmp_path, text) == {
        "s": ["12345678901234567891", "00123", "null", "?", None],
        "l": ["NA", "None", "x ", "x", ""],
        "n": [9007199254740993, 9007199254740995, 3, None, None],
    }
    found = read(tmp_path, text, missing=("null", "x"))
    assert (found["s"][2], found["l"][2:4]) == (None, ["x ", None])


def test_escapes_of_arff_are_read(tmp_path):
    text = r"@attribute a string" + "\n@data\n" + r"'a\nb\t\'\\ \u0041 \ud800 \% \q'" + "\n"
    assert read(tmp_path, text) == {"a": ["a\nb\t'\\ A \ufffd % q"]}


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["1", "2.0", "3"], [1, 2, 3]),
        (["1", "2.5"], [1.0, 2.5]),
        (["+4", "-5", ".5e1"], [4, -5, 5]),
        (["123456789012345678901", "1"], [123456789012345678901.0, 1.0]),
        (["nan", "1"], [None, 1]),
    ],
)
def test_numbers_of_arff_are_whole_if_all_are(tmp_path, cells, numbers):
    lines = "\n".join(cells)
    found = read(tmp_path, f"@attribute a real\n@data\n{lines}\n")
    assert found == {"a": numbers}
    assert list(map(type, found["a"])) == list(map(type, numbers))


def test_blocks_of_arff_rows_are_one_table(tmp_path):
    lines = "\n".join([*map(str, range(25_000)), "0.5"])
    found = read(tmp_path, f"@attribute a real\n@data\n{lines}\n")["a"]
    assert (len(found), found[-2:], type(found[0])) == (25_001, [24_999.0, 0.5], float)


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
        (
            "@attribute a string\n@attribute b real\n@data\n'abc,2\n",
            r"a quote \('\) in line 4 is never",
        ),
        ("@attribute 'a real\n@data\n", r"a quote \('\) in line 1 is never closed"),
        ("@attribute a real\n@data\n1_000\n", "Got '1_000' in line 3"),
        ("@attribute a real\n@data\n٣\n", "Got '٣' in line 3"),
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
