"""isthmus similar."""

from __future__ import annotations

import json

import numpy as np
import pyarrow.csv
import pytest
from PIL import Image

pytestmark = pytest.mark.usefixtures("blank_figures")


@pytest.fixture
def model(tmp_path, cli):
    """A run on a table with ids, in which two rows are equal."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(40, 3))
    values[30] = values[4]
    lines = [f"p{k:03},{a:.5f},{b:.5f},{c:.5f}" for k, (a, b, c) in enumerate(values)]
    (tmp_path / "rows.csv").write_text("\n".join(["name,a,b,c", *lines]) + "\n")
    done = cli("train", "rows.csv", "--id", "name", "--epochs", "2", "--latent-dim", "2", "-q",
               "--hidden-dims", "8", "--out", "run")  # fmt: skip
    assert done.code == 0, done.err
    return tmp_path / "run"


def test_similar_rows_are_listed_with_their_ids(cli, model):
    done = cli("similar", model, "--row", "4", "-n", "3", "-o", "found.csv", "--json")
    first, *_ = found = json.loads(done.out)
    assert len(found) == 3
    assert (first["of_row"], first["rank"], first["row"], first["name"]) == (4, 1, 30, "p030")
    assert first["distance"] == pytest.approx(0, abs=1e-6)
    written = pyarrow.csv.read_csv("found.csv").to_pydict()
    assert written["row"] == [row["row"] for row in found]


def test_rows_like_those_of_another_file_are_found(cli, model, tmp_path):
    header, *lines = (tmp_path / "rows.csv").read_text().splitlines()
    (tmp_path / "one.csv").write_text(f"{header}\n{lines[7]}\n")
    done = cli("similar", model, "--like", "one.csv", "-n", "1")
    assert done.out.splitlines()[1].split() == ["0", "1", "7", "0", "p007"]


def test_duplicates_are_listed_in_groups(cli, model):
    done = cli("similar", model, "--duplicates", "-o", "groups.csv")
    assert done.out.splitlines()[1].split() == ["1", "2", "4,", "30"]
    assert "1 group of rows with nearly the same code: 2 rows." in done.out
    groups = pyarrow.csv.read_csv("groups.csv").to_pydict()
    assert groups == {"group": [1, 1], "row": [4, 30], "name": ["p004", "p030"]}


def test_similar_pictures_are_drawn_after_their_row(cli, digits_run):
    assert cli("similar", digits_run, "--row", "3,17:18", "-n", "4", "-o", "similar.png").code == 0
    with Image.open("similar.png") as picture:
        assert picture.size[0] > 2 * picture.size[1]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("", "`isthmus similar` requires exactly one of --row, --like and --duplicates."),
        ("--row 3 --duplicates", "requires exactly one of --row, --like and --duplicates."),
        ("--row 3 -n 0", "--neighbors must be an integer of at least 1. Got 0."),
        ("--row x", "such as 0:10 or 3,17,20:25. Got 'x'."),
        ("--row 5000", "--row must be within the 1,797 rows of the source, from 0. Got '5000'."),
        ("--duplicates -o a.png", "must be written to a .csv or .parquet file. Got a.png."),
        ("--row 3 -o a.npy", "must end in .csv, .parquet, .png or .svg"),
    ],
)
def test_what_cannot_be_found_is_told_in_one_sentence(cli, digits_run, options, sentence):
    done = cli("similar", digits_run, *options.split())
    assert done.code in (2, 3)
    assert sentence in done.sentence
