"""isthmus impute."""

from __future__ import annotations

import csv
from functools import partial

import numpy as np
import pyarrow.parquet
import pytest

from isthmus import AutoencoderImputer

pytestmark = pytest.mark.usefixtures("blank_figures")

HEAD = ["name", "size", "price", "day", "kind", "count"]


@pytest.fixture(autouse=True)
def _quick_imputer(monkeypatch):
    quick = partial(AutoencoderImputer, steps=30, n_networks=2)
    monkeypatch.setattr("isthmus.runs._impute_rows.AutoencoderImputer", quick)


def table(path, delimiter=";", gaps=("", "NA")):
    rng = np.random.default_rng(0)
    z = rng.normal(size=120)
    lines = [HEAD]
    for k, value in enumerate(z):
        cells = [
            f"row {k}",
            f"{170 + 10 * value:.1f}".replace(".", ","),
            f"${20 + 5 * value:.2f}",
            f"{1 + k % 28:02d}.{1 + k % 12:02d}.2020",
            "red" if value > 0 else "blue",
            str(int(50 + 10 * value)),
        ]
        for j in range(1, 6):
            if rng.random() < 0.1:
                cells[j] = gaps[k % len(gaps)]
        lines.append(cells)
    path.write_text("\n".join(delimiter.join(line) for line in lines) + "\n", encoding="utf-8")
    return path


def cells_of(path, delimiter=";"):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter=delimiter))


def test_observed_cells_stay_as_they_are_written_and_gaps_are_filled(cli, tmp_path):
    source = table(tmp_path / "rows.csv")
    done = cli("impute", source, "-o", tmp_path / "filled.csv")
    assert done.code == 0, done.err
    before, after = cells_of(source), cells_of(tmp_path / "filled.csv")
    assert before[0] == after[0] == HEAD
    filled = {
        (i, j) for i, row in enumerate(before) for j, cell in enumerate(row) if cell in ("", "NA")
    }
    for i, (old, new) in enumerate(zip(before, after, strict=True)):
        for j, cell in enumerate(old):
            assert (new[j] == cell) != ((i, j) in filled)
    for i, j in filled:
        cell = after[i][j]
        form = {1: "###,#", 2: "$##.##", 3: "##.##.####", 5: "##"}.get(j)
        if form is None:
            assert cell in ("red", "blue")
        else:
            assert "".join("#" if c.isdigit() else c for c in cell) == form


def test_it_prints_how_many_cells_were_filled_and_how_well(cli, tmp_path):
    done = cli("impute", table(tmp_path / "rows.csv"))
    assert (tmp_path / "rows-imputed.csv").exists()
    assert done.out == ""
    assert "still missing" in done.err
    assert "hidden on purpose" in done.err
    for method in ("Isthmus", "mean or mode", "IterativeImputer"):
        assert f"\n{method} " in done.err
    assert "on numbers" in done.err
    assert "on categories" in done.err
    assert done.err.endswith("rows-imputed.csv\n")


def test_marks_say_which_cells_were_missing(cli, tmp_path):
    source = table(tmp_path / "rows.csv")
    assert cli("impute", source, "-o", "out.parquet", "--mark").code == 0
    filled = pyarrow.parquet.read_table(tmp_path / "out.parquet").to_pydict()
    given = cells_of(source)[1:]
    assert filled["kind_missing"] == [int(row[4] in ("", "NA")) for row in given]
    assert all(value is not None for value in filled["size"])
    assert all(isinstance(value, int) for value in filled["count"])
    assert "name_missing" not in filled


def test_draws_are_files_of_their_own_and_repeat_for_a_seed(cli, tmp_path):
    source = table(tmp_path / "rows.csv")
    assert cli("impute", source, "-o", "a.csv", "--draws", 2).code == 0
    assert cli("impute", source, "-o", "b.csv", "--draws", 2).code == 0
    texts = {name: (tmp_path / f"{name}.csv").read_text() for name in ("a-1", "a-2", "b-1", "b-2")}
    assert texts["a-1"] == texts["b-1"] != texts["a-2"] == texts["b-2"]
    assert not (tmp_path / "a.csv").exists()


