"""Samples, walks and meanings of codes in a run's report."""

from __future__ import annotations

import json

import numpy as np
import pytest

from isthmus.artifacts import read_artifact
from isthmus.runs import rebuild_report, run_training
from isthmus.runs.kinds import _meaning_measures
from isthmus.runs.kinds._sample_measures import _pairs

pytestmark = pytest.mark.usefixtures("blank_figures")

TINY = {"epochs": 2, "hidden_dims": (8,), "latent_dim": 2, "random_state": 0, "device": "cpu"}


def trained(source, out, **parameters):
    config = {"source": {"source": str(source)}, "estimator": "autoencoder",
              "parameters": TINY | parameters, "test_fraction": 0.2}  # fmt: skip
    return run_training(config, out=out)


def tables(document, section):
    return {
        str(table["title"]): table for table in document["tables"] if table["section"] == section
    }


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return trained("digits", tmp_path_factory.mktemp("pictures") / "run")


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    folder = tmp_path_factory.mktemp("table")
    rng = np.random.default_rng(0)
    lines = [f"{a},{a + rng.normal():.3f},{'xy'[a % 2]}" for a in rng.integers(0, 50, 200)]
    (folder / "rows.csv").write_text("\n".join(["age,size,kind", *lines]) + "\n")
    return trained(folder / "rows.csv", folder / "run")


def test_the_artifact_of_a_run_has_a_density_of_codes(pictures):
    _, tensors = read_artifact(pictures[0])
    assert "code_mixture.means" in tensors
    assert sum(a.nbytes for name, a in tensors.items() if "mixture" in name) < 20_000


@pytest.mark.drawn_figures
def test_pictures_are_sampled_walked_and_traversed(pictures):
    folder, document = pictures
    figures = {figure["file"]: figure for figure in document["figures"]}
    for name in ("units.svg", "samples.svg", "walks.svg"):
        assert (folder / "figures" / name).is_file()
        assert f"figures/{name}" in figures
    (table,) = tables(document, "samples").values()
    assert [str(row[0]) for row in table["rows"]] == ["sampled rows", "training rows"]
    assert all(0 <= share <= 1 for row in table["rows"] for share in row[1:])
    assert "FID" in table["caption"]
    units = json.loads((folder / "report.json").read_text())["units"]
    assert sorted(units["order"]) == [0, 1]


def test_a_table_is_sampled_in_its_types_and_its_units_are_told_by_columns(table):
    _, document = table
    rows = tables(document, "samples")["Sampled rows"]["rows"]
    assert [row[0] for row in rows] == ["age", "size", "kind"]
    assert all(isinstance(cell, int) for cell in rows[0][1:])
    assert {*rows[2][1:]} <= {"x", "y"}
    assert (
        "FID" not in tables(document, "samples")["Precision and recall of sampled rows"]["caption"]
    )
    (units,) = tables(document, "units").values()
    assert "age" in units["rows"][0][3]


def test_the_report_is_written_again_in_chinese(pictures, tmp_path):
    page, _ = rebuild_report(pictures[0], language="zh", out=tmp_path / "page.html")
    text = page.read_text(encoding="utf-8")
    assert "抽样" in text
    assert "What the code" not in text
    assert "Precision" not in text


def test_walks_are_between_rows_of_different_classes():
    y = np.array([1, 1, 2, 2, 2, 2, 3, 3])
    assert _pairs(8, y) == [(0, 2), (3, 6)]
    assert _pairs(8, None) == [(0, 1), (2, 3), (4, 5)]
    assert _pairs(4, np.ones(4)) == [(0, 1), (2, 3)]
    assert _pairs(1, None) == []


def test_units_of_a_very_large_network_are_left_out(monkeypatch, tmp_path):
    monkeypatch.setattr(_meaning_measures, "_WORK", 1e4)
    _, document = trained("digits", tmp_path / "run")
    assert "units" not in {figure["section"] for figure in document["figures"]}
    assert "units" not in document
