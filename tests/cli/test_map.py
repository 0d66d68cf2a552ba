"""`--map umap`: the map of codes by UMAP, for a training and for an existing run."""

from __future__ import annotations

import importlib.util
import json
import sys

import pytest

from isthmus.artifacts import signed

needs_umap = pytest.mark.skipif(
    importlib.util.find_spec("umap") is None, reason="umap-learn is not installed"
)
LONG = ("--latent-dim", "4", "--out", "run", "-q")  # more than two numbers, which need no map


@pytest.fixture
def rows(write_table, tmp_path):
    write_table(tmp_path / "rows.csv", n_rows=80)
    return "rows.csv"


def caption(folder):
    document = json.loads((folder / "report.json").read_text("utf-8"))
    (one,) = [f["caption"] for f in document["figures"] if f["file"] == "figures/code_map.svg"]
    return one, document["map"], document["command"]


@needs_umap
def test_a_run_keeps_how_its_map_is_drawn(cli, train, rows, tmp_path):
    assert train(rows, *LONG, "--map", "umap").code == 0
    folder = tmp_path / "run"
    told, kept, command = caption(folder)
    assert "Projected to 2D by UMAP (" in told and "not distances between groups" in told
    assert kept == "umap" and command.endswith("run/config.yaml --map umap")
    drawn = (folder / "figures/code_map.svg").read_bytes()
    assert cli("report", "run", "--lang", "zh").code == 0
    assert "保持近邻关系" in (folder / "report.html").read_text("utf-8")
    assert cli("report", "run", "--lang", "en").code == 0
    assert (folder / "figures/code_map.svg").read_bytes() == drawn
    assert caption(folder) == (told, kept, command)


@needs_umap
def test_the_map_of_a_run_becomes_another_and_is_taken_back(cli, train, rows, tmp_path):
    assert train(rows, *LONG).code == 0
    folder = tmp_path / "run"
    before = {p.name: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert "Projected to 2D by PCA" in caption(folder)[0]
    assert cli("report", "run", "--map", "umap", "--out", "other.html").code == 0
    assert "Projected to 2D by UMAP" in (tmp_path / "other.html").read_text("utf-8")
    assert {p.name: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before
    assert cli("report", "run", "--map", "umap").code == 0
    assert "Projected to 2D by UMAP" in caption(folder)[0] and caption(folder)[1] == "umap"
    assert cli("report", "run", "--map", "pca").code == 0
    assert {p.name: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before


@needs_umap
def test_a_classifiers_features_are_mapped_too(cli, rows, tmp_path):
    words = ("--label", "kind", "--estimator", "stacked-classifier", "--layer-dims", "6,4")
    outcome = cli("train", rows, *words, "--out", "run", "-q", "--map", "umap")
    assert outcome.code == 0, outcome.err
    assert "Projected to 2D by UMAP" in caption(tmp_path / "run")[0]


@needs_umap
def test_without_its_rows_a_run_keeps_its_map(cli, train, rows, tmp_path):
    assert train(rows, *LONG).code == 0
    (tmp_path / "rows.csv").unlink()
    outcome = cli("report", "run", "--map", "umap")
    assert outcome.code == 0 and "Figures of rows are those of the training" in outcome.err
    assert caption(tmp_path / "run")[1] == "pca"


@pytest.mark.parametrize("words", [("train",), ("report", "run")])
def test_an_unknown_map_is_refused(cli, train, rows, words):
    assert train(rows, *LONG).code == 0
    outcome = cli(*words, "--map", "tsne")
    assert outcome.code == 2
    assert outcome.sentence == "--map must be one of pca, umap. Got 'tsne'."


def test_without_umap_nothing_is_trained_and_the_pip_command_is_named(
    train, rows, tmp_path, monkeypatch
):
    monkeypatch.setitem(sys.modules, "umap", None)
    outcome = train(rows, *LONG, "--map", "umap")
    assert outcome.code == 2
    assert outcome.sentence == ("umap-learn is not installed. Run `pip install 'isthmus[umap]'`.")
    assert not (tmp_path / "run").exists()


def test_a_stored_map_is_drawn_where_umap_is_missing_and_no_other_is_laid_out(
    cli, train, rows, tmp_path, monkeypatch
):
    assert train(rows, *LONG).code == 0
    monkeypatch.setitem(sys.modules, "umap", None)
    outcome = cli("report", "run", "--map", "umap")
    assert outcome.code == 2
    assert outcome.sentence.startswith(
        "umap-learn is not installed. Run `pip install 'isthmus[umap]'`"
    )
    path = tmp_path / "run/report.json"
    path.write_text(json.dumps(signed(json.loads(path.read_text("utf-8")) | {"map": "umap"})))
    assert cli("report", "run").code == 0
    assert cli("report", "run", "--map", "pca").code == 0


def test_a_detector_has_no_map_to_draw(cli, rows):
    outcome = cli("train", rows, "--estimator", "outlier-detector", "--map", "umap")
    assert outcome.code == 2
    assert "no map of codes. Got AutoencoderOutlierDetector: leave it out" in outcome.sentence
