"""Files that end in .txt: texts or a table."""

from __future__ import annotations

import pytest

from isthmus.errors import DataError
from isthmus.sources import options_of, read_source


def source(folder, content):
    path = folder / "rows.txt"
    path.write_text(content)
    return path


@pytest.mark.parametrize(
    ("content", "shape"),
    [
        ("".join(f"{k}.5,{k * 2},{k % 7}\n" for k in range(20)), (20, 3)),
        ("a,b,state\n" + "".join(f"{k}.5,{k * 2},{k % 2}x\n" for k in range(20)), (20, 3)),
        ("".join(f"{k}.5e+00 {k * 2}.0e-01\n" for k in range(20)), (20, 2)),
        ("".join(f"  {k}.25   {k * 2}\n" for k in range(20)), (20, 2)),
        ("".join(f"0,tcp,ftp,{k},{k * 3},0.{k % 7},normal\n" for k in range(20)), (20, 7)),
        ("".join(f"{k}|{k * k}|{k}.5\n" for k in range(20)), (20, 3)),
        ("".join(f"{k}.5\n" for k in range(20)), (20, 1)),
    ],
)
def test_a_table_is_read_as_one(tmp_path, content, shape):
    path = source(tmp_path, content)
    data = read_source(path)
    assert (data.kind, data.X.shape) == ("table", shape)
    assert data.notes[0] == "The file was read as a table; `--text-lines` reads a text per line."
    assert "columns" in options_of(path)


@pytest.mark.parametrize(
    "content",
    [
        "Hello there, friend\nGood morning, world\nYes, we can\n" * 5,
        "Paris, France\nRome, Italy\nBerlin, Germany\n" * 5,
        "".join(f"It was day {k}, and we walked, slowly, to the sea.\n" for k in range(20)),
        "In 2020, 5 people\nIn 2021, nobody\nthen more\n" * 5,
        "one\ntwo\n",
        "the cat sat\non the mat\nand ate 2 rats\n" * 5,
        "one, two\nthree\n",
    ],
)
def test_texts_with_commas_stay_texts(tmp_path, content):
    path = source(tmp_path, content)
    data = read_source(path)
    assert data.kind == "texts"
    assert data.X.tolist() == content.splitlines()
    assert options_of(path) == ("text_lines", "max_memory")


@pytest.mark.parametrize(
    "content",
    [
        "".join(f"ham\tsome long message, number {k}, of this kind\n" for k in range(20)),
        "".join(f"{k % 3},a headline about things of day {k}\n" for k in range(20)),
        "red,big,round\nblue,small,square\nred,small,round\n" * 7,
    ],
)
def test_what_could_be_both_is_refused_with_both_options(tmp_path, content):
    path = source(tmp_path, content)
    with pytest.raises(DataError, match=r"could be a table.* --no-text-lines .* --text-lines "):
        read_source(path)
    assert read_source(path, text_lines=True).X.tolist() == content.splitlines()
    table = read_source(path, text_lines=False, text_column="column_2", header=False)
    assert len(table.X) == content.count("\n")


def test_a_table_can_be_read_as_texts(tmp_path):
    path = source(tmp_path, "1,2\n3,4\n")
    assert read_source(path, text_lines=True).X.tolist() == ["1,2", "3,4"]


def test_texts_come_in_the_encodings_that_people_save(tmp_path):
    path = tmp_path / "rows.txt"
    path.write_bytes("café noir\nthé vert\n".encode("cp1252"))
    data = read_source(path)
    assert data.X.tolist() == ["café noir", "thé vert"]
    assert data.notes == ("The file is not UTF-8 and was read as Windows-1252.",)
