"""isthmus sample and isthmus interpolate."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow.csv
import pyarrow.parquet
import pytest
from PIL import Image

from isthmus import Autoencoder, AutoencoderOutlierDetector, load

pytestmark = pytest.mark.usefixtures("blank_figures")


@pytest.fixture(scope="module")
def table_model(tmp_path_factory):
    rng = np.random.default_rng(0)
    age = rng.integers(18, 80, 200)
    table = pd.DataFrame({"age": age, "sex": rng.choice(["f", "m"], 200)})
    folder = tmp_path_factory.mktemp("table") / "model"
    Autoencoder(latent_dim=2, epochs=2, random_state=0).fit(table).save(folder)
    return folder


def size_of(name):
    with Image.open(name) as picture:
        return picture.size


def test_a_grid_of_samples_and_a_strip_between_two_rows_are_pictures(cli, digits_run):
    assert cli("sample", digits_run, "-n", "16", "-o", "grid.png").code == 0
    done = cli("interpolate", digits_run, "--rows", "3,17", "-n", "5", "-o", "strip.png")
    assert done.err == "Wrote 5 rows from row 3 to row 17 to strip.png.\n"
    done = cli("interpolate", digits_run, "--rows", "-1,17", "-n", "2", "-o", "walk.npy")
    assert done.err == "Wrote 2 rows from row 1,796 to row 17 to walk.npy.\n"
    (across, down), (long, low) = map(size_of, ("grid.png", "strip.png"))
    assert across == pytest.approx(4 * down, rel=0.15)
    assert long > 4 * low


def test_the_rows_are_those_of_python(cli, digits_run):
    assert cli("sample", digits_run, "-n", "3", "--seed", "5", "-o", "new.npy").code == 0
    ae = load(digits_run)
    np.testing.assert_array_equal(np.load("new.npy"), ae.sample(3, random_state=5))
    cli("interpolate", digits_run, "--rows", "3,17", "-o", "walk.parquet")
    walk = pyarrow.parquet.read_table("walk.parquet")
    assert walk.shape == (10, 64)


def test_sampled_tables_are_written_in_their_types(cli, table_model):
    assert cli("sample", table_model, "-n", "5", "-o", "new.csv").code == 0
    rows = pyarrow.csv.read_csv("new.csv").to_pydict()
    assert list(rows) == ["age", "sex"]
    assert all(isinstance(age, int) for age in rows["age"])
    assert {*rows["sex"]} <= {"f", "m"}


def test_samples_of_texts_are_lists_of_words(cli, tmp_path):
    texts = ["red apple pie", "green apple tart", "blue sea wave", "deep sea fish"] * 5
    Autoencoder(latent_dim=2, epochs=2).fit(texts).save(tmp_path / "model")
    assert cli("sample", "model", "-n", "3", "-o", "words.txt").code == 0
    lines = (tmp_path / "words.txt").read_text().splitlines()
    assert len(lines) == 3
    assert {*", ".join(lines).split(", ")} <= {*" ".join(texts).split()}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("sample -n 0 -o a.png", "--rows must be an integer of at least 1. Got 0."),
        (
            "sample -n 10001 -o a.png",
            "--rows must be at most 10,000 for a .png file. Got 10,001: write several files.",
        ),
        (
            "sample -n 99999999999999999999 -o a.csv",
            "--rows must be at most 10,000,000 for a .csv file. Got 99,999,999,999,999,999,999: "
            "write several files.",
        ),
        (
            "interpolate --rows 1,2 -n 10001 -o a.svg",
            "--steps must be at most 10,000 for a .svg file. Got 10,001: write several files.",
        ),
        ("sample --seed -1 -o a.png", "--seed must be an integer of at least 0. Got -1."),
        ("sample -o a.doc", "must end in .png, .svg, .parquet, .csv, .npy or .txt"),
        ("sample -o a.txt", "trained on texts. This one was trained on pictures: write a .parquet"),
        ("interpolate --rows 3 -o a.png", "--rows must be two row numbers, such as 3,17. Got '3'."),
        ("interpolate --rows 3,1797 -o a.png", "--rows must be within the 1,797 rows"),
        ("interpolate --rows 3:5 -o a.png", "--rows must be two row numbers, such as 3,17."),
        ("interpolate --rows 3,4 -n 1 -o a.png", "--steps must be an integer of at least 2."),
    ],
)
def test_what_cannot_be_drawn_is_told_in_one_sentence(cli, digits_run, words, sentence):
    command, *options = words.split()
    done = cli(command, digits_run, *options)
    assert done.code in (2, 3)
    assert sentence in done.sentence


def test_tables_are_not_written_as_pictures_or_arrays(cli, table_model):
    assert "require a run that was trained on pictures" in (
        cli("sample", table_model, "-o", "a.png").sentence
    )
    assert "must be written to a .csv or .parquet file" in (
        cli("sample", table_model, "-o", "a.npy").sentence
    )


def test_estimators_without_a_decoder_are_refused(cli):
    detector = AutoencoderOutlierDetector(n_members=1, epochs=1, random_state=0)
    detector.fit(np.random.default_rng(0).normal(size=(60, 3))).save("model")
    told = cli("sample", "model", "-o", "a.csv").sentence
    assert told.startswith("Only runs of the estimator autoencoder")
    assert "can draw new rows. Got outlier-detector" in told