def test_a_run_fills_its_own_rows_and_new_ones(cli, tmp_path):
    source = table(tmp_path / "rows.csv")
    assert cli("train", source, "--out", "run", "-q", "--epochs", "2").code == 0
    assert cli("impute", "run", "-o", "own.csv").code == 0
    new = tmp_path / "new.csv"
    new.write_text("\n".join(source.read_text(encoding="utf-8").splitlines()[:20]) + "\n")
    assert cli("impute", "run", new, "-o", "new-filled.csv").code == 0
    own, others = cells_of(tmp_path / "own.csv"), cells_of(tmp_path / "new-filled.csv")
    assert [row[0] for row in own[:20]] == [row[0] for row in others]
    assert not any(cell in ("", "NA") for row in own for cell in row)


@pytest.mark.parametrize("of_run", [False, True])
@pytest.mark.parametrize("option", ["--limit", "--sample"])
def test_fewer_rows_are_those_of_the_source_as_they_are_written(cli, tmp_path, option, of_run):
    source, out = table(tmp_path / "rows.csv"), tmp_path / "filled.csv"
    if of_run:
        assert cli("train", source, "--epochs", "1", "--out", tmp_path / "run", "-q").code == 0
    done = cli("impute", *([tmp_path / "run"] if of_run else []), source, option, "60", "-o", out)
    assert done.code == 0, done.err
    of_name = {row[0]: row for row in cells_of(source)}
    _, *after = cells_of(out)
    assert len(after) == 60
    numbers = [int(name.removeprefix("row ")) for name, *_ in after]
    assert numbers == sorted(numbers) and (numbers == list(range(60))) == (option == "--limit")
    for row in after:
        pairs = zip(of_name[row[0]], row, strict=True)
        assert all(new == old or old in ("", "NA") for old, new in pairs)
        assert not {"", "NA"} & set(row)


def test_a_run_of_fewer_rows_fills_those(cli, tmp_path):
    source, out = table(tmp_path / "rows.csv"), tmp_path / "filled.csv"
    words = ("train", source, "--limit", "70", "--epochs", "1", "--out", tmp_path / "run", "-q")
    assert cli(*words).code == 0
    assert cli("impute", tmp_path / "run", "-o", out).code == 0
    assert [row[0] for row in cells_of(out)[1:]] == [f"row {k}" for k in range(70)]


def test_the_language_of_what_is_printed_can_be_chosen(cli, tmp_path):
    done = cli("impute", table(tmp_path / "rows.csv"), "--lang", "zh")
    assert "填补" in done.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["-o", "rows.csv"], "The output must not overwrite the rows."),
        (["-o", "out.xlsx"], "The output's name must end in .csv or .parquet."),
        (["--draws", "-1"], "--draws must be an integer of at least 1. Got -1."),
        (["--draws", "0"], "--draws must be an integer of at least 1. Got 0."),
        (["rows.csv"], "A second source requires a run before it, whose model fills it."),
    ],
)
def test_commands_that_cannot_be_run_are_refused_at_once(cli, tmp_path, words, sentence):
    table(tmp_path / "rows.csv")
    done = cli("impute", "rows.csv", *words)
    assert done.code != 0
    assert sentence in done.sentence


def test_a_table_without_gaps_is_refused(cli, tmp_path):
    (tmp_path / "rows.csv").write_text("a,b\n" + "".join(f"{k},{k * k}\n" for k in range(30)))
    done = cli("impute", "rows.csv", "--kinds", "a=numeric")
    assert "has no missing cell" in done.sentence
    assert not (tmp_path / "rows-imputed.csv").exists()


def test_texts_and_pictures_are_refused(cli, tmp_path):
    assert "Only tables have cells to fill." in cli("impute", "digits").sentence


def test_draws_of_a_run_are_refused(cli, tmp_path):
    source = table(tmp_path / "rows.csv")
    assert cli("train", source, "--out", "run", "-q", "--epochs", "1").code == 0
    done = cli("impute", "run", "--draws", "2")
    assert "--draws requires a source, to which an imputer is fitted." in done.sentence
