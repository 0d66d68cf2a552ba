"""`isthmus train`: its output, and the folder that it writes."""

from __future__ import annotations

import gzip
import json
import re

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from PIL import Image

pytestmark = pytest.mark.usefixtures("blank_figures")

COMPLETE = {
    "MODEL_CARD.md",
    "config.yaml",
    "environment.json",
    "figures",
    "metrics.jsonl",
    "model",
    "report.html",
    "report.json",
    "report.npz",
}
EPOCH_LINE = r"Epoch \[\d+/\d+\], Train Loss: \d+\.\d{4}, Validation Loss: \d+\.\d{4}"


def assert_complete(folder, figures):
    assert {entry.name for entry in folder.iterdir()} == COMPLETE
    assert {entry.name for entry in (folder / "model").iterdir()} == {
        "model.json",
        "model.safetensors",
    }
    assert {entry.name for entry in (folder / "figures").iterdir()} == figures
    for line in (folder / "metrics.jsonl").read_text().splitlines():
        expected = {"epoch", "train_loss", "validation_loss", "learning_rate", "seconds"}
        assert json.loads(line).keys() >= expected
    html = (folder / "report.html").read_text()
    assert "<svg" in html or "data:image" in html
    assert "http://" not in html.replace("http://www.w3.org", "")


PICTURE_FIGURES = {
    "loss_curves.svg",
    "held_out_rows.svg",
    "reconstructions.svg",
    "filters.svg",
    "code_map.svg",
    "error_map.svg",
    "pca_sizes.svg",
    "pixels.svg",
    "errors.svg",
    "strangest.svg",
    "units.svg",
    "samples.svg",
    "walks.svg",
}
ROW_FIGURES = {
    "loss_curves.svg",
    "columns.svg",
    "code_map.svg",
    "error_map.svg",
    "pca_sizes.svg",
    "errors.svg",
    "strangest.svg",
    "units.svg",
}


@pytest.mark.drawn_figures
def test_digits_are_the_default_and_the_table_has_pca_beside_the_autoencoder(train, tmp_path):
    outcome = train("-q")
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert re.split(r"  +", lines[0].strip()) == [
        "train error",
        "held-out error",
        "variance explained",
        "MSE per pixel",
    ]
    for line, name in zip(lines[1:3], ("Autoencoder (2)", "PCA (2)"), strict=True):
        assert re.fullmatch(re.escape(name) + r"( +[\d.]+){2} +-?[\d.]+% +[\d.]+", line)
    assert len(set(map(len, lines[:3]))) == 1, "columns stand below one another"
    assert lines[-1].startswith("Run: runs/digits-1 ")
    assert_complete(tmp_path / "runs" / "digits-1", PICTURE_FIGURES)


def test_a_plain_sentence_says_who_won_and_by_how_much(train):
    text = train("-q").out
    assert re.search(
        r"^At code size 2, PCA beats the autoencoder: its error on held-out rows is [\d.]+% lower "
        r"\(squared error per row: [\d.]+ vs\. [\d.]+\)\. "
        r"The model may be undertrained: train it longer before choosing PCA\.$",
        text,
        re.MULTILINE,
    )


def test_the_table_tells_the_reports_figures(train, tmp_path):
    text = train("-q").out
    report = json.loads((tmp_path / "runs/digits-1/report.json").read_text())
    page = (tmp_path / "runs/digits-1/report.html").read_text()
    for model in ("Autoencoder", "PCA"):
        row = next(line for line in text.splitlines() if line.startswith(model))
        figures = report["results"][model]
        assert f"{figures['train']['squared_error']:.4g}" in row
        assert f"{figures['held_out']['squared_error']:.4g}" in row
        explained = f"{figures['held_out']['variance_explained']:.1%}"
        assert explained in row and f">{explained}<" in page
    assert report["verdict"] in text


def test_json_is_the_only_thing_on_stdout(train, tmp_path):
    outcome = train("--json")
    document = outcome.document
    saved = json.loads((tmp_path / "runs/digits-1/report.json").read_text())
    assert document["results"] == saved["results"]
    assert document["run"] == "runs/digits-1"
    assert re.fullmatch(EPOCH_LINE + "\n", outcome.err)


def test_off_a_terminal_there_is_one_plain_line_an_epoch(train):
    lines = train("--epochs", "3").err.splitlines()
    assert len(lines) == 3
    for epoch, line in enumerate(lines, 1):
        assert line.startswith(f"Epoch [{epoch}/3], ")
        assert re.fullmatch(EPOCH_LINE, line)


