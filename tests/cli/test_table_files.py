"""Files as people have them, from the command line."""

from __future__ import annotations

import io
import sys
import types

import numpy as np
import pyarrow.csv
import pytest

pytestmark = pytest.mark.usefixtures("blank_figures")

ROWS = [[k * 0.5, (k * 7) % 11, k % 3 + 0.25] for k in range(40)]


def text(rows, *, delimiter=","):
    return "".join(delimiter.join(map(str, row)) + "\n" for row in rows)


@pytest.fixture
def train(cli):
    return lambda *words: cli("train", *words, "--epochs", "1", "--out", "run", "-q")


def n_codes(path):
    return pyarrow.csv.read_csv(path).num_rows


def test_new_rows_are_read_in_the_form_of_the_training_rows(cli, train, tmp_path):
    (tmp_path / "rows.csv").write_text(text(ROWS))
    (tmp_path / "new.csv").write_text(text(ROWS[:5]))
    outcome = train("rows.csv", "--no-header")
    assert (outcome.code, "first line contains values" in outcome.err) == (0, False)
    assert cli("encode", "run", "new.csv", "-o", "codes.csv").code == 0
    assert n_codes(tmp_path / "codes.csv") == 5


def test_the_array_of_rows_is_remembered(cli, train, tmp_path):
    np.savez(tmp_path / "rows.npz", a=np.array(ROWS), b=np.ones((4, 7)))
    np.savez(tmp_path / "new.npz", a=np.array(ROWS[:5]), b=np.ones((4, 7)))
    assert train("rows.npz", "--key", "a").code == 0
    assert cli("encode", "run", "new.npz", "-o", "codes.csv").code == 0
    assert n_codes(tmp_path / "codes.csv") == 5
    assert cli("encode", "run", "new.npz", "--key", "b", "-o", "c.csv").code == 3


def test_bad_lines_are_skipped_in_training_and_later(cli, train, tmp_path):
    content = "a,b,c\n" + text(ROWS) + "1,2\n" + text(ROWS)
    (tmp_path / "rows.csv").write_text(content)
    assert "--skip-bad" in train("rows.csv").sentence
    outcome = train("rows.csv", "--skip-bad")
    assert outcome.code == 0
    (tmp_path / "new.csv").write_text(content)
    outcome = cli("encode", "run", "new.csv", "--skip-bad", "-o", "codes.csv")
    assert "Note: Skipped 1 line with too few or too many cells: line 42." in outcome.err
    assert n_codes(tmp_path / "codes.csv") == 80


def test_folders_of_tables_are_trained_on_and_encoded(cli, train, tmp_path):
    for name, part in {"a": ROWS[:20], "b": ROWS[20:]}.items():
        (tmp_path / "days").mkdir(exist_ok=True)
        (tmp_path / "days" / f"{name}.csv").write_text("x,y,z\n" + text(part))
    assert train("days").code == 0
    assert cli("encode", "run", "days/*.csv", "-o", "codes.csv").code == 0
    assert n_codes(tmp_path / "codes.csv") == 40


def test_a_folder_of_more_tables_than_pictures_names_both_ways(cli, tmp_path, picture):
    (tmp_path / "mixed").mkdir()
    for name in "ab":
        (tmp_path / "mixed" / f"{name}.csv").write_text("x,y\n" + text(ROWS))
    picture(tmp_path / "mixed" / "a.png")
    outcome = cli("doctor", "mixed")
    assert outcome.code == 3
    assert "contains 1 picture and 2 tables. For the tables, pass" in outcome.sentence
    for name in "bcde":
        picture(tmp_path / "mixed" / f"{name}.png")
    outcome = cli("doctor", "mixed")
    assert "The folder also contains 2 tables, which are not read" in outcome.out + outcome.err


@pytest.fixture
def picture():
    from PIL import Image

    def write(path):
        noise = np.random.default_rng(len(str(path))).integers(0, 255, (6, 6), np.uint8)
        Image.fromarray(noise).save(path)

    return write


def test_a_text_file_that_is_a_table_is_no_text(cli, train, tmp_path):
    (tmp_path / "rows.txt").write_text("x,y,z\n" + text(ROWS))
    (tmp_path / "new.txt").write_text("x,y,z\n" + text(ROWS[:5]))
    assert train("rows.txt").code == 0
    assert cli("encode", "run", "new.txt", "-o", "codes.csv").code == 0
    assert n_codes(tmp_path / "codes.csv") == 5


def test_lines_that_could_be_a_table_are_texts_for_a_run_on_texts(cli, train, tmp_path):
    lines = "".join(
        f"{k % 2}\tsome words about day {k} and its {k % 5} reasons\n" for k in range(40)
    )
    (tmp_path / "rows.txt").write_text(lines)
    sentence = train("rows.txt").sentence
    assert "Add --no-text-lines for a table, or --text-lines for texts" in sentence
    assert train("rows.txt", "--text-lines").code == 0
    assert cli("encode", "run", "rows.txt", "-o", "codes.csv").code == 0
    (tmp_path / "new.txt").write_text(lines)
    assert cli("encode", "run", "new.txt", "-o", "codes.csv").code == 0
    assert n_codes(tmp_path / "codes.csv") == 40


def test_reading_options_are_keys_of_a_config_file(train, tmp_path):
    (tmp_path / "rows.csv").write_text(text(ROWS))
    (tmp_path / "c.yaml").write_text("source: {source: rows.csv, header: false}\n")
    assert train("--config", "c.yaml").code == 0
    assert "header: false" in (tmp_path / "run" / "config.yaml").read_text()


def test_a_lone_hyphen_is_standard_input(cli, train, tmp_path, monkeypatch):
    def pipe():
        stream = types.SimpleNamespace(
            buffer=io.BytesIO(("x,y,z\n" + text(ROWS)).encode()), isatty=lambda: False
        )
        monkeypatch.setattr(sys, "stdin", stream)

    pipe()
    assert train("-").code == 0
    pipe()
    assert cli("encode", "run", "-", "-o", "codes.csv").code == 0
    assert n_codes(tmp_path / "codes.csv") == 40
