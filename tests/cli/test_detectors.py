"""`isthmus train --estimator outlier-detector`, and commands on its run."""

from __future__ import annotations

import csv
import itertools
import json

import numpy as np
import pytest

import isthmus
from isthmus.runs._parts import split_dataset
from isthmus.sources import read_source

pytestmark = pytest.mark.usefixtures("blank_figures")

QUICK = ("--estimator", "outlier-detector", "--n-members", "2", "--epochs", "3", "-q")


@pytest.fixture(name="table")
def make_table(tmp_path):
    """300 rows of three columns that depend on each other; every 30th breaks the dependency."""
    generator = np.random.default_rng(0)
    z = generator.normal(size=300)
    rows = np.column_stack([z, -z, 2 * z]) + 0.05 * generator.normal(size=(300, 3))
    kinds = np.arange(300) % 30 == 0
    rows[kinds, 1] += 3
    path = tmp_path / "rows.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["a", "b", "c", "kind"])
        for row, kind in zip(rows, kinds, strict=True):
            writer.writerow([*row, "odd" if kind else "usual"])
    return path


@pytest.fixture(name="detect")
def make_detect(cli, tmp_path):
    def detect(source, *options, quick=QUICK):
        outcome = cli("train", source, "--out", "run", *quick, *options)
        assert outcome.code == 0, outcome.err
        return outcome, json.loads((tmp_path / "run" / "report.json").read_text())

    return detect


def test_a_detector_finds_the_odd_rows_and_is_held_against_their_labels(detect, table):
    quick = ("--estimator", "outlier-detector", "-q")
    _, report = detect(table, "--label", "kind", quick=quick)
    ours = report["results"]["AutoencoderOutlierDetector"]
    assert ours["roc_auc"] > 0.95
    assert set(report["results"]) == {"AutoencoderOutlierDetector", "Isolation forest", "PCA"}
    assert "ROC AUC with kind = odd as the anomalies (n = 10): " in report["verdict"]
    assert ours["train"]["n_rows"] == 240 and ours["held_out"]["n_rows"] == 60
    assert 0 < ours["train"]["outliers"] < 0.3


@pytest.mark.drawn_figures
def test_its_run_has_figures_metrics_and_a_table(detect, table, tmp_path):
    outcome, report = detect(table, "--columns", "a,b,c")
    assert "median error" in outcome.out and "held-out rows" in outcome.out
    assert "ROC" not in report["verdict"]  # without labels there is nothing to hold it against
    assert {path.name for path in (tmp_path / "run" / "figures").iterdir()} == {
        "errors.svg",
        "strangest.svg",
        "loss_curves.svg",
    }
    records = [
        json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    ]
    assert [r["stage"] for r in records] == ["network 1 of 2"] * 3 + ["network 2 of 2"] * 3


def test_the_scores_of_its_run_are_those_of_the_detector(detect, cli, table, tmp_path):
    detect(table, "--label", "kind")
    assert cli("score", "run", table, "--label", "kind", "-o", "scores.csv").code == 0
    with (tmp_path / "scores.csv").open() as file:
        rows = list(csv.DictReader(file))
    X = np.genfromtxt(table, delimiter=",", skip_header=1)[:, :3]
    expected = -isthmus.load(tmp_path / "run").score_samples(X)
    assert [int(row["row"]) for row in rows] == list(np.argsort(-expected, kind="stable"))
    np.testing.assert_allclose(
        [float(row["error"]) for row in rows], sorted(expected, reverse=True)
    )
    assert {row["feature_1"] for row in rows} <= {"a", "b", "c"}


@pytest.mark.drawn_figures
def test_pictures_are_shown_with_their_errors(detect, tmp_path):
    _, report = detect("digits")
    assert (tmp_path / "run" / "figures" / "strangest.svg").stat().st_size > 1000
    assert "ROC" not in report["verdict"]  # ten classes


def test_a_detector_has_no_codes_to_write(detect, cli, table):
    detect(table)
    outcome = cli("encode", "run", table, "-o", "codes.csv")
    assert outcome.code == 2
    assert "stacked-classifier or vae can encode rows. Got outlier-d" in outcome.sentence


def test_levels_of_noise_are_read_as_numbers(detect, table):
    _, report = detect(table, "--noise", "0.5", "--trim", "0.1,0.2")
    assert report["settings"]["noise"] == [0.5]
    assert report["settings"]["trim"] == [0.1, 0.2]


