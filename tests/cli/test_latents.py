"""Sparse autoencoders on the command line: train, encode, latents, report, doctor."""

import importlib
import json

import numpy as np
import pyarrow.csv
import pyarrow.parquet
import pytest
from scipy import sparse

from isthmus import load

pytestmark = pytest.mark.usefixtures("blank_figures")

SPARSE = ("--estimator", "sparse", "--n-latents", "96", "--k", "4", "--epochs", "2", "-q")


@pytest.fixture(scope="module")
def run(tmp_path_factory, blank_paper):
    from .conftest import call

    folder = tmp_path_factory.mktemp("sparse") / "run"
    with blank_paper():
        assert call("train", "digits", *SPARSE, "--device", "cpu", "--out", folder).code == 0
    return folder


def test_latents_are_listed_with_their_rows(cli, run):
    done = cli("latents", run, "--top", "3", "--examples", "2")
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0].split() == ["latent", "density", "mean", "activation", "top", "rows"]
    assert len([line for line in lines[1:4] if "%" in line and "," in line]) == 3
    assert lines[-1].startswith("96 latents on 1,797 rows: 4.0 per row (L0), variance unexplained ")


def test_one_row_is_singular():
    document = {"n_latents": 8, "n_rows": 1, "latents_per_row": 4.0, "dead": 4}
    summary = importlib.import_module("isthmus.cli._latents_command")._summary
    said = summary(document | {"variance_unexplained": None})
    assert said.startswith("8 latents on 1 row: 4.0 per row (L0), ")


def test_latents_as_json_agree_with_the_estimator(cli, run):
    document = cli("latents", run, "--top", "5", "--json").document
    assert document["k"] == 4
    assert document["n_latents"] == 96
    densities = [one["density"] for one in document["latents"]]
    assert densities == sorted(densities, reverse=True)
    from sklearn.datasets import load_digits

    found = load(run / "model", device="cpu").latents(load_digits().data.astype(np.uint8))
    one = document["latents"][0]
    assert [row["row"] for row in one["top_rows"]] == found[one["latent"]]["top_rows"]
    assert document["dead"] == len(found.dead)


def test_texts_are_shown_with_their_latents(cli, tmp_path, rng):
    words = ["river", "bank", "money", "water", "loan", "fish"]
    lines = "\n".join(" ".join(rng.choice(words, 4)) for _ in range(80))
    (tmp_path / "texts.txt").write_text(lines + "\n")
    done = cli("train", "texts.txt", "--text-lines", *SPARSE, "--out", "run")
    assert done.code == 0, done.err
    out = cli("latents", "run", "--top", "2").out
    first = lines.splitlines()[int(out.splitlines()[1].split()[0])]
    assert f"“{first}”" in out.splitlines()[1]


def test_cells_are_shown_with_their_latents(cli, tmp_path, rng):
    rows = "".join(f"{a:.3f},{b:.3f},{'xy'[int(a > 0)]}\n" for a, b in rng.normal(size=(60, 2)))
    (tmp_path / "rows.csv").write_text("width,height,kind\n" + rows)
    assert cli("train", "rows.csv", *SPARSE, "--out", "run").code == 0
    assert "(width=" in cli("latents", "run", "--top", "2").out
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    assert any("(width=" in str(row[-1]) for t in report["tables"] for row in t["rows"])


def test_only_sparse_runs_have_latents(cli, digits_run):
    sentence = cli("latents", digits_run).sentence
    assert sentence.startswith(
        "Only runs of the estimator sparse can list latents. Got autoencoder"
    )


@pytest.mark.parametrize("option", ["--top", "--examples"])
def test_counts_must_be_at_least_1(cli, run, option):
    done = cli("latents", run, option, "0")
    assert done.code == 2
    assert "must be an integer of at least 1. Got 0." in done.sentence


def test_codes_are_written_sparse(cli, run):
    for name in ("a.npz", "a.npy", "a.parquet", "a.csv"):
        assert cli("encode", run, "-o", name).code == 0
    codes = sparse.load_npz("a.npz")
    assert codes.shape == (1797, 96)
    np.testing.assert_array_equal(np.load("a.npy"), codes.toarray())
    table = pyarrow.parquet.read_table("a.parquet").to_pydict()
    assert list(table) == ["latents", "activations", "digit"]
    own = codes.toarray()[5]
    assert table["latents"][5] == np.flatnonzero(own).tolist()
    assert table["activations"][5] == own[own > 0].tolist()
    texts = pyarrow.csv.read_csv("a.csv").column("code").to_pylist()
    pairs = [pair.split(":") for pair in texts[5].split()]
    assert [int(k) for k, _ in pairs] == table["latents"][5]
    np.testing.assert_allclose([float(v) for _, v in pairs], own[own > 0], rtol=1e-6)


def test_dense_codes_are_not_written_to_npz(cli, digits_run):
    sentence = cli("encode", digits_run, "-o", "a.npz").sentence
    assert sentence.startswith("Only sparse codes can be written to a .npz file. Got 'a.npz'")


def test_the_report_has_the_latents_and_compares_with_pca_at_k(run):
    report = json.loads((run / "report.json").read_text())
    assert report["title"] == "digits: 96 latents, 4 per row"
    assert report["verdict"].startswith(
        "Of the 96 values of a code, 4 are not zero on average; PCA"
    )
    assert [row[0] for row in report["table"]["rows"]] == ["SparseAutoencoder (96)", "PCA (4)"]
    assert {"latents_per_row", "dead_latents"} <= report["model"].keys()
    figures = {figure["file"]: figure for figure in report["figures"]}
    assert {"figures/latents.svg", "figures/latent_rows.svg"} <= figures.keys()
    assert not any("map" in file for file in figures)
    page = (run / "report.html").read_text()
    assert "Latents" in page
    assert "latents per row (L0)" in page


def test_the_other_commands_work(cli, run):
    for command in ("reconstruct {} -o b.npy", "score {} -o b.csv", "doctor {}", "info {}"):
        assert cli(*command.format(run).split()).code == 0, command
    done = cli("evaluate", run, "--n-resamples", "5", "--max-rows", "200")
    assert done.code == 0
    assert "PCA (4)" in done.out
    assert "A sparse code has 96 values and `k` = 4: PCA is compared at 4 components." in done.err


def test_k_above_the_number_of_latents_is_refused(cli):
    done = cli("train", "digits", "--estimator", "sparse", "--n-latents", "8", "--k", "9")
    assert done.code == 2
    assert done.sentence == (
        "--k must be at most --n-latents (8). Got 9: reduce --k, or raise --n-latents."
    )


def test_the_default_k_must_fit_too(cli):
    done = cli("train", "digits", "--estimator", "sparse", "--n-latents", "8")
    assert "must be at most --n-latents (8). Got 32: reduce" in done.sentence
