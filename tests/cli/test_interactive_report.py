"""`--interactive`: a choice of the run, for all of its later pages."""

from __future__ import annotations

import json

import numpy as np
import pyarrow.csv
import pytest


@pytest.fixture
def run(train, write_table, tmp_path):
    write_table(tmp_path / "rows.csv")
    words = ("--id", "a", "--label", "kind", "--out", "run", "-q", "--interactive")
    assert train("rows.csv", *words).code == 0
    return tmp_path / "run"


def is_interactive(page):
    return "script-src 'sha256-" in page.read_text("utf-8")


def test_later_pages_of_the_run_keep_the_choice_until_it_is_changed(cli, run, tmp_path):
    page = run / "report.html"
    assert is_interactive(page)
    before = page.read_bytes()
    assert cli("report", run).code == 0
    assert page.read_bytes() == before
    assert cli("evaluate", run).code == 0
    assert is_interactive(page)
    assert cli("report", run, "--no-interactive", "--out", "plain.html").code == 0
    assert not is_interactive(tmp_path / "plain.html")
    assert cli("report", run, "--no-interactive").code == 0
    assert not is_interactive(page)
    assert "interactive" not in json.loads((run / "report.json").read_text("utf-8"))


def test_the_run_stores_which_rows_its_codes_are_of(cli, run, tmp_path):
    ids = pyarrow.csv.read_csv(tmp_path / "rows.csv").column("a").to_pylist()
    assert cli("encode", run, "-o", "codes.npy").code == 0
    for _ in range(2):
        with np.load(run / "report.npz") as arrays:
            rows = arrays["codes.rows"]
            assert arrays["codes.names"].tolist() == [str(ids[row]) for row in rows]
            codes = np.load(tmp_path / "codes.npy")[rows]
            np.testing.assert_allclose(arrays["codes"], codes, rtol=1e-6)
        assert cli("report", run).code == 0


def test_a_run_without_stored_figures_keeps_its_pictures_and_has_tables_to_sort(cli, run):
    report = json.loads((run / "report.json").read_text("utf-8"))
    for figure in report["figures"]:
        del figure["draws"], figure["arguments"]
    del report["sha256"]
    (run / "report.json").write_text(json.dumps(report), encoding="utf-8")
    (run / "report.npz").unlink()
    assert cli("report", run).code == 0
    page = (run / "report.html").read_text("utf-8")
    assert page.count("data:image") > 3 and '"figures":{}' in page


def test_a_figure_that_cannot_be_drawn_is_not_read_by_the_script(cli, run):
    with np.load(run / "report.npz") as stored:
        arrays = dict(stored)
    arrays["loss_curves.svg:history.train_loss"] = np.array(["?"])
    np.savez(run / "report.npz", **arrays)
    outcome = cli("report", run)
    assert outcome.code == 0
    assert "could not be drawn" in outcome.err
    data = (run / "report.html").read_text("utf-8").partition('type="application/json">')[2]
    assert "code_map" in data and "loss_curves" not in data


def test_figures_for_papers_are_not_interactive(cli, run):
    outcome = cli("report", run, "--format", "pdf", "--interactive")
    assert outcome.sentence == "--interactive does not apply to --format. Leave one of them out."
