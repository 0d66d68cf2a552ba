"""Rows that cannot be read or trained on: exit code 3, one sentence, no files left."""

from __future__ import annotations

import gzip
import urllib.request
from urllib.error import URLError

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.usefixtures("blank_figures")


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def png(path, shape):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.zeros(shape, np.uint8)).save(path)


def truncated_gzip():
    return gzip.compress(bytes([0, 0, 8, 3]) + bytes(range(256)) * 50)[:40]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("rows.csv", "", "`rows.csv` is empty."),
        ("rows.csv", "a,b\n", "has column names but no rows"),
        ("rows.csv", "a,b\n1,2\n", "requires at least 2 training rows. `rows` has 1: add rows."),
        ("rows.csv", "a,b\n1,2\n3,4\n1e999,5\n", "an infinite value (inf) in column 'a' (1 value)"),
        ("rows.csv", "a,b\n,NA\n,-\n", "no column to train on. `a`: all cells are missing"),
        (
            "rows.csv",
            "id,part\n" + "".join(f"{k},K-{k * 7}\n" for k in range(9)),
            "no column to train on. `id`: looks like an id; `part`: all values are different",
        ),
        ("rows.csv", "a,b\n1,2\n3\n", "Got 1 in line 3"),
        (
            "rows.csv",
            "a,b,c\n" + "1,5,2\n3,9,-1e200\n" * 5,
            "Column 'c' has larger values: rescale it",
        ),
        ("rows.csv", "a,b\n" + "1,2\n" * 30, "there is nothing to train on"),
        ("rows.csv", b"\x00\x01\x02", "is not a text file"),
        ("rows.parquet", "no parquet", "cannot be read as Parquet"),
        ("rows.npy", "no numpy", "is not a NumPy file"),
        ("rows.npy", b"", "`rows.npy` is"),
        ("rows.npz", b"PK\x03\x04broken", "is truncated or damaged"),
        ("digits-idx3-ubyte.gz", truncated_gzip(), "is truncated"),
        ("digits-idx3-ubyte", b"\x01\x02\x03\x04", "is not an IDX file"),
        ("pets/cat.png", "no picture", "`pets/cat.png` cannot be read as a picture"),
        ("pets/readme.txt", "text", "contains no pictures"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{len(value)} bytes",
)
def test_unreadable_rows(cli, tmp_path, name, content, says):
    write(tmp_path / name, content)
    outcome = cli("train", name.split("/")[0])
    assert says in outcome.sentence
    assert outcome.code == 3
    assert [entry.name for entry in tmp_path.iterdir()] == [name.split("/")[0]]


@pytest.mark.parametrize(
    ("array", "says"),
    [
        (np.full((9, 3), 4.0), "All 8 rows are equal"),
        (np.array([[1.0, np.nan], [2.0, 3.0]]), "column 1 (1 value)"),
        (np.array([["a", "b"], ["c", "d"]]), "must contain real numbers"),
        (np.array([[1, None], [2, 3]], dtype=object), "contains Python objects"),
        (np.zeros((0, 3)), "is empty"),
        (np.arange(5.0), "must have shape"),
        (np.zeros((3, 4), complex), "must contain real numbers"),
    ],
)
def test_arrays_that_nothing_can_be_learned_from(cli, tmp_path, array, says):
    np.save(tmp_path / "rows.npy", array)
    outcome = cli("train", "rows.npy")
    assert says in outcome.sentence
    assert outcome.code == 3
    assert [entry.name for entry in tmp_path.iterdir()] == ["rows.npy"]


