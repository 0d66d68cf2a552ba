"""`isthmus evaluate`: held-out rows, other rows, bounds, files written, invalid input."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import yaml

import isthmus
from isthmus._translation import width
from isthmus.rows import split_rows

pytestmark = pytest.mark.usefixtures("blank_figures")

FAST = ("--n-resamples", 50, "--device", "cpu")


@pytest.fixture
def run(table_run, relocated, tmp_path):
    """A run of this test only, next to its source."""
    shutil.copytree(table_run.parent, tmp_path / "copied")
    folder = tmp_path / "copied" / "run"
    relocated(folder, table_run.parent, folder.parent)
    return folder


def rows_of(run):
    return np.genfromtxt(run.parent / "rows.csv", delimiter=",", skip_header=1)[:, :4]


def test_the_runs_own_held_out_rows_are_made_again(cli, run):
    found = cli("evaluate", run, "--json", *FAST).document
    assert found["rows"] == {"which": "held-out", "n_rows": 8, "source": "rows"}
    _, held_out = split_rows(40, 0.2, seed=0, purpose="test")
    error = isthmus.load(run).reconstruction_error(rows_of(run)[held_out])
    assert found["metrics"]["squared_error"]["model"]["value"] == pytest.approx(4 * error.mean())
    reported = json.loads((run / "report.json").read_text())["results"]
    for model, key in (("Autoencoder", "model"), ("PCA", "pca")):
        expected = reported[model]["held_out"]["squared_error"]
        value = found["metrics"]["squared_error"][key]["value"]
        assert value == pytest.approx(expected, rel=1e-5)
    assert found["pca"]["fitted_on"] == "training"
    assert found["codes"]["probes"] == "training"
    assert found["features"]["names"] == list("abcd")


def test_the_document_is_written_into_the_run(cli, run):
    outcome = cli("evaluate", run, "--json", *FAST)
    assert json.loads((run / "evaluation.json").read_text()) == outcome.document
    assert not list(run.glob(".evaluation*"))


def test_the_text_is_a_table_a_verdict_and_notes(cli, digits_run, tmp_path):
    shutil.copytree(digits_run, tmp_path / "run")
    outcome = cli("evaluate", "run", "--match-pca", *FAST)
    assert outcome.code == 0
    first, *lines = outcome.out.splitlines()
    assert " ".join(first.split()) == "Autoencoder (2) PCA (2) vs. PCA raw rows mean"
    labels = [line[:24].strip() for line in lines]
    for label in ("squared error per row", "SSIM", "continuity", "k-NN accuracy", "k-means ARI"):
        assert label in labels
    assert "Held-out rows of digits (n = 359), 95% intervals in brackets." in outcome.out
    assert outcome.out.splitlines()[-1].endswith(".")
    assert (
        "Note: PCA components needed for the error of the autoencoder at code size 2: 1."
        in outcome.err
        or "Note: PCA does not reach the error" in outcome.err
    )


def test_a_source_counts_with_all_its_rows(cli, run, write_table, tmp_path):
    write_table(tmp_path / "new.csv", order="dzcab", n_rows=25, seed=3)
    found = cli("evaluate", run, "new.csv", "--label", "kind", "--json", *FAST).document
    assert found["rows"] == {"which": "source", "n_rows": 25, "source": "new"}
    X = np.genfromtxt(tmp_path / "new.csv", delimiter=",", skip_header=1)[:, [3, 4, 2, 0]]
    error = 4 * isthmus.load(run).reconstruction_error(X).mean()
    assert found["metrics"]["squared_error"]["model"]["value"] == pytest.approx(error)
    assert found["pca"]["n_rows"] == 32 and found["codes"]["probes"] == "training"


def test_the_trainings_own_source_is_told_apart(cli, run):
    found = cli("evaluate", run, run.parent / "rows.csv", "--json", *FAST).document
    assert found["rows"]["n_rows"] == 40
    assert "seen_rows" in [note["code"] for note in found["notes"]]


def test_a_moved_source_leaves_pca_the_evaluated_rows(cli, run, write_table, tmp_path):
    write_table(tmp_path / "new.csv", n_rows=25, seed=3)
    (run.parent / "rows.csv").unlink()
    found = cli("evaluate", run, "new.csv", "--label", "kind", "--json", *FAST).document
    assert (found["pca"]["fitted_on"], found["codes"]["probes"]) == (
        "evaluated",
        "cross-validation",
    )
    reasons = [n["text"] for n in found["notes"] if n["code"] == "training_unread"]
    assert "rows.csv" in reasons[0]
    outcome = cli("evaluate", run, *FAST)
    assert outcome.code == 3 and "rows.csv" in outcome.sentence


def test_a_source_that_has_changed_has_no_held_out_rows(cli, run, write_table):
    write_table(run.parent / "rows.csv", seed=9)
    outcome = cli("evaluate", run, *FAST)
    assert outcome.code == 3
    assert outcome.sentence.startswith("The rows of rows have changed since ")


def test_a_bare_model_needs_a_source(cli, run, tmp_path):
    shutil.copytree(run / "model", tmp_path / "bare")
    assert cli("evaluate", "bare", run.parent / "rows.csv", *FAST).code == 0
    assert not (tmp_path / "evaluation.json").exists()
    outcome = cli("evaluate", "bare", *FAST)
    assert (outcome.code, outcome.sentence) == (
        3,
        "bare is a model without a run, so its held-out rows are unknown. Pass a source.",
    )


def test_a_run_that_held_nothing_out_is_judged_by_its_training_rows(
    train, cli, write_table, tmp_path
):
    write_table(tmp_path / "rows.csv")
    assert train("rows.csv", "--test-fraction", 0, "--out", "run", "-q").code == 0
    found = cli("evaluate", "run", "--json", *FAST).document
    assert found["rows"]["which"] == "training"
    assert "training_rows" in [note["code"] for note in found["notes"]]


def test_texts_are_measured_in_the_words_of_the_training(train, cli, tmp_path):
    lines = [f"the {a} eats {b}" for a in ("cat", "dog", "cow", "hen") for b in "abcdefghij"]
    (tmp_path / "texts.txt").write_text("\n".join(lines) + "\n")
    assert train("texts.txt", "--out", "run", "-q").code == 0
    found = cli("evaluate", "run", "--json", *FAST).document
    assert found["rows"]["n_rows"] == 8 and "eats" in found["features"]["names"]


def test_bounds_that_hold_are_silent_and_broken_ones_exit_with_4(cli, run):
    kept = cli("evaluate", run, "--fail-under", "variance_explained=-9", *FAST)
    assert kept.code == 0
    words = ("--fail-under", "variance_explained=0.99", "--fail-under", "squared-error=1e-9")
    outcome = cli("evaluate", run, "--json", *words, *FAST)
    assert outcome.code == 4
    value = json.loads(outcome.out)["metrics"]["variance_explained"]["model"]["value"]
    last = outcome.err.splitlines()[-1]
    assert last.startswith(f"isthmus: variance_explained is {value:.6g}, below the bound of 0.99; ")
    assert last.endswith("above the bound of 1e-09.")


def test_an_unknown_metric_is_told_before_anything_is_measured(cli, run):
    outcome = cli("evaluate", run, "--fail-under", "trustworthines=1")
    assert outcome.code == 2 and "Did you mean `trustworthiness`?" in outcome.sentence
    assert outcome.sentence.startswith("--fail-under must be METRIC=VALUE")
    assert not (run / "evaluation.json").exists()


def test_other_columns_are_refused(cli, run, tmp_path):
    np.save(tmp_path / "wide.npy", np.ones((9, 5)))
    outcome = cli("evaluate", run, "wide.npy", *FAST)
    assert outcome.code == 3 and "must have 4 columns, as in training" in outcome.sentence


def test_one_row_and_rows_without_variance_have_figures(cli, run, tmp_path):
    np.save(tmp_path / "one.npy", np.ones((1, 4)))
    np.save(tmp_path / "same.npy", np.ones((30, 4)))
    for name in ("one.npy", "same.npy"):
        found = cli("evaluate", run, name, "--json", *FAST).document
        assert found["metrics"]["squared_error"]["model"]["value"] > 0
        assert found["metrics"]["variance_explained"]["model"]["value"] is None


def test_a_run_of_another_schema_is_refused(cli, run):
    path = run / "model" / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema_version": 99}))
    outcome = cli("evaluate", run)
    assert outcome.code == 3 and "Got 99" in outcome.sentence


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is not a mapping of mappings"),
        (b"[]", "it is not a mapping of mappings"),
        (b"source: 3", "it is not a mapping of mappings"),
        (b"source: {source: x}", "it has no parameters"),
        (b"a: [1", "it is not YAML in UTF-8"),
        (b"\xff\xfe\x00", "it is not UTF-8 (byte 0xff at position 0)"),
        (b"[" * 5000, "it is nested more than 60 levels deep"),
    ],
    ids=str,
)
@pytest.mark.parametrize("command", ["evaluate", "doctor"])
def test_settings_that_cannot_be_read_are_told(cli, run, command, content, reason):
    (run / "config.yaml").write_bytes(content)
    outcome = cli(command, run)
    assert outcome.code == 3
    assert (
        f"config.yaml does not have the settings of a run ({reason}). Restore" in outcome.sentence
    )


def test_a_run_without_its_settings_is_not_taken_for_a_folder_of_pictures(cli, run):
    (run / "config.yaml").unlink()
    for command in ("doctor", "report", "evaluate"):
        outcome = cli(command, run)
        assert outcome.code == 3 and "has no config.yaml with the settings" in outcome.sentence


@pytest.mark.parametrize(
    ("at", "value", "names"),
    [
        (("test_fraction",), 2, "test_fraction"),
        (("test_fraction",), "x", "test_fraction"),
        (("estimator",), ["a"], "estimator"),
        (("parameters", "random_state"), "x", "random_state"),
        (("source", "source"), 3, "source"),
        (("source", "columns"), 3, "columns"),
        (("source", "colum"), "a", "colum"),
    ],
)
@pytest.mark.parametrize("command", ["evaluate", "doctor", "report"])
def test_settings_that_no_training_has_written_are_told(cli, run, command, at, value, names):
    config = yaml.safe_load((run / "config.yaml").read_text())
    place = config
    for key in at[:-1]:
        place = place[key]
    place[at[-1]] = value
    (run / "config.yaml").write_text(yaml.safe_dump(config))
    outcome = cli(command, run)
    assert outcome.code == 3
    assert outcome.sentence.endswith(
        f"its config.yaml does not have the settings of a run (invalid: {names}). Restore it, "
        "or train the run again."
    )


def test_labels_that_are_no_classes_are_left_out_or_refused(cli, train, rng, tmp_path):
    lines = ["a,b,price", *(f"{a},{b},{a + b}" for a, b in rng.normal(size=(40, 2)))]
    (tmp_path / "prices.csv").write_text("\n".join(lines))
    words = ("--latent-dim", 1, "--label", "price", "--out", "run", "-q")
    assert train("prices.csv", *words).code == 0
    outcome = cli("evaluate", "run", *FAST)
    assert outcome.code == 0 and "k-NN" not in outcome.out
    assert "Note: Labels are ignored. The labels must be classes" in outcome.err
    outcome = cli("evaluate", "run", "--label", "price", *FAST)
    assert outcome.code == 3 and "must be classes" in outcome.sentence


def test_a_label_may_be_named_afterwards(cli, train, write_table, tmp_path):
    write_table(tmp_path / "rows.csv")
    assert train("rows.csv", "--columns", "a,b,c,d", "--out", "run", "-q").code == 0
    found = cli("evaluate", "run", "--label", "kind", "--json", *FAST).document
    assert (found["rows"]["which"], found["codes"]["n_classes"]) == ("held-out", 2)


def test_hostile_names_are_printed_as_escapes(cli, train, rng, tmp_path):
    names = ["<script>alert(1)</script>", "\x1b[31mred", "long" * 2500]
    lines = [",".join(names), *(",".join(map(str, row)) for row in rng.normal(size=(30, 3)))]
    (tmp_path / "rows.csv").write_text("\n".join(lines))
    assert train("rows.csv", "--latent-dim", 1, "--out", "run", "-q").code == 0
    outcome = cli("evaluate", "run", *FAST)
    assert outcome.code == 0 and "\x1b" not in outcome.out and "<script>" in outcome.out
    assert max(map(len, outcome.out.splitlines())) < 500


def test_a_classifier_is_refused(cli, train, write_table, tmp_path):
    write_table(tmp_path / "rows.csv")
    words = ("train", "rows.csv", "--estimator", "stacked-classifier", "--label", "kind", "-q")
    assert cli(*words, "--epochs", 1, "--layer-dims", "3,2", "--out", "named").code == 0
    outcome = cli("evaluate", "named")
    assert outcome.code == 2 and outcome.sentence.startswith(
        "Only runs of the estimator autoencoder, conv, sparse, stacked, outlier-detector, "
        "patch-detector or vae can be evaluated."
    )


def test_the_config_of_the_run_stays_as_it_is(cli, run):
    before = (run / "config.yaml").read_bytes()
    assert cli("evaluate", run, *FAST).code == 0
    assert (run / "config.yaml").read_bytes() == before
    assert yaml.safe_load(before)["source"]["label"] == "kind"


def test_the_page_the_numbers_and_the_card_tell_of_it(cli, run):
    figures = {p.name: p.read_bytes() for p in (run / "figures").iterdir()}
    assert "Metrics on" not in (run / "report.html").read_text("utf-8")
    found = cli("evaluate", run, "--json", *FAST).document
    page = (run / "report.html").read_text("utf-8")
    assert "<h2>Metrics on held-out rows</h2>" in page
    error = found["metrics"]["squared_error"]["model"]
    low, high = error["interval"]
    cell = f'{error["value"]:.4g} <span class="below">[{low:.4g}, {high:.4g}]</span>'
    assert f'<td class="number">{cell}</td>' in page
    assert page.count("<img") == len(figures)
    assert {p.name: p.read_bytes() for p in (run / "figures").iterdir()} == figures
    told = json.loads((run / "report.json").read_text("utf-8"))["evaluation"]
    assert told.pop("table")["columns"]["pca"] == "PCA (2)"
    assert told == {name: value for name, value in found.items() if name != "features"}
    card = (run / "MODEL_CARD.md").read_text("utf-8")
    (entry,) = yaml.safe_load(card[4:].split("\n---\n")[0])["model-index"][0]["results"]
    first = entry["metrics"][0]
    assert first["value"] == pytest.approx(error["value"], abs=1e-6)
    assert first["name"] == f"squared error per row (95% interval: [{low:.4g}, {high:.4g}])"


def test_the_page_stays_in_its_language_and_is_told_in_the_other(cli, run):
    cli("report", run, "--lang", "zh")
    cli("evaluate", run, *FAST)
    page = (run / "report.html").read_text("utf-8")
    assert "<h2>留出样本上的指标</h2>" in page and "k 近邻准确率" in page
    outcome = cli("report", run, "--lang", "en", "-o", "page.html")
    assert (outcome.code, outcome.err) == (0, "")
    page = (run.parent.parent / "page.html").read_text("utf-8")
    assert "<h2>Metrics on held-out rows</h2>" in page and "k-NN accuracy" in page
    (run / "evaluation.json").unlink()
    cli("report", run, "--lang", "en")
    assert "Metrics on" not in (run / "report.html").read_text("utf-8")
    assert "evaluation" not in json.loads((run / "report.json").read_text("utf-8"))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            lambda d: d | {"schema": 2},
            "must have schema 1. Got 2: run `isthmus",
        ),
        (lambda d: d | {"schema": None}, "Got None: run `isthmus"),
        (lambda d: d | {"metrics": {"x": {}}}, "is damaged (it has no `x`)"),
        (
            lambda d: d | {"verdict": {"code": "win", "values": {}}},
            "is damaged (it has no `latent_dim`)",
        ),
        (lambda d: d | {"notes": "abc"}, "is damaged (a value in it has another type"),
        (lambda d: [d], "must contain a JSON object. Got list"),
    ],
)
def test_an_evaluation_that_cannot_be_read_is_left_out_of_the_page(cli, run, change, reason):
    cli("evaluate", run, *FAST)
    path = run / "evaluation.json"
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    outcome = cli("report", run)
    assert outcome.code == 0
    assert outcome.err.startswith("Note: The evaluation is not shown. ")
    assert reason in outcome.err
    assert "Metrics on" not in (run / "report.html").read_text("utf-8")
    assert cli("evaluate", run, *FAST).code == 0
    assert "Metrics on held-out rows" in (run / "report.html").read_text("utf-8")


def test_a_run_whose_page_is_not_there_or_broken_is_evaluated_all_the_same(cli, run):
    path = run / "report.json"
    for break_it in (lambda: path.write_text('{"schema_version": 7}'), path.unlink):
        break_it()
        before = (run / "report.html").read_bytes()
        outcome = cli("evaluate", run, *FAST)
        assert outcome.code == 0
        assert "Note: The report of the run is unchanged. " in outcome.err
        assert (run / "report.html").read_bytes() == before
        notes = json.loads((run / "evaluation.json").read_text())["notes"]
        assert notes[-1]["code"] == "page_left"


def test_the_page_tells_which_other_rows_it_was_measured_on(cli, run, write_table, tmp_path):
    write_table(tmp_path / "new.csv", n_rows=25, seed=3)
    assert cli("evaluate", run, "new.csv", *FAST).code == 0
    assert "<h2>Metrics on rows of new</h2>" in (run / "report.html").read_text("utf-8")
    card = (run / "MODEL_CARD.md").read_text("utf-8")
    entries = yaml.safe_load(card[4:].split("\n---\n")[0])["model-index"][0]["results"]
    assert [entry["dataset"]["name"] for entry in entries] == ["rows", "new"]
    assert len(entries[0]["metrics"]) == 2 < len(entries[1]["metrics"])


def test_it_is_told_in_chinese_with_columns_in_line(cli, run):
    outcome = cli("evaluate", run, "--lang", "zh", "--match-pca", *FAST)
    lines = outcome.out.splitlines()
    table = lines[: lines.index("") - 1]
    assert len({width(line) for line in table}) == 1
    assert "原始数据" in lines[0] and "与 PCA 之差" in lines[0]
    assert "逻辑回归准确率" in outcome.out and "rows 的留出样本" in outcome.out
    assert "最差的列" in outcome.out and has_chinese(lines[-1])
    assert all(line.startswith("提示") for line in outcome.err.splitlines())
    document = cli("evaluate", run, "--lang", "zh", "--json", *FAST).document
    assert document["verdict"]["text"].isascii()
    by_locale = cli("evaluate", run, *FAST, locale="zh_CN.UTF-8")
    assert "逻辑回归准确率" in by_locale.out


def has_chinese(text):
    return any("\u4e00" <= character <= "\u9fff" for character in text)