def test_without_held_out_rows_and_strange_ones_it_says_so(detect, tmp_path):
    corners = np.array(list(itertools.product([0.0, 1.0], repeat=4)))
    np.save(tmp_path / "rows.npy", np.tile(corners, (12, 1)))
    _, report = detect("rows.npy", "--test-fraction", "0")
    assert report["results"]["AutoencoderOutlierDetector"]["held_out"] is None
    assert report["verdict"].startswith("No outliers: none of 192 rows")


def test_what_a_run_of_a_detector_is(detect, cli, table):
    detect(table, "--label", "kind")
    outcome = cli("info", "run")
    assert outcome.code == 0, outcome.err
    assert "2 networks of 3-128-64, mirrored" in outcome.out and "3 per network" in outcome.out
    assert "Outliers (error above the threshold): " in outcome.out


def test_labels_are_for_an_estimator_that_learns_some(cli):
    outcome = cli("train", "digits", *QUICK, "--labels-per-class", "3")
    assert outcome.code == 2
    assert outcome.sentence.startswith(
        "--labels-per-class does not apply to an estimator without labels"
    )


def test_rows_without_a_label_are_left_out_of_the_area(detect, table):
    lines = table.read_text().splitlines()
    lines[2::7] = [line.rpartition(",")[0] + "," for line in lines[2::7]]
    table.write_text("\n".join(lines) + "\n")
    _, report = detect(table, "--label", "kind")
    assert "with kind = odd as the anomalies" in report["verdict"]


def test_the_strangest_rows_are_named_by_their_numbers_in_the_source(detect, table, tmp_path):
    detect(table, "--columns", "a,b,c", quick=("--estimator", "outlier-detector", "-q"))
    isthmus_rows = np.genfromtxt(table, delimiter=",", skip_header=1)[:, :3]
    worst = isthmus.load(tmp_path / "run").score_samples(isthmus_rows).argmin()
    parts = split_dataset(read_source(table, columns=["a", "b", "c"]), 0.2, 0)
    rows = np.concatenate([parts.X, parts.X_held_out])
    np.testing.assert_array_equal(rows, isthmus_rows[parts.numbers])
    assert worst in parts.numbers


def test_a_value_beyond_single_precision_is_refused_by_score(detect, cli, table, tmp_path):
    detect(table, "--label", "kind")
    rows = table.read_text().splitlines()
    rows[7] = "1e200,0,0,usual"
    (tmp_path / "new.csv").write_text("\n".join(rows) + "\n")
    outcome = cli("score", "run", "new.csv", "-o", "scores.csv")
    assert outcome.code == 3 and "Got 1e+200 in column 0 (from 0)" in outcome.sentence
    assert not (tmp_path / "scores.csv").exists()


def test_an_evaluation_ranks_the_labelled_rows_beside_a_forest_and_pca(
    cli, detect, table, tmp_path
):
    detect(table, "--label", "kind")
    document = cli("evaluate", "run", "--json", "--n-resamples", 50).document
    metrics = document["metrics"]
    assert list(metrics) == ["roc_auc", "average_precision", "flagged"]
    assert all(metrics["roc_auc"][model]["value"] > 0.5 for model in ("model", "forest", "pca"))
    assert document["rows"]["n_rows"] == 60
    low, high = metrics["flagged"]["model"]["interval"]
    assert low <= metrics["flagged"]["model"]["value"] <= high
    lines = cli("evaluate", "run", "--n-resamples", 50).out.splitlines()
    assert lines[0].split() == [
        "AutoencoderOutlierDetector",
        "Isolation",
        "forest",
        "PCA",
        "vs.",
        "PCA",
    ]
    assert lines[-1].startswith("ROC AUC with odd as the anomalies (n = ")
    assert "ROC AUC" in (tmp_path / "run" / "report.html").read_text()
    assert cli("evaluate", "run", "--fail-under", "roc_auc=1.1").code == 4


def test_an_evaluation_without_labels_tells_the_share_above_the_threshold(cli, detect, table):
    detect(table, "--columns", "a,b,c")
    outcome = cli("evaluate", "run", table, "--n-resamples", 50)
    assert outcome.code == 0
    assert outcome.out.splitlines()[-1].startswith("Outliers (error above the threshold): ")