def test_verbose_first_tells_what_is_about_to_happen(train):
    first, *rest = train("-v").err.splitlines()
    assert re.fullmatch(r"Training on 1,295 rows, \d+ steps per epoch, at most 1 epoch", first)
    assert len(rest) == 1


def test_without_held_out_rows_the_line_has_no_validation_loss(train):
    outcome = train("--test-fraction", "0", "--no-early-stopping")
    assert re.fullmatch(r"Epoch \[1/1\], Train Loss: \d+\.\d{4}\n", outcome.err)
    assert " -  " in outcome.out.splitlines()[1]
    assert "on training rows" in outcome.out


def test_runs_are_numbered(train):
    np.save("my rows.npy", np.random.default_rng(0).normal(size=(20, 3)))
    runs = [train("my rows.npy", "-q").out.splitlines()[-1] for _ in range(2)]
    assert [run.split()[1] for run in runs] == ["runs/my-rows-1", "runs/my-rows-2"]


@pytest.fixture(name="X")
def make_rows(rng):
    return rng.normal(size=(30, 4)) @ rng.normal(size=(4, 5))


@pytest.mark.drawn_figures
def test_a_npy_file(train, X, tmp_path):
    np.save("rows.npy", X)
    assert train("rows.npy", "--out", "run").code == 0
    assert_complete(tmp_path / "run", ROW_FIGURES)


@pytest.mark.drawn_figures
def test_a_npy_file_of_pictures(train, rng, tmp_path):
    np.save("pictures.npy", rng.integers(0, 256, (12, 5, 4), dtype=np.uint8))
    assert train("pictures.npy", "--out", "run").code == 0
    assert_complete(tmp_path / "run", PICTURE_FIGURES)


@pytest.mark.drawn_figures
def test_a_npz_file_with_labels_and_test_rows_of_its_own(train, X, tmp_path):
    np.savez("rows.npz", X=X[:20], y=np.arange(20) % 2, X_test=X[20:], y_test=np.arange(10) % 2)
    document = train("rows.npz", "--out", "run", "--json").document
    assert document["source"]["n_rows_held_out"] == 10
    assert document["source"]["held_out"] == "test rows of the source"
    assert_complete(tmp_path / "run", ROW_FIGURES)


@pytest.mark.drawn_figures
def test_a_csv_file_with_columns_and_a_label(train, write_table, tmp_path):
    write_table(tmp_path / "rows.csv")
    words = ("rows.csv", "--columns", "d, b,a", "--label", "kind", "--out", "run")
    assert train(*words, "-q").code == 0
    model = json.loads((tmp_path / "run/model/model.json").read_text())
    assert model["preprocessing"]["feature_names"] == ["d", "b", "a"]
    assert model["about"]["label"] == "kind"
    assert_complete(tmp_path / "run", ROW_FIGURES)


def test_what_becomes_of_a_tables_columns_is_shown_before_training(train, tmp_path):
    rows = [f"K-{k},{k % 7},{'' if k % 5 else 'yes'},{k * 0.5}" for k in range(30)]
    (tmp_path / "rows.csv").write_text("\n".join(["part,load,done,x", *rows]))
    outcome = train("rows.csv", "--out", "run")
    lines = [line.split() for line in outcome.err.splitlines()[:5]]
    assert lines[0] == ["kind", "becomes", "missing", "remark"]
    assert lines[1][:3] == ["part", "id", "left"] and lines[2][:3] == ["load", "numeric", "a"]
    assert lines[3][:3] == ["done", "constant", "left"]
    assert "Note: Column `part` is left out: all values are different." in outcome.out
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    assert [row[0] for row in report["tables"][0]["rows"]] == ["part", "load", "done", "x"]


@pytest.mark.drawn_figures
def test_a_parquet_file(train, X, tmp_path):
    pq.write_table(pa.table({f"c{k}": X[:, k] for k in range(5)}), "rows.parquet")
    assert train("rows.parquet", "--out", "run").code == 0
    assert_complete(tmp_path / "run", ROW_FIGURES)


@pytest.mark.drawn_figures
def test_a_folder_of_pictures_of_several_sizes(train, rng, tmp_path):
    for number in range(12):
        side = 6 + number % 3
        path = tmp_path / "pets" / ("cat", "dog")[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (side, side, 3), dtype=np.uint8)).save(path)
    document = train("pets", "--image-size", "5x4", "--out", "run", "--json").document
    assert document["source"]["n_features"] == 60
    assert_complete(tmp_path / "run", PICTURE_FIGURES)


