"""`isthmus report` and `--lang`: the report again, in either language, from stored values."""

from __future__ import annotations

import html
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from isthmus.artifacts import signed
from isthmus.errors import UsageError


def content(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def run(table_run, tmp_path):
    """A copy of a run whose source still exists."""
    shutil.copytree(table_run, tmp_path / "run")
    return tmp_path / "run"


def test_the_report_is_told_in_chinese_and_back(cli, run):
    before = content(run)
    outcome = cli("report", run, "--lang", "zh")
    assert (outcome.code, outcome.err) == (0, "")
    page = (run / "report.html").read_text("utf-8")
    assert '<html lang="zh-CN">' in page
    for word in ("重构", "编码维数", "解释方差比", "复现"):
        assert word in page
    assert "held-out" not in page
    assert "## 用法" in (run / "MODEL_CARD.md").read_text("utf-8")
    assert cli("report", run, "--lang", "en").code == 0
    again = content(run)
    assert {name for name in before if before[name] != again[name]} == set()


def test_the_numbers_stay_those_of_the_training(cli, run):
    path = run / "report.json"
    before = json.loads(path.read_text("utf-8"))
    cli("report", run, "--lang", "zh")
    after = json.loads(path.read_text("utf-8"))
    assert after.pop("language") == "zh"
    assert before.pop("language") == "en"
    assert after.pop("sha256") != before.pop("sha256")
    assert after == before


def test_the_page_goes_elsewhere_and_the_run_stays_as_it_is(cli, run, tmp_path):
    before = content(run)
    outcome = cli("report", run, "--lang", "zh", "--out", "x/page.html")
    assert outcome.out.strip() == "x/page.html"
    page = (tmp_path / "x/page.html").read_text("utf-8")
    assert "重构" in page and page.count('src="data:image') == page.count("<img") > 3
    assert content(run) == before


def test_the_locale_chooses_where_no_option_does(cli, run):
    cli("report", run, locale="zh_CN.UTF-8")
    assert '<html lang="zh-CN">' in (run / "report.html").read_text("utf-8")
    cli("report", run, "--lang", "en", locale="zh_CN.UTF-8")
    assert '<html lang="en">' in (run / "report.html").read_text("utf-8")


@pytest.mark.parametrize("what", ["gone", "changed"])
def test_neither_the_rows_nor_the_model_are_read(cli, train, write_table, tmp_path, what):
    write_table(tmp_path / "rows.csv")
    assert train("rows.csv", "--out", "run", "-q").code == 0
    before = content(tmp_path / "run")
    if what == "gone":
        (tmp_path / "rows.csv").unlink()
    else:
        write_table(tmp_path / "rows.csv", seed=1)
    (tmp_path / "run/model/model.safetensors").write_bytes(b"")
    outcome = cli("report", "run", "--lang", "zh")
    assert (outcome.code, outcome.err) == (0, "")
    chinese = content(tmp_path / "run")
    assert {str(name) for name in before if before[name] != chinese[name]} >= {
        "figures/code_map.svg",
        "figures/columns.svg",
        "figures/errors.svg",
        "figures/loss_curves.svg",
        "figures/pca_sizes.svg",
        "report.html",
    }
    assert cli("report", "run", "--lang", "en").err == ""
    after = content(tmp_path / "run")
    changed = {str(name) for name in before if before[name] != after[name]}
    assert changed == {"model/model.safetensors"}


def test_a_run_with_messages_of_an_earlier_version_is_shown_in_english(cli, run):
    report = json.loads((run / "report.json").read_text("utf-8"))
    del report["messages"], report["sha256"]
    template = {"template": "{n} {n:number|numbers} a row", "values": {"n": 2}}
    report |= {"verdict": "2 numbers a row", "sentences": {"2 numbers a row": template}}
    (run / "report.json").write_text(json.dumps(report), encoding="utf-8")
    outcome = cli("report", run, "--lang", "zh")
    assert (outcome.code, outcome.err) == (0, "")
    page = (run / "report.html").read_text("utf-8")
    assert '<p class="verdict">2 numbers a row</p>' in page and "<h2>复现</h2>" in page
    assert "sentences" not in json.loads((run / "report.json").read_text("utf-8"))
    assert cli("info", run, "--lang", "zh").code == 0


def test_a_run_of_an_earlier_version_keeps_its_figures(cli, run):
    (run / "report.npz").unlink()
    report = json.loads((run / "report.json").read_text("utf-8"))
    for figure in report["figures"]:
        del figure["draws"], figure["arguments"]
    for key in ("kind", "card", "sha256"):
        del report[key]
    (run / "report.json").write_text(json.dumps(report), encoding="utf-8")
    old = content(run / "figures")
    for _ in range(2):  # said once, however often
        outcome = cli("report", run, "--lang", "zh")
        assert outcome.code == 0
        assert outcome.err.count("图仍是训练时所画") == 1
    page = (run / "report.html").read_text("utf-8")
    assert page.count("图仍是训练时所画") == 1
    assert page.count("<img") == len(old)
    assert content(run / "figures") == old
    assert "Z = model.transform(X)" in (run / "MODEL_CARD.md").read_text("utf-8")


def test_arrays_that_are_missing_are_told(cli, run):
    (run / "report.npz").unlink()
    before = content(run)
    outcome = cli("report", run)
    assert outcome.code == 3
    assert "run is not a complete run: its report.npz, with the data of its fig" in outcome.sentence
    assert content(run) == before


def test_a_report_is_drawn_again_without_torch(run, tmp_path):
    code = (
        f"import sys\nsys.argv = ['isthmus', 'report', {str(run)!r}]\n"
        "from isthmus.cli import main\n"
        "try:\n    main()\n"
        "finally:\n    assert not {'torch', 'sklearn'} & sys.modules.keys()"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    words = [sys.executable, "-c", code]
    done = subprocess.run(words, capture_output=True, text=True, env=environment, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_large_pictures_are_stored_as_small_ones(train, cli, tmp_path, rng):
    shape = (40, 150, 140, 3)
    np.save(tmp_path / "rows.npy", rng.integers(0, 256, shape, dtype=np.uint8))
    assert train("rows.npy", "--out", "run", "-q").code == 0
    with np.load(tmp_path / "run/report.npz") as stored:
        assert all(stored[name].size <= 2**21 for name in stored)
        assert stored["reconstructions.svg:X"].dtype == np.uint8
    assert (tmp_path / "run/report.npz").stat().st_size < 6_000_000
    drawn = content(tmp_path / "run/figures")
    assert cli("report", "run").code == 0
    assert content(tmp_path / "run/figures") == drawn


@pytest.mark.parametrize(
    "damage", [b"", b"PK\x03\x04 and no more", b"x" * 300], ids=["empty", "cut", "text"]
)
def test_damaged_arrays_are_told(cli, run, damage):
    (run / "report.npz").write_bytes(damage)
    outcome = cli("report", run)
    assert outcome.code == 3
    assert "report.npz is damaged" in outcome.sentence


def test_an_array_that_is_missing_is_told(cli, run):
    with np.load(run / "report.npz") as stored:
        kept = {name: stored[name] for name in stored if "code_map" not in name}
    np.savez_compressed(run / "report.npz", **kept)
    outcome = cli("report", run)
    assert outcome.code == 3
    assert "is not a complete run: its report.npz is damaged" in outcome.sentence


def test_a_run_stores_what_its_figures_show(run):
    report = json.loads((run / "report.json").read_text("utf-8"))
    with np.load(run / "report.npz", allow_pickle=False) as stored:
        names = set(stored)
        assert stored["codes"].shape[1] == 2
    told = json.dumps(report["figures"])
    assert names == {*re.findall(r'"array": "([^"]+)"', told), "codes", "codes.rows"}
    assert {figure["draws"] for figure in report["figures"]} >= {"code_map", "loss_curves"}
    assert (run / "report.npz").stat().st_size < 200_000


@pytest.mark.parametrize("kind", [ValueError, MemoryError, OverflowError, KeyError, UsageError])
@pytest.mark.usefixtures("blank_figures")
def test_a_figure_that_cannot_be_drawn_costs_no_run(train, cli, monkeypatch, kind):
    def fail(**values):
        raise kind("too large")

    spec = importlib.import_module("isthmus.figures._figure_spec")
    with monkeypatch.context() as patch:
        patch.setitem(spec._FIGURES, "pca_sizes", fail)
        assert train("digits", "--out", "run", "-q").code == 0
    assert not Path("run/figures/pca_sizes.svg").exists()
    note = "Figure PCA by number of components could not be drawn: "
    note += f"{kind.__name__}: {kind('too large')}"
    page = Path("run/report.html").read_text("utf-8")
    assert note in html.unescape(page) and "File not found" not in page
    assert note in json.loads(Path("run/report.json").read_text("utf-8"))["source"]["notes"]
    assert cli("report", "run").err == ""
    assert Path("run/figures/pca_sizes.svg").is_file()
    assert note not in html.unescape(Path("run/report.html").read_text("utf-8"))


def test_a_run_of_another_schema_version_is_one_clear_sentence(cli, run):
    path = run / "report.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"schema_version": 7}))
    for words in (("report", run), ("info", run)):
        outcome = cli(*words)
        assert outcome.code == 3
        assert "must have schema version 1. Got 7" in outcome.sentence


@pytest.mark.parametrize(
    ("break_it", "part"),
    [
        (lambda run: (run / "report.json").unlink(), "contains no report.json"),
        (lambda run: (run / "report.json").write_text("["), "is not valid JSON"),
        (lambda run: shutil.rmtree(run / "model"), "contains no model.json"),
        (lambda run: (run / "config.yaml").write_text("x"), "does not have the settings of a run"),
    ],
)
def test_what_is_no_whole_run_is_exit_3(cli, run, break_it, part):
    break_it(run)
    outcome = cli("report", run)
    assert outcome.code == 3
    assert part in outcome.sentence


@pytest.mark.parametrize("change", [{"table": {"columns": 3}}, {"findings": 3}, {"model": "x"}])
def test_a_report_whose_numbers_are_damaged_is_told_and_costs_no_evaluation(cli, run, change):
    path = run / "report.json"
    path.write_text(json.dumps(signed(json.loads(path.read_text()) | change)))
    outcome = cli("report", run)
    assert outcome.code == 3
    assert "is not a complete run: its report.json is damaged" in outcome.sentence
    outcome = cli("evaluate", run, "--n-resamples", "0")
    assert outcome.code == 0 and outcome.out != ""
    assert "The report of the run is unchanged." in outcome.err


@pytest.mark.parametrize("command", ["report", "info"])
def test_a_report_with_another_number_is_noticed(cli, run, command):
    path = run / "report.json"
    report = json.loads(path.read_text("utf-8"))
    report["settings"]["test_fraction"] = 0.5
    path.write_text(json.dumps(report), "utf-8")
    outcome = cli(command, run)
    assert outcome.code == 3
    assert "report.json is damaged: its SHA-256 must begin with" in outcome.sentence


@pytest.mark.parametrize("out", ["page.txt", "page", "run"])
def test_the_page_needs_a_name_of_its_kind(cli, run, out):
    outcome = cli("report", run, "--out", out)
    assert outcome.code == 2
    assert "The output's name must end in .html or .htm." in outcome.sentence


@pytest.mark.parametrize(
    "words",
    [
        ("train", "--epochs", "1"), ("report", "x"), ("info", "x"), ("evaluate", "x"),
        ("compare", "x", "y"), ("sweep", "--latent-dim", "1,2"), ("encode", "x", "-o", "y.csv"),
        ("reconstruct", "x", "-o", "y.csv"), ("score", "x", "-o", "y.csv"),
    ],
)  # fmt: skip
def test_an_unknown_language_is_refused_before_anything_is_done(cli, words, tmp_path):
    outcome = cli(*words, "--lang", "fr")
    assert outcome.code == 2
    assert "must be one of en, zh. Got 'fr'" in outcome.sentence
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("blank_figures")
def test_the_summary_is_told_in_chinese_with_columns_in_line(train, cli, tmp_path):
    outcome = train("--out", "run", "-q", "--lang", "zh")
    assert outcome.code == 0
    lines = outcome.out.splitlines()
    from isthmus._translation import width

    assert len({width(line) for line in lines[:3]}) == 1
    assert "训练误差" in lines[0]
    assert "运行结果\N{FULLWIDTH COLON}run" in lines[-1]
    assert '<html lang="zh-CN">' in (tmp_path / "run/report.html").read_text("utf-8")
    told = cli("info", "run", "--lang", "zh").out
    assert "模型类型" in told and "训练误差" in told


@pytest.mark.usefixtures("blank_figures")
def test_json_is_english_in_any_language(train):
    document = train("--out", "run", "--json", "--lang", "zh").document
    assert document["verdict"].isascii()
    assert document["table"]["columns"][1] == "train error"


@pytest.mark.usefixtures("blank_figures")
def test_one_row_and_one_number_are_singular(cli, train, write_table, tmp_path):
    write_table(tmp_path / "rows.csv", n_rows=6)
    outcome = train("rows.csv", "--latent-dim", "1", "--out", "run", "-q", "--lang", "en")
    assert outcome.code == 0, outcome.err
    cli("evaluate", "run")
    page = (tmp_path / "run/report.html").read_text("utf-8")
    assert "rows: code size 1" in page and "1 row drawn with seed 0" in page
    said = outcome.out + outcome.err + page + (tmp_path / "run/MODEL_CARD.md").read_text("utf-8")
    assert re.findall(r"\b1 (?:[a-z-]+ )?(?:rows|columns|codes|components|pictures)\b", said) == []


NEVER = "4 列中有 1 列\N{FULLWIDTH LEFT PARENTHESIS}`same`\N{FULLWIDTH RIGHT PARENTHESIS}"
ON_PAGE = NEVER.replace("`same`", "<code>same</code>")
HOSTILE = "<script>alert(1)</script>\x1b[31m $x$ `a` | " + "y" * 10_000


def test_hostile_names_and_labels_are_text_everywhere(train, cli, tmp_path):
    rng = np.random.default_rng(0)
    name = HOSTILE.replace(",", " ")
    rows = "\n".join(
        f"{a},{b},{c},<b>{k % 2}\x1b[0m$z$" for k, (a, b, c) in enumerate(rng.normal(size=(40, 3)))
    )
    folder = tmp_path / "$x$ <i>"
    folder.mkdir()
    (folder / "<script>.csv").write_text(f'a,b,"{name}","{name} label"\n{rows}\n')
    source = folder / "<script>.csv"
    outcome = train(source, "--label", f"{name} label", "--out", "run", "-q", "--lang", "zh")
    assert outcome.code == 0, outcome.err
    assert "\x1b" not in outcome.out + outcome.err
    for _ in range(2):
        page = (tmp_path / "run/report.html").read_text("utf-8")
        assert "<script" not in page and "\x1b" not in page
        assert "<i>" not in page and "<b>" not in page
        card = (tmp_path / "run/MODEL_CARD.md").read_text("utf-8")
        assert "<script" not in card and "\x1b" not in card
        for figure in (tmp_path / "run/figures").glob("*.svg"):
            assert "<script" not in figure.read_text("utf-8")
        outcome = cli("report", "run", "--lang", "en")
        assert outcome.code == 0
        assert "\x1b" not in outcome.out + outcome.err


@pytest.mark.usefixtures("blank_figures")
def test_findings_are_told_in_chinese_on_the_page_and_at_the_end(cli, train, tmp_path):
    X = np.random.default_rng(0).normal(size=(60, 3)).round(3)
    lines = [",".join([*map(str, row), "7"]) for row in X]
    (tmp_path / "rows.csv").write_text("\n".join(["a,b,c,same", *lines]))
    outcome = train("rows.csv", "--out", "run", "-q", "--lang", "zh")
    assert "isthmus: 警告" in outcome.err and "`same`" in outcome.err
    assert "常数列" in outcome.err and "常数列" not in outcome.out, "told once"
    page = (tmp_path / "run/report.html").read_text("utf-8")
    assert "<h2>诊断</h2>" in page and ON_PAGE in page and "Constant columns" not in page
    cli("report", "run", "--lang", "en")
    page = (tmp_path / "run/report.html").read_text("utf-8")
    assert "Constant columns in the training rows: 1 of 4 (<code>same</code>)." in page
    cli("report", "run", "--lang", "zh")
    assert ON_PAGE in (tmp_path / "run/report.html").read_text("utf-8")
    told = cli("doctor", "run", "--lang", "zh").out
    assert NEVER in told and "影响" in told and "建议" in told
    document = json.loads((tmp_path / "run/report.json").read_text("utf-8"))
    assert document["findings"][0]["seen"].isascii()
