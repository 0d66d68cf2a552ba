"""`isthmus doctor`, and its findings in `isthmus train`."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from isthmus.doctor import FINDINGS
from isthmus.runs import examine_run

pytestmark = pytest.mark.usefixtures("blank_figures")

ROOT = Path(__file__).resolve().parents[2]


def codes(findings):
    return [finding["code"] for finding in findings]


def write_faulty_table(path, n_rows=60):
    """A constant column, and a sixth of the rows duplicated."""
    values = np.random.default_rng(0).normal(size=(n_rows, 3)).round(3)
    values[-n_rows // 6 :] = values[: n_rows // 6]
    lines = [f"{a},{b},{c},5" for a, b, c in values]
    path.write_text("\n".join(["a,b,c,same", *lines]) + "\n")


def test_a_source_is_looked_at_as_training_takes_it(cli):
    outcome = cli("doctor")
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert lines[0] == "digits: 1,438 training rows, 359 held out, 64 columns"
    assert "Note: Constant columns in the training rows: 3 of 64" in outcome.out
    assert "  Why it matters: " in outcome.out and "  What to do: " in outcome.out
    assert lines[-1] == "2 notes."


def test_source_options_are_those_of_training(cli, tmp_path):
    write_faulty_table(tmp_path / "t.csv")
    document = cli(
        "doctor", "t.csv", "--columns", "a,b", "--test-fraction", "0.5", "--json"
    ).document
    assert (document["n_features"], document["n_rows_held_out"]) == (2, 30)
    assert "constant_columns" not in codes(document["findings"])
    document = cli("doctor", "t.csv", "--label", "same", "--json").document
    assert document["n_features"] == 3 and document["source"] == "t"


def test_the_length_of_a_code_and_the_scaling_count(cli):
    assert "few_rows" in codes(cli("doctor", "--latent-dim", "60", "--test-fraction", "0.9",
                                   "--json").document["findings"])  # fmt: skip
    outcome = cli("doctor", "--scaling", "unitt")
    assert outcome.code == 2 and "`unit`" in outcome.sentence.replace("--unit", "`unit`")


def test_a_recipe_and_a_config_file_are_looked_at(cli, tmp_path):
    (tmp_path / "c.yaml").write_text("source: digits\nparameters: {latent_dim: 64}\n")
    assert "long_code" in codes(cli("doctor", "--config", "c.yaml", "--json").document["findings"])
    found = cli("doctor", "digits", "--recipe", "tutorial", "--json").document["findings"]
    assert set(codes(found)) == {"constant_columns", "suggested_latent_dim"}


def test_texts_are_looked_at_by_their_words(cli, tmp_path):
    texts = ["hong kong harbour", "new york streets", "harbour streets", "quiet streets"] * 10
    (tmp_path / "t.txt").write_text("\n".join(texts) + "\n")
    found = cli("doctor", "t.txt", "--max-words", "6", "--json").document["findings"]
    assert "leak" in codes(found)
    assert "duplicate_columns" not in codes(found)  # "hong" and "kong", but words are no columns


@pytest.mark.parametrize(
    ("severity", "code"), [("note", 4), ("warning", 4), ("problem", 0), (None, 0)]
)
def test_only_fail_on_makes_it_fail(cli, tmp_path, severity, code):
    write_faulty_table(tmp_path / "t.csv")
    words = () if severity is None else ("--fail-on", severity)
    outcome = cli("doctor", "t.csv", *words, "--json")
    assert outcome.code == code
    worst = json.loads(outcome.out)["findings"][0]
    assert worst["severity"] == "warning"


def test_a_severity_that_there_is_not(cli):
    outcome = cli("doctor", "--fail-on", "warnings")
    assert outcome.code == 2
    assert outcome.sentence == (
        "--fail-on must be one of note, warning, problem. Got 'warnings'. Did you mean `warning`?"
    )


def test_rows_that_cannot_be_read_are_no_finding(cli):
    assert cli("doctor", "nowhere.csv").code == 3


# --- runs -----------------------------------------------------------------------------------------


def test_of_a_run_the_model_is_looked_at_too_and_as_its_report_has_it(cli, digits_run):
    outcome = cli("doctor", digits_run, "--device", "cpu")
    assert outcome.code == 0 and "Warning: " in outcome.out
    document = cli("doctor", digits_run, "--json").document
    report = json.loads((digits_run / "report.json").read_text())
    assert codes(document["findings"]) == codes(report["findings"])
    assert {"underfitting", "constant_columns"} <= set(codes(document["findings"]))
    for ours, theirs in zip(document["findings"], report["findings"], strict=True):
        assert (ours["severity"], ours["seen"]) == (theirs["severity"], theirs["seen"])
        assert set(theirs) == {"code", "severity", "values", "seen", "matters", "advice"}


def test_options_of_a_source_mean_nothing_for_a_run(cli, digits_run):
    outcome = cli("doctor", digits_run, "--label", "x", "--latent-dim", "3")
    assert outcome.code == 2
    assert outcome.sentence == (
        "A run is examined with its own settings. Got --label, --latent-dim: leave that out, or "
        "pass a source."
    )


def test_a_named_source_wins_over_a_run_of_that_name(cli, train):
    train("--out", "digits", "-q")
    assert "run" not in cli("doctor", "digits", "--json").document
    assert cli("doctor", "./digits", "--json").document["run"] == "./digits"


def test_a_run_whose_rows_have_changed(cli, train, tmp_path):
    write_faulty_table(tmp_path / "t.csv")
    train("t.csv", "--out", "run", "-q")
    assert cli("doctor", "run").code == 0
    write_faulty_table(tmp_path / "t.csv", n_rows=90)
    outcome = cli("doctor", "run")
    assert outcome.code == 3 and outcome.sentence.startswith(
        "The rows of t have changed since the training of run"
    )


def test_a_model_without_its_run_and_a_run_without_its_model(cli, digits_run, tmp_path):
    assert cli("doctor", digits_run / "model").code == 0  # its run is found around it
    shutil.copytree(digits_run / "model", tmp_path / "bare")
    outcome = cli("doctor", "bare")
    assert outcome.code == 3 and "is a saved model without its rows" in outcome.sentence
    (tmp_path / "half").mkdir()
    (tmp_path / "half/config.yaml").write_text("source: {source: digits}\n")
    outcome = cli("doctor", "half")
    assert outcome.code == 3 and "contains no model.json" in outcome.sentence


@pytest.mark.parametrize("content", ["- 1\n", "{}\n", "a: [", "parameters: 3\nsource: {}\n"])
def test_a_run_whose_config_is_damaged(cli, train, content, tmp_path):
    train("--out", "run", "-q")
    (tmp_path / "run/config.yaml").write_text(content)
    outcome = cli("doctor", "run")
    assert outcome.code == 3 and "is not a complete run" in outcome.sentence


@pytest.mark.parametrize("estimator", ["outlier-detector", "stacked-classifier"])
def test_other_estimators_have_findings_too(cli, tmp_path, estimator, write_table):
    write_table(tmp_path / "t.csv")
    words = ("--label", "kind", "--epochs", "1", "--device", "cpu", "--out", "run", "-q", "--json")
    document = cli("train", "t.csv", "--estimator", estimator, *words).document
    assert codes(document["findings"]) == codes(examine_run("run")["findings"])
    assert not {"few_rows", "near_linear", "no_better_than_mean"} & set(codes(document["findings"]))


# --- in a training --------------------------------------------------------------------------------


def test_training_tells_the_worst_of_the_rows_first_and_of_all_below(train, tmp_path):
    write_faulty_table(tmp_path / "t.csv")
    outcome = train("t.csv", "--latent-dim", "1")
    first, *rest = outcome.err.splitlines()
    assert first.startswith("isthmus: warning: ") and "isthmus doctor" in first
    assert all(line.startswith("Epoch [") for line in rest)
    said = [line for line in outcome.out.splitlines() if re.match("Warning|Problem", line)]
    assert 1 <= len(said) <= 3
    report = json.loads((tmp_path / "runs/t-1/report.json").read_text())
    assert {"constant_columns", "leak"} <= set(codes(report["findings"]))


def test_notes_are_left_to_the_report(train, tmp_path):
    outcome = train("--epochs", "20", "--hidden-dims", "64", "-q")
    assert outcome.err == "" and not re.search("^(Warning|Problem)", outcome.out, re.MULTILINE)
    report = json.loads((tmp_path / "runs/digits-1/report.json").read_text())
    assert {finding["severity"] for finding in report["findings"]} == {"note"}


def test_hostile_column_names_do_nothing(cli, train, tmp_path):
    names = ["\x1b[31mred", "<script>alert(1)</script>", "x" * 10_000, "{n}"]
    rows = "\n".join(f"{k},7,8,{k % 3}" for k in range(40))
    (tmp_path / "t.csv").write_text(",".join(names) + "\n" + rows + "\n")
    outcome = cli("doctor", "t.csv")
    assert outcome.code == 0 and "\x1b" not in outcome.out and len(outcome.out) < 4000
    assert "`<script>alert(1)</script>`" in outcome.out
    outcome = train("t.csv", "-q")
    assert outcome.code == 0 and "\x1b" not in outcome.out + outcome.err
    assert "<script>alert" not in (tmp_path / "runs/t-1/report.html").read_text()


def test_every_finding_stands_in_the_docs_and_no_other():
    told = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/doctor.md").read_text(), re.MULTILINE)
    assert sorted(told) == sorted(FINDINGS)


def test_a_sentinel_of_a_table_is_told_until_it_counts_as_missing(cli, tmp_path):
    rng = np.random.default_rng(0)
    load = np.where(np.arange(100) % 5 == 0, -999, rng.normal(100, 10, 100).round(2))
    lines = [
        f"{a},{b:.3f},{c}" for a, b, c in zip(load, rng.normal(size=100), "xy" * 50, strict=True)
    ]
    (tmp_path / "t.csv").write_text("load,gap,colour\n" + "\n".join(lines) + "\n")
    told = cli("doctor", "t.csv", "--json").document["findings"]
    (finding,) = (own for own in told if own["code"] == "sentinel")
    assert finding["severity"] == "warning" and "`load`" in finding["seen"]
    assert cli("doctor", "t.csv", "--fail-on", "warning").code == 4
    told = cli("doctor", "t.csv", "--missing", "-999", "--json").document["findings"]
    codes = [own["code"] for own in told]
    assert "sentinel" not in codes and "missing_cells" in codes


def test_numbers_with_a_word_are_told(cli, tmp_path):
    cells = [str(k) for k in range(100)]
    cells[7] = "seven"
    lines = [f"{cell},{k % 7}" for k, cell in enumerate(cells)]
    (tmp_path / "t.csv").write_text("a,b\n" + "\n".join(lines) + "\n")
    told = cli("doctor", "t.csv", "--json").document["findings"]
    (finding,) = (own for own in told if own["code"] == "unlike_kinds")
    assert finding["values"]["words"] == ["`seven`"]
    told = cli("doctor", "t.csv", "--kinds", "a=hashed", "--json").document["findings"]
    assert "unlike_kinds" not in {own["code"] for own in told}
