"""`isthmus report --format`: figures as single files, from stored values."""

from __future__ import annotations

import json
import re
import shutil

import pytest
from PIL import Image


@pytest.fixture
def run(table_run, tmp_path):
    shutil.copytree(table_run, tmp_path / "run")
    return tmp_path / "run"


def content(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_every_figure_is_written_and_nothing_else_changes(cli, run, tmp_path):
    before = content(run)
    outcome = cli("report", run, "--format", "pdf")
    assert (outcome.code, outcome.err) == (0, "")
    stems = sorted(path.stem for path in (run / "figures").iterdir() if path.is_file())
    written = [tmp_path / line for line in outcome.out.splitlines()]
    assert sorted(path.stem for path in written) == stems
    assert {path.parent for path in written} == {run / "figures/pdf"}
    after = content(run)
    assert {name for name in after if after[name] != before.get(name)} == {
        path.relative_to(run) for path in written
    }


@pytest.mark.parametrize("place", ["figures", "figures/pdf"])
def test_a_link_never_leads_the_figures_of_a_run_elsewhere(cli, run, tmp_path, place):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    if place == "figures":
        shutil.rmtree(run / place)
    (run / place).symlink_to(elsewhere)
    outcome = cli("report", run, "--format", "pdf")
    assert outcome.code == 2
    assert f"{place} is a link: move it away." in outcome.err
    assert not [*elsewhere.iterdir()]


def test_a_pdf_is_the_same_again_and_embeds_true_type_fonts(cli, run, tmp_path):
    for folder in ("a", "b"):
        assert cli("report", run, "--format", "pdf", "-o", folder, "--lang", "zh").code == 0
    assert content(tmp_path / "a") == content(tmp_path / "b")
    for page in content(tmp_path / "a").values():
        assert re.findall(rb"/(CreationDate|Producer|Creator)\b|/Subtype /Type3", page) == []
    page = (tmp_path / "a/loss_curves.pdf").read_bytes()
    assert page.count(b"/FontFile2") == 2  # DejaVu Sans, and one with Chinese characters


def test_maps_for_papers_are_drawn_at_300_dots_per_inch(cli, run):
    assert cli("report", run, "--format", "png").code == 0
    with Image.open(run / "figures/png/code_map.png") as paper:
        assert paper.size == (1770, 1350)  # 5.9 by 4.5 inches


def test_a_run_with_exports_can_be_replaced(cli, run, write_table, tmp_path):
    write_table(tmp_path / "rows.csv")
    assert cli("report", run, "--format", "svg").code == 0
    words = ("train", "rows.csv", "--out", run, "--force", "-q", "--epochs", "1")
    assert cli(*words, "--hidden-dims", "8", "--latent-dim", "2").code == 0
    assert not (run / "figures/svg").exists()
    assert cli("report", run, "--format", "svg").code == 0
    (run / "figures/svg/mine.svg").write_text("mine")
    assert "also contains `figures/svg/mine.svg`" in cli(*words).sentence


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--format", "pfd"), "--format must be one of pdf, svg, png. Got 'pfd'. Did you mean"),
        (
            ("--format", "pdf", "-o", "file/x"),
            "Figures are written into a folder. {here}/file is not a folder: choose another name.",
        ),
        (("--format", "svg", "-o", "run/figures"), "The output must not replace a file of a run."),
    ],
)
def test_what_cannot_be_written_is_refused(cli, run, tmp_path, words, message):
    (tmp_path / "file").write_text("")
    before = content(run)
    outcome = cli("report", run, *words)
    assert outcome.sentence.startswith(message.format(here=tmp_path))
    assert content(run) == before


def test_a_run_without_stored_figures_is_refused(cli, run):
    report = json.loads((run / "report.json").read_text("utf-8"))
    for figure in report["figures"]:
        del figure["draws"], figure["arguments"]
    del report["sha256"]
    (run / "report.json").write_text(json.dumps(report), encoding="utf-8")
    (run / "report.npz").unlink()
    message = "run is from an older version, which did not store the data of its figures."
    assert message in cli("report", run, "--format", "pdf").sentence