def write_idx(folder, n_train=30, n_test=10):
    rng = np.random.default_rng(0)
    folder.mkdir(parents=True)
    for stem, n in (("train", n_train), ("t10k", n_test)):
        pictures = rng.integers(0, 256, (n, 6, 5), dtype=np.uint8)
        head = bytes([0, 0, 8, 3]) + np.array(pictures.shape, ">u4").tobytes()
        (folder / f"{stem}-images-idx3-ubyte").write_bytes(head + pictures.tobytes())
        labels = rng.integers(0, 10, n, dtype=np.uint8)
        head = bytes([0, 0, 8, 1]) + np.array(labels.shape, ">u4").tobytes()
        path = folder / f"{stem}-labels-idx1-ubyte.gz"
        path.write_bytes(gzip.compress(head + labels.tobytes()))


@pytest.mark.drawn_figures
def test_an_mnist_style_set_is_held_out_by_its_own_test_rows(train, tmp_path):
    write_idx(tmp_path / "data/mnist")
    document = train("mnist", "--data-dir", "data", "--out", "run", "--json").document
    assert document["source"]["n_rows_train"] == 30
    assert document["source"]["n_rows_held_out"] == 10
    assert_complete(tmp_path / "run", PICTURE_FIGURES)


@pytest.mark.slow
@pytest.mark.drawn_figures
def test_mnist_by_the_tutorials_recipe(cli, mnist_dir, tmp_path):
    words = ("--recipe", "tutorial", "--epochs", "1", "--data-dir", mnist_dir, "--out", "run")
    outcome = cli("train", *words)
    assert outcome.code == 0, outcome.err
    loss = float(re.search(r"Validation Loss: ([\d.]+)", outcome.err)[1])
    assert 0.12 < loss < 0.19
    assert_complete(tmp_path / "run", PICTURE_FIGURES)


@pytest.mark.slow
def test_a_million_rows_of_a_table(train, rng):
    X = rng.normal(size=(1_000_000, 4)).astype(np.float32)
    pq.write_table(pa.table({name: X[:, k] for k, name in enumerate("abcd")}), "rows.parquet")
    assert train("rows.parquet", "--batch-size", "8192", "-q").code == 0


RUNS = ("first", "second")


def test_training_again_from_a_runs_config_gives_the_same_bytes(train, cli, write_table, tmp_path):
    write_table(tmp_path / "rows.csv")
    words = ("rows.csv", "--columns", "d,b", "--label", "kind", "--seed", "7", "--epochs", "2")
    assert train(*words, "--out", "first", "-q").code == 0
    assert cli("train", "--config", "first/config.yaml", "--out", "second", "-q").code == 0
    weights = [(tmp_path / run / "model/model.safetensors").read_bytes() for run in RUNS]
    assert weights[0] == weights[1]
    configs = [yaml.safe_load((tmp_path / run / "config.yaml").read_text()) for run in RUNS]
    assert configs[0] == configs[1]


def test_a_runs_config_holds_in_any_working_folder(train, cli, X, tmp_path, monkeypatch):
    np.save("rows.npy", X)
    assert train("rows.npy", "--out", "first", "-q").code == 0
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert cli("train", "--config", "../first/config.yaml", "--out", "second", "-q").code == 0
    assert cli("encode", "second", "-o", "codes.npy").code == 0


def test_another_seed_gives_another_model(train, tmp_path):
    for seed in ("0", "1"):
        assert train("--seed", seed, "--out", f"run-{seed}", "-q").code == 0
    weights = [(tmp_path / f"run-{k}/model/model.safetensors").read_bytes() for k in (0, 1)]
    assert weights[0] != weights[1]


@pytest.mark.parametrize(
    ("shape", "latent_dim"), [((2, 3), 1), ((3, 4), 2), ((40, 2), 1), ((40, 2), 2), ((4, 1), 1)]
)
def test_the_smallest_arrays_train_to_the_end(train, rng, shape, latent_dim):
    np.save("rows.npy", rng.normal(size=shape))
    outcome = train("rows.npy", "--latent-dim", latent_dim)
    assert outcome.code == 0, outcome.err
    assert outcome.out.splitlines()[-1].startswith("Run: ")