def test_pictures_of_different_sizes_ask_for_image_size(cli, tmp_path):
    png(tmp_path / "pets/a.png", (4, 4))
    png(tmp_path / "pets/b.png", (4, 5))
    outcome = cli("train", "pets")
    assert outcome.code == 3
    assert "--image-size" in outcome.sentence


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("digitz",), 3, "Did you mean `digits`?"),
        (("rows.cvs",), 3, "Did you mean `rows.csv`?"),
        (("zz",), 3, "Named sources are `digits`, `mnist`, `fashion-mnist`."),
        (("rowz.npy",), 3, "Did you mean `rows.csv`?"),
        (("rows.csv", "--columns", "hieght"), 3, "Did you mean `height`?"),
        (("rows.csv", "--label", "Width"), 3, "Did you mean `width`?"),
        (("rows.csv", "--columns", "width", "--label", "width"), 2, "--label must not be in"),
        (("rows.pkl",), 2, "save the array or table as .npy"),
        (("mnist", "--data-dir", "none"), 3, "must be an existing folder"),
    ],
)
def test_near_names_are_suggested(cli, tmp_path, words, code, says):
    write(tmp_path / "rows.csv", "height,width\n1,2\n2,4\n3,3\n")
    write(tmp_path / "rows.pkl", "x")
    outcome = cli("train", *words)
    assert says in outcome.sentence
    assert outcome.code == code
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("source", ["gone.csv", "./rows/gone.csv", "crows.md", "digits.csv"])
def test_a_file_that_is_gone_has_no_stranger_suggested(cli, tmp_path, source):
    for name in ("bone.log", "other.csv", "rows.csv.bak", "crows.txt.md"):
        write(tmp_path / name, "a,b\n1,2\n2,4\n3,3\n")
    (tmp_path / "gone").mkdir()
    outcome = cli("train", source)
    assert outcome.code == 3
    assert outcome.sentence == (
        f"File or folder `{source}` not found. Check the name and the folder."
    )


@pytest.mark.parametrize("source", ["rows.csv", "digits"])
def test_a_folder_of_data_is_refused_where_nothing_is_looked_for_in_it(cli, tmp_path, source):
    write(tmp_path / "rows.csv", "a,b\n1,2\n2,4\n3,3\n")
    outcome = cli("train", source, "--data-dir", ".")
    what = "the table `rows.csv`" if source == "rows.csv" else "`digits`"
    assert outcome.sentence == f"--data-dir does not apply to {what}. Remove it."
    assert outcome.code == 2


def test_mnist_without_files_or_network_says_where_to_put_which(cli, tmp_path, monkeypatch):
    def unreachable(*_, **__):
        raise URLError(OSError(101, "Network is unreachable"))

    monkeypatch.setattr(urllib.request, "urlopen", unreachable)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("ISTHMUS_DATA", raising=False)
    outcome = cli("train", "mnist")
    assert outcome.code == 3
    for stem in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"):
        assert f"{stem}-ubyte.gz" in outcome.sentence
    assert "--data-dir or ISTHMUS_DATA" in outcome.sentence
    assert "Network is unreachable" in outcome.sentence


def test_escapes_and_markup_in_names_do_not_reach_the_terminal(train, tmp_path):
    header = "\x1b[31mred\x1b[0m,[bold]b[/bold],\u202eback"
    write(tmp_path / "rows.csv", header + "\n1,2,x\n2,3,y\ninf,5,x\n")
    outcome = train("rows.csv")
    assert outcome.code == 3
    assert "\x1b" not in outcome.err and "\\x1b[31mred" in outcome.sentence
    write(tmp_path / "rows.csv", header + "\n1,2,x\n2,3,y\n4,5,x\n")
    outcome = train("rows.csv", "--label", "\u202eback", "-q")
    assert outcome.code == 0
    outcome = train("rows.csv")
    assert outcome.code == 0
    assert "\\u202eback" in outcome.err
    assert "\u202e" not in outcome.out + outcome.err
    wanted = "[/bold][red]\x1b]0;title\x07"
    outcome = train("rows.csv", "--columns", wanted)
    assert outcome.code == 3
    assert "[/bold][red]\\x1b]0;title\\x07" in outcome.sentence
    assert "\x07" not in outcome.err


def test_a_name_with_a_line_break_stays_on_one_line(cli, tmp_path):
    write(tmp_path / "rows.csv", '"a\nb",c\n1,2\ninf,4\n')
    assert r"column 'a\nb' (1 value)" in cli("train", "rows.csv").sentence


def test_a_message_ends_in_spite_of_a_huge_name(cli, tmp_path):
    assert len(cli("train", "x" * 50_000).sentence) < 2100


def test_a_broken_file_name_is_told_before_anything_is_written(cli, tmp_path):
    write(tmp_path / "rows.csv", "a,b\n1,2\n3,4\n")
    broken = {"`source`": ["rows\udcff.csv"], "--out": ["rows.csv", "--out", "r\udcff"]}
    for name, words in broken.items():
        sentence = cli("train", *words).sentence
        assert sentence.startswith(f"{name} must be UTF-8, to be stored in a run. Got ")
        assert "\\udcff" in sentence
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]
