"""`--rows` and `--part`: rows by position."""

from __future__ import annotations

import numpy as np
import pyarrow.csv
import pytest

import isthmus

pytestmark = pytest.mark.usefixtures("blank_figures")


def column(path, name):
    return pyarrow.csv.read_csv(path).column(name).to_pylist()


@pytest.fixture(scope="module")
def split_run(tmp_path_factory):
    """A run on rows with test rows, next to its source."""
    from tests.cli.conftest import TINY, call

    folder = tmp_path_factory.mktemp("split")
    X = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
    np.savez(folder / "rows.npz", X=X[:20], X_test=X[20:])
    assert call("train", folder / "rows.npz", "--out", folder / "run", "-q", *TINY).code == 0
    return folder / "run"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0:3", [0, 1, 2]),
        ("3,17,20:22", [3, 17, 20, 21]),
        ("-2:", [38, 39]),
        ("-1", [39]),
        ("::15", [0, 15, 30]),
        ("4:1:-2, 1", [4, 2, 1]),
        (":40:39", [0, 39]),
    ],
)
def test_codes_of_chosen_rows_are_those_of_the_rows(cli, table_run, tmp_path, text, expected):
    assert cli("encode", table_run, "-o", "all.npy").code == 0
    assert cli("encode", table_run, "--rows", text, "-o", "some.npy").code == 0
    codes = np.load(tmp_path / "all.npy")[expected]
    np.testing.assert_array_equal(np.load(tmp_path / "some.npy"), codes)


def test_ids_and_labels_stay_with_their_rows(cli, write_table, train, tmp_path):
    write_table(tmp_path / "rows.csv")
    words = ("--id", "a", "--label", "kind", "--out", "run", "-q")
    assert train("rows.csv", *words).code == 0
    ids = column(tmp_path / "rows.csv", "a")
    outcome = cli("reconstruct", "run", "--rows", "5,2", "-o", "some.csv")
    assert outcome.err == "Wrote 2 reconstructed rows to some.csv.\n"
    assert column(tmp_path / "some.csv", "a") == [ids[5], ids[2]]
    assert column(tmp_path / "some.csv", "kind") == ["y", "x"]


def test_scores_of_chosen_rows_name_their_position_in_the_source(cli, table_run, tmp_path):
    assert cli("score", table_run, "-o", "all.csv").code == 0
    assert cli("score", table_run, "--rows", "30:40", "-o", "some.csv").code == 0
    names = ("row", "error", "feature_1", "value_1", "kind")
    every, some = (
        list(zip(*(column(tmp_path / file, name) for name in names), strict=True))
        for file in ("all.csv", "some.csv")
    )
    assert some == [line for line in every if line[0] >= 30]


def test_the_values_of_a_mixed_table_are_those_of_the_chosen_rows(cli, train, tmp_path):
    lines = [f"{k * 7 % 11},{'abc'[k % 3]},{k * k}" for k in range(30)]
    (tmp_path / "mixed.csv").write_text("\n".join(["x,level,y", *lines]) + "\n")
    assert train("mixed.csv", "--out", "run", "-q").code == 0
    assert cli("score", "run", "--rows", "7", "--features", "3", "-o", "s.csv").code == 0
    named = [column(tmp_path / "s.csv", f"feature_{k}")[0] for k in (1, 2, 3)]
    values = [str(column(tmp_path / "s.csv", f"value_{k}")[0]) for k in (1, 2, 3)]
    assert dict(zip(named, values, strict=True)) == {"x": "5", "level": "b", "y": "49"}


def test_rows_are_counted_in_the_part(cli, split_run, tmp_path):
    X = np.load(split_run.parent / "rows.npz")["X_test"]
    assert cli("reconstruct", split_run, "--part", "test", "--rows", "-3:", "-o", "x.npy").code == 0
    expected = isthmus.load(split_run).reconstruct(X[-3:])
    np.testing.assert_array_equal(np.load(tmp_path / "x.npy"), expected)
    assert cli("score", split_run, "--part", "test", "-o", "scores.csv").code == 0
    assert sorted(column(tmp_path / "scores.csv", "row")) == list(range(20, 30))
    assert cli("encode", split_run, "--part", "train", "-o", "codes.csv").code == 0
    assert column(tmp_path / "codes.csv", "part") == ["train"] * 20


@pytest.mark.parametrize("suffix", [".png", ".pdf"])
def test_chosen_pictures_are_all_drawn(cli, digits_run, tmp_path, suffix):
    outcome = cli("reconstruct", digits_run, "--rows", "0:23", "-o", f"grid{suffix}")
    assert outcome.err == f"Wrote 23 pictures and their reconstructions to grid{suffix}.\n"
    assert (tmp_path / f"grid{suffix}").read_bytes()[:4] in (b"\x89PNG", b"%PDF")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0:41", "--rows must be within the 40 rows of the source, from 0. Got '0:41'."),
        ("40", "--rows must be within the 40 rows of the source, from 0. Got '40'."),
        ("-41", "--rows must be within the 40 rows of the source, from 0. Got '-41'."),
        ("5:5", "--rows must choose at least one of the 40 rows of the source. Got '5:5'."),
    ],
)
def test_positions_outside_the_rows_are_refused_with_their_number(cli, table_run, text, message):
    assert cli("encode", table_run, "--rows", text, "-o", "x.csv").sentence == message


def test_a_source_without_test_rows_has_no_part(cli, table_run):
    outcome = cli("encode", table_run, "--part", "test", "-o", "x.csv")
    message = "--part requires a source with test rows. rows has none: leave --part out."
    assert outcome.sentence == message


@pytest.mark.parametrize("text", ["", "a", "1,,2", "1.5", "::0", "1:2:3:4", "9" * 5000])
def test_what_is_no_position_is_refused(cli, text):
    outcome = cli("encode", "run", "--rows", text, "-o", "x.csv")
    assert outcome.code == 2
    assert outcome.sentence.startswith(
        "--rows must be positions or ranges separated by commas, such as 0:10 or 3,17,20:25. Got "
    )
