"""`isthmus runs`: a table that fits the terminal, JSON, and marks on damaged runs."""

from __future__ import annotations

import json
import shutil

import pytest

from isthmus._translation import width
from isthmus.cli._runs_command import _change

pytestmark = pytest.mark.usefixtures("blank_figures")


@pytest.fixture
def folder(cli, table_run, digits_run, tmp_path):
    """Two runs on different sources, one of them in the folder of a sweep."""
    shutil.copytree(table_run, tmp_path / "runs" / "sweep-1" / "1-table")
    shutil.copytree(digits_run, tmp_path / "runs" / "digits-1")
    return tmp_path / "runs"


def test_runs_are_listed_with_their_errors_beside_pca(cli, folder):
    outcome = cli("runs", "--sort", "name")
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert lines[0].split("  ")[0] == "run" and "vs. PCA" in lines[0]
    cells = lines[1].split()
    assert cells[:3] == ["digits-1", "digits", "2"]
    report = json.loads((folder / "digits-1" / "report.json").read_text())
    errors = [report["results"][m]["held_out"]["squared_error"] for m in ("Autoencoder", "PCA")]
    assert cells[3:5] == [f"{errors[0]:.4g}", f"{errors[0] / errors[1] - 1:+.0%}"]
    assert cells[-1] == report["created"][:10]
    assert lines[2].startswith("sweep-1/1-table")
    assert "All runs: estimator autoencoder." in lines


@pytest.mark.parametrize(
    ("change", "shown"),
    [(-0.003, "0%"), (0.003, "0%"), (0.0, "0%"), (-0.42, "-42%"), (0.1, "+10%"), (None, "-")],
)
def test_a_tie_with_pca_has_no_sign(change, shown):
    assert _change(change) == shown


def test_the_list_fits_80_columns(cli, folder, monkeypatch):
    monkeypatch.setattr("isthmus.cli._terminal_tables.terminal_width", lambda *_: 80)
    outcome = cli("runs")
    assert max(map(width, outcome.out.splitlines())) <= 80
    assert len([line for line in outcome.out.splitlines() if "digits-1" in line]) == 1


def test_json_has_the_parameters(cli, folder):
    document = json.loads(cli("runs", "--json", "--where", "latent-dim=2").out)
    assert [run["status"] for run in document] == ["complete", "complete"]
    assert document[0]["settings"]["hidden_dims"] == [8]


def test_damaged_runs_are_marked_with_the_reason(cli, folder):
    (folder / "digits-1" / "report.json").write_text("{")
    (folder / "sweep-1" / "1-table" / "report.json").unlink()
    outcome = cli("runs", "--sort", "name")
    assert outcome.code == 0
    lines = outcome.out.splitlines()
    assert "damaged" in lines[1] and "incomplete" in lines[2]
    assert lines[-2].startswith("digits-1: runs/digits-1/report.json is not valid JSON")
    assert lines[-1] == "sweep-1/1-table: No report: the training is not finished."


def test_it_is_told_in_chinese(cli, folder):
    lines = cli("runs", "--lang", "zh").out.splitlines()
    assert "编码维数" in lines[0] and "日期" in lines[0]


def test_no_runs_are_no_error_but_no_folder_is(cli, tmp_path):
    assert cli("runs").sentence.startswith("Folder runs not found.")
    assert cli("runs").code == 3
    (tmp_path / "runs").mkdir()
    assert cli("runs").out == "No runs in runs.\n"
    assert json.loads(cli("runs", "--json").out) == []


def test_wrong_words_are_refused(cli, folder):
    outcome = cli("runs", "--sort", "dat")
    assert outcome.code == 2 and outcome.sentence.startswith("--sort must be one of name, source")
    assert cli("runs", "--where", "latent_dim").code == 2
