"""`isthmus encode` and `isthmus reconstruct`: only the artifact is needed, writes are atomic."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sys

import numpy as np
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from PIL import Image
from sklearn.datasets import load_digits

import isthmus
import isthmus.runs
from isthmus.artifacts import signed

pytestmark = pytest.mark.usefixtures("blank_figures")

BOTH = pytest.mark.parametrize("command", ["encode", "reconstruct"])


@pytest.fixture(name="X")
def make_table(write_table, tmp_path):
    return write_table(tmp_path / "rows.csv")


def read(path):
    if path.suffix == ".csv":
        return pyarrow.csv.read_csv(path)
    return pq.read_table(path)


def numbers(table, n_columns):
    return np.column_stack([table.column(k).to_numpy() for k in range(n_columns)])


@pytest.mark.parametrize(
    ("words", "result"),
    [
        (("encode", "-o", "out.csv"), "已将 40 个编码写入 out.csv"),
        (("reconstruct", "-o", "out.csv"), "已将 40 行重构写入 out.csv"),
        (("score", "-o", "out.csv"), "已将 40 个异常分数写入 out.csv"),
    ],
)
def test_the_result_is_in_the_language_asked_for(cli, table_run, words, result):
    command, *options = words
    source = table_run.parent / "rows.csv"
    assert cli(command, table_run, source, *options, "--lang", "zh").err.startswith(result)
    assert cli(command, table_run, *options, "--lang", "en").err.startswith("Wrote 40 ")


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_codes_of_the_trainings_own_rows_with_labels_beside_them(cli, table_run, tmp_path, suffix):
    outcome = cli("encode", table_run, "-o", f"codes{suffix}")
    assert (outcome.code, outcome.out) == (0, "")
    assert outcome.err == f"Wrote 40 codes to codes{suffix} (code size 2).\n"
    table = read(tmp_path / f"codes{suffix}")
    assert table.column_names == ["code_0", "code_1", "kind"]
    assert table.column("kind").to_pylist() == ["x", "y"] * 20
    rows = np.genfromtxt(table_run.parent / "rows.csv", delimiter=",", skip_header=1)[:, :4]
    expected = isthmus.load(table_run).transform(rows)
    np.testing.assert_array_equal(numbers(table, 2), expected)


def test_codes_of_digits_in_the_order_of_the_source(cli, digits_run, tmp_path):
    assert cli("encode", digits_run, "--out", "codes.npy").code == 0
    X = load_digits().data.astype(np.uint8)
    expected = isthmus.load(digits_run).transform(X)
    np.testing.assert_array_equal(np.load(tmp_path / "codes.npy"), expected)


@BOTH
def test_columns_are_found_by_name(cli, table_run, write_table, tmp_path, command):
    write_table(tmp_path / "same.csv")
    write_table(tmp_path / "other.csv", order="dzbcay")
    tables = []
    for name in ("same", "other"):
        assert cli(command, table_run, f"{name}.csv", "-o", f"{name}.parquet").code == 0
        tables.append(read(tmp_path / f"{name}.parquet"))
    assert tables[0].equals(tables[1])


def test_new_rows_have_their_own_labels(cli, table_run, write_table, tmp_path):
    write_table(tmp_path / "new.csv", n_rows=4, seed=1)
    words = ("encode", table_run, "new.csv", "-o", "codes.parquet")
    assert cli(*words).code == 0
    assert read(tmp_path / "codes.parquet").column_names == ["code_0", "code_1"]
    assert cli(*words, "--label", "kind").code == 0
    assert read(tmp_path / "codes.parquet").column("kind").to_pylist() == ["x", "y"] * 2


def test_an_array_serves_a_run_that_learned_from_a_table(cli, table_run, X, tmp_path):
    np.save(tmp_path / "rows.npy", X)
    assert cli("encode", table_run, "rows.npy", "-o", "codes.npy").code == 0
    expected = isthmus.load(table_run).transform(X)
    np.testing.assert_array_equal(np.load(tmp_path / "codes.npy"), expected)


def test_test_rows_follow_the_others_and_are_marked(train, cli, rng, tmp_path):
    X = rng.normal(size=(20, 3))
    np.savez(tmp_path / "rows.npz", X=X[:15], y=np.arange(15), X_test=X[15:])
    assert train("rows.npz", "--out", "run", "-q").code == 0
    assert cli("encode", "run", "-o", "codes.parquet").code == 0
    table = read(tmp_path / "codes.parquet")
    assert table.column("part").to_pylist() == ["train"] * 15 + ["test"] * 5
    assert table.column("y").to_pylist() == [*range(15), *[None] * 5]
    np.testing.assert_array_equal(numbers(table, 2), isthmus.load("run").transform(X))


def test_a_moved_run_and_a_bare_model_serve_as_well(cli, table_run, X, tmp_path):
    shutil.copytree(table_run, tmp_path / "moved")
    shutil.copytree(table_run / "model", tmp_path / "bare")
    for place in (table_run, "moved", "moved/model", "bare"):
        assert cli("encode", place, "rows.csv", "-o", "codes.npy").code == 0
        codes = np.load(tmp_path / "codes.npy")
        np.testing.assert_array_equal(codes, isthmus.load(table_run).transform(X))


def test_a_model_that_tells_no_source_asks_for_one(cli, table_run, X, tmp_path):
    isthmus.load(table_run).save(tmp_path / "model")
    outcome = cli("encode", "model", "-o", "codes.npy")
    assert (outcome.code, outcome.sentence) == (
        2,
        "This model does not store its source. Pass a source.",
    )
    assert cli("encode", "model", "rows.csv", "--label", "kind", "-o", "codes.npy").code == 0


def test_reconstructed_rows_are_in_their_own_units(cli, table_run, X, tmp_path):
    assert cli("reconstruct", table_run, "-o", "rows.parquet").code == 0
    table = read(tmp_path / "rows.parquet")
    assert table.column_names == ["a", "b", "c", "d", "kind"]
    np.testing.assert_array_equal(numbers(table, 4), isthmus.load(table_run).reconstruct(X))


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_reconstructed_pictures_stand_below_the_originals(cli, digits_run, tmp_path, suffix):
    outcome = cli("reconstruct", digits_run, "-o", f"grid{suffix}", "--pictures", "5")
    assert outcome.code == 0
    assert outcome.err == f"Wrote 5 pictures and their reconstructions to grid{suffix}.\n"
    if suffix == ".png":
        with Image.open(tmp_path / "grid.png") as picture:
            width, height = picture.size
        assert width > 2 * height > 200


def test_rows_without_a_shape_have_no_picture(cli, table_run):
    outcome = cli("reconstruct", table_run, "-o", "grid.png")
    assert outcome.code == 2
    assert "trained on rows without a shape" in outcome.sentence


@pytest.fixture(name="picture_run")
def make_picture_run(train, rng, tmp_path):
    for number in range(12):
        save_picture(tmp_path / f"pets/{number}.png", rng, (6, 5))
    assert train("pets", "--out", "run", "-q").code == 0
    return tmp_path / "run"


def save_picture(path, rng, shape):
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8)).save(path)


def test_codes_of_pictures_have_the_files_names_beside_them(cli, picture_run, tmp_path):
    assert cli("encode", picture_run, "-o", "codes.csv").code == 0
    table = read(tmp_path / "codes.csv")
    assert table.column("file").to_pylist() == [f"{k}.png" for k in range(12)]


@pytest.mark.parametrize("shape", [(6, 5, 3), (5, 6), (12, 10)])
def test_pictures_of_another_shape_are_refused(cli, picture_run, rng, tmp_path, shape):
    save_picture(tmp_path / "more/a.png", rng, shape)
    outcome = cli("encode", picture_run, "more", "-o", "codes.npy")
    assert outcome.code == 3
    assert "must have the shape of its training pictures, 6x5" in outcome.sentence
    assert not (tmp_path / "codes.npy").exists()


def test_a_grey_picture_is_one_of_the_coloured_ones_for_a_run_of_colours(train, cli, rng, tmp_path):
    for number in range(12):
        save_picture(tmp_path / f"pets/{number}.png", rng, (6, 5, 3))
    assert train("pets", "--out", "run", "-q").code == 0
    save_picture(tmp_path / "new/grey.png", rng, (6, 5))
    with Image.open(tmp_path / "new/grey.png") as grey:
        expected = isthmus.load("run").transform(np.asarray(grey.convert("RGB")).reshape(1, -1))
    for source in ("new", "new/grey.png"):
        assert cli("encode", "run", source, "-o", "codes.npy").code == 0
        np.testing.assert_array_equal(np.load(tmp_path / "codes.npy"), expected)
    assert cli("reconstruct", "run", "new", "-o", "grid.png").code == 0


def test_pictures_are_resized_on_request(cli, picture_run, rng, tmp_path):
    save_picture(tmp_path / "more/a.png", rng, (12, 10))
    words = ("encode", picture_run, "-o", "codes.npy", "--image-size", "6x5")
    assert cli(*words, "more").code == 0
    assert cli(*words, "more/a.png").code == 0


def test_pictures_are_resized_as_in_the_training(train, cli, rng, tmp_path):
    for number in range(9):
        save_picture(tmp_path / f"pets/{number}.png", rng, (6 + number % 2, 5))
    assert train("pets", "--image-size", "4", "--out", "run", "-q").code == 0
    save_picture(tmp_path / "more/a.png", rng, (9, 9))
    for words in ((), ("more",), ("more/a.png",)):
        assert cli("encode", "run", *words, "-o", "codes.npy").code == 0


@BOTH
def test_rows_of_another_kind_are_refused(cli, table_run, tmp_path, command):
    (tmp_path / "few.csv").write_text("a,b,d\n1,2,3\n2,3,4\n")
    np.save(tmp_path / "wide.npy", np.ones((2, 7)))
    outcome = cli(command, table_run, "few.csv", "-o", "out.npy")
    assert outcome.code == 3
    assert "It lacks the column `c`. It has `a`, `b`, `d`." in outcome.sentence
    outcome = cli(command, table_run, "wide.npy", "-o", "out.npy")
    assert outcome.code == 3
    assert "must have 4 columns, as in training. wide has 7" in outcome.sentence


@BOTH
@pytest.mark.parametrize(
    ("out", "says"),
    [
        ("codes.txt", "must end in .parquet, .csv"),
        ("codes", "must end in .parquet, .csv"),
        ("taken.csv", "must be a file. taken.csv is a folder: choose another name."),
        ("rows.csv/codes.csv", "must be in a folder"),
    ],
)
def test_an_output_that_cannot_be_is_told_before_any_work(cli, X, tmp_path, command, out, says):
    (tmp_path / "taken.csv").mkdir()
    outcome = cli(command, "no-run", "-o", out)
    assert outcome.code == 2
    assert says in outcome.sentence


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_named_pipe_and_a_loop_of_links_are_never_replaced(cli):
    os.mkfifo("pipe.csv")
    os.symlink("pipe.csv", "link.csv")
    os.symlink("loop.csv", "loop.csv")
    for out in ("pipe.csv", "link.csv"):
        outcome = cli("encode", "no-run", "-o", out)
        assert outcome.code == 2
        assert outcome.sentence.startswith("The output must be a regular file.")
        assert f"{out} is a named pipe" in outcome.sentence
    outcome = cli("encode", "no-run", "-o", "loop.csv")
    assert outcome.code == 1
    assert outcome.sentence.startswith("loop.csv cannot be written: ")


@pytest.mark.skipif(sys.platform != "linux", reason="file names are bytes on Linux")
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("folder", ["~", "\udcff"])
def test_arrow_neither_expands_nor_encodes_the_name_of_an_output(
    cli, table_run, tmp_path, folder, suffix
):
    outcome = cli("encode", table_run, "-o", f"{folder}/codes{suffix}")
    assert outcome.code == 0, outcome.err
    assert (tmp_path / folder / f"codes{suffix}").is_file()


def test_the_source_is_not_overwritten(cli, table_run, X, tmp_path):
    before = (tmp_path / "rows.csv").read_bytes()
    outcome = cli("encode", table_run, "rows.csv", "-o", "./rows.csv")
    assert outcome.code == 2
    assert "must not overwrite the rows" in outcome.sentence
    outcome = cli("reconstruct", table_run, "-o", table_run.parent / "rows.csv")
    assert outcome.code == 2
    assert (tmp_path / "rows.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "out"),
    [
        (("reconstruct", "pictures"), "pictures/figures/code_map.svg"),
        (("compare", "pictures", "pictures"), "pictures/figures/errors.svg"),
        (("report", "pictures"), "pictures/report.html"),
        (("report", "pictures"), "link.html"),
    ],
)
def test_no_command_replaces_a_file_of_a_run(cli, train, tmp_path, words, out):
    assert train("digits", "--out", "pictures", "-q").code == 0
    (tmp_path / "link.html").symlink_to("pictures/report.html")
    before = (tmp_path / out).read_bytes()
    outcome = cli(*words, "--out", out)
    assert outcome.code == 2
    assert "The output must not replace a file of a run. " in outcome.sentence
    assert (tmp_path / out).read_bytes() == before


def test_a_missing_folder_is_made_for_the_output(cli, table_run, tmp_path):
    assert cli("encode", table_run, "-o", "new/deep/codes.npy").code == 0
    assert len(np.load(tmp_path / "new/deep/codes.npy")) == 40


def test_a_label_called_like_a_code_keeps_its_column(train, cli, tmp_path):
    (tmp_path / "rows.csv").write_text("a,b,code_0\n" + "1,2,x\n2,5,y\n3,1,z\n" * 4)
    assert train("rows.csv", "--label", "code_0", "--out", "run", "-q").code == 0
    assert cli("encode", "run", "-o", "codes.parquet").code == 0
    assert read(tmp_path / "codes.parquet").column_names == ["code_0", "code_1", "code_0_"]


@pytest.mark.parametrize("suffix", [".npy", ".csv", ".parquet"])
@pytest.mark.parametrize(
    ("error", "says", "code"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device"),
            "codes{suffix} cannot be written: No space left on",
            1,
        ),
        (KeyboardInterrupt(), "interrupted; existing files have not changed.", 130),
    ],
)
def test_a_full_disk_or_ctrl_c_leaves_the_old_file_whole(
    cli, table_run, tmp_path, monkeypatch, suffix, error, says, code
):
    out = tmp_path / f"codes{suffix}"
    assert cli("encode", table_run, "-o", out).code == 0
    before = out.read_bytes()

    def half(function, X, *_):
        yield function(X[:10])
        raise error

    monkeypatch.setattr(isthmus.runs, "mapped", half)
    outcome = cli("encode", table_run, "-o", out)
    assert outcome.code == code
    assert says.format(suffix=suffix) in outcome.sentence
    assert out.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == [out.name]


@BOTH
def test_no_run_and_a_broken_one_are_exit_3(cli, table_run, tmp_path, command):
    assert cli(command, "none", "-o", "x.npy").code == 3
    shutil.copytree(table_run, tmp_path / "broken")
    (tmp_path / "broken/model/model.safetensors").write_bytes(b"short")
    outcome = cli(command, "broken", "-o", "x.npy")
    assert outcome.code == 3
    assert "model.safetensors is damaged: its SHA-256 must" in outcome.sentence
    (tmp_path / "broken/model/model.json").write_text("{}")
    assert cli(command, "broken", "-o", "x.npy").code == 3


def test_own_rows_that_are_gone_are_told(train, cli, X, tmp_path):
    assert train("rows.csv", "--out", "run", "-q").code == 0
    (tmp_path / "rows.csv").unlink()
    outcome = cli("encode", "run", "-o", "codes.npy")
    assert outcome.code == 3
    assert "rows.csv` not found. Check the name and the folder." in outcome.sentence


def test_no_rows_of_a_training_are_overwritten_whatever_the_output_is(cli, train, tmp_path, rng):
    (tmp_path / "pictures").mkdir()
    for k in range(12):
        pixels = rng.integers(0, 256, (4, 4), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "pictures" / f"{k}.png")
    for name in ("a", "b"):
        assert train("pictures", "--out", name, "-q").code == 0
    victim = tmp_path / "pictures" / "3.png"
    before = victim.read_bytes()
    for words in (
        ("reconstruct", "a", "-o", "pictures/3.png"),
        ("reconstruct", "a", "pictures/2.png", "-o", "pictures/3.png"),
        ("compare", "a", "b", "-o", "pictures/3.png"),
    ):
        outcome = cli(*words)
        assert (outcome.code, victim.read_bytes()) == (2, before)
        assert "3.png is in the source" in outcome.sentence


def test_what_a_model_tells_about_its_rows_is_checked(cli, table_run, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(table_run, run)
    path = run / "model" / "model.json"
    whole = json.loads(path.read_text())
    for part, damage, message in (
        ("preprocessing", {"feature_names": -7}, "preprocessing of this model cannot be read"),
        ("preprocessing", {"feature_names": [{}]}, "preprocessing of this model cannot be read"),
        ("preprocessing", {"blocks": [{"block": "maybe"}]}, "an unknown block 'maybe'"),
        ("about", {"source": {"source": 3}}, "the metadata in its model.json is damaged"),
    ):
        path.write_text(json.dumps(signed({**whole, part: {**whole[part], **damage}})))
        outcome = cli("encode", run, table_run.parent / "rows.csv", "-o", "codes.csv")
        assert outcome.code == 3
        assert message in outcome.sentence
