"""`isthmus train` with stacks and classifiers, and commands on their runs."""

from __future__ import annotations

import json

import numpy as np
import pytest

pytestmark = pytest.mark.usefixtures("blank_figures")

STACK = ("--estimator", "stacked", "--layer-dims", "16,4", "--pretraining-epochs", "2")
CLASSIFIER = ("--estimator", "stacked-classifier", "--layer-dims", "16,8", *STACK[4:])
QUICK = ("--epochs", "2", "--test-fraction", "0.5", "-q")


@pytest.fixture(name="run")
def train_one(cli, tmp_path):
    def run(*words):
        outcome = cli("train", "digits", *words, *QUICK, "--out", "run")
        assert outcome.code == 0, outcome.err
        return outcome, json.loads((tmp_path / "run/report.json").read_text())

    return run


@pytest.mark.drawn_figures
def test_a_stacks_stages_are_in_the_metrics_and_in_one_figure(run, tmp_path):
    run(*STACK, "--noise", "masking")
    lines = (tmp_path / "run/metrics.jsonl").read_text().splitlines()
    stages = [json.loads(line)["stage"] for line in lines]
    assert stages == ["layer 1"] * 2 + ["layer 2"] * 2 + ["fine-tuning"] * 2
    figures = {path.name for path in (tmp_path / "run/figures").iterdir()}
    assert figures == {
        "loss_curves.svg",
        "held_out_rows.svg",
        "reconstructions.svg",
        "filters.svg",
        "code_map.svg",
        "error_map.svg",
        "pca_sizes.svg",
        "pixels.svg",
        "errors.svg",
        "strangest.svg",
        "units.svg",
        "samples.svg",
        "walks.svg",
    }


def test_each_stage_counts_its_own_epochs(cli):
    words = [word for word in QUICK if word != "-q"]
    outcome = cli("train", "digits", *STACK, *words, "--out", "run")
    lines = [line.partition(",")[0] for line in outcome.err.splitlines() if "Epoch" in line]
    assert lines == [
        *("Layer 1: Epoch [1/2]", "Layer 1: Epoch [2/2]"),
        *("Layer 2: Epoch [1/2]", "Layer 2: Epoch [2/2]"),
        *("Fine-tuning: Epoch [1/2]", "Fine-tuning: Epoch [2/2]"),
    ]


def test_any_layers_features_can_be_written(run, cli, tmp_path):
    run(*STACK)
    for layer, width in ((("--layer", "1"), 16), (("--layer", "2"), 4), ((), 4)):
        assert cli("encode", "run", "-o", "codes.npy", *layer).code == 0
        assert np.load(tmp_path / "codes.npy").shape == (1797, width)
    outcome = cli("encode", "run", "-o", "codes.npy", "--layer", "3")
    assert (outcome.code, outcome.err) == (
        2,
        "isthmus: --layer must be an integer from 1 to 2 (the number of layers). Got 3.\n",
    )
    assert "64-16-4, mirrored decoder" in cli("info", "run").out


def test_a_plain_autoencoder_has_no_layers_to_choose(cli):
    words = ("--latent-dim", "2", "--hidden-dims", "8")
    assert cli("train", *words, *QUICK, "--out", "run").code == 0
    outcome = cli("encode", "run", "-o", "codes.npy", "--layer", "1")
    assert outcome.code == 2 and "Got autoencoder" in outcome.err


def test_a_classifier_of_a_table_with_missing_cells_is_measured_too(cli, tmp_path, rng):
    cells = [f"{x:.2f}" if rng.random() > 0.1 else "" for x in rng.normal(size=120)]
    lines = [",".join([*cells[k : k + 3], "uv"[k % 2]]) for k in range(0, 120, 3)]
    (tmp_path / "rows.csv").write_text("\n".join(["a,b,c,kind", *lines]) + "\n")
    words = ("--label", "kind", "--estimator", "stacked-classifier", "--layer-dims", "4,2")
    outcome = cli("train", "rows.csv", *words, "--pretraining-epochs", "1", *QUICK, "--out", "run")
    assert outcome.code == 0, outcome.err
    assert "Logistic regression" in outcome.out


def test_a_classifier_is_measured_beside_logistic_regression(run, tmp_path, cli):
    outcome, report = run(*CLASSIFIER)
    assert outcome.out.splitlines()[0].split() == [
        "train",
        "error",
        "held-out",
        "error",
        "accuracy",
    ]
    names = ("StackedAutoencoderClassifier", "Logistic regression")
    model, linear = (report["results"][name] for name in names)
    for row, figures in zip(report["table"]["rows"], (model, linear), strict=True):
        assert row[1] == pytest.approx(100 * figures["train"]["error_rate"])
        assert row[2] == pytest.approx(100 * figures["held_out"]["error_rate"])
        assert row[3] == pytest.approx(1 - figures["held_out"]["error_rate"])
    wins = model["held_out"]["error_rate"] < linear["held_out"]["error_rate"]
    assert report["verdict"].startswith(
        "The stacked classifier" if wins else "Logistic regression beats"
    )
    figures = {path.name for path in (tmp_path / "run/figures").iterdir()}
    assert figures == {"loss_curves.svg", "confusion.svg", "filters.svg", "code_map.svg"}
    assert "64-16-8-10\n" in cli("info", "run").out
    assert cli("encode", "run", "-o", "codes.npy").code == 0
    assert np.load(tmp_path / "codes.npy").shape == (1797, 8)


def test_few_labels_are_as_many_of_each_class_as_asked(run):
    _, report = run(*CLASSIFIER, "--labels-per-class", "5")
    assert "50 of 899 training rows have labels" in report["table"]["caption"]


@pytest.mark.parametrize("command", ["reconstruct", "score"])
def test_what_a_classifier_cannot_do_is_told_in_one_sentence(run, cli, command):
    run(*CLASSIFIER)
    outcome = cli(command, "run", "-o", "out.csv")
    assert outcome.code == 2 and "Got stacked-classifier" in outcome.err
    assert len(outcome.err.splitlines()) == 1


def test_a_classifier_without_labels_is_refused(cli, tmp_path, rng):
    np.save(tmp_path / "rows.npy", rng.normal(size=(50, 4)))
    outcome = cli("train", "rows.npy", *CLASSIFIER, *QUICK, "--out", "run")
    assert outcome.code == 3 and outcome.err.startswith("isthmus: A classifier requires labels.")
    assert not (tmp_path / "run").exists()


def test_too_few_labels_to_hold_any_are_refused(cli):
    outcome = cli("train", *CLASSIFIER, *QUICK, "--labels-per-class", "1", "--out", "run")
    assert outcome.code == 2 and "an integer of at least 2. Got 1." in outcome.err


def test_a_parameter_of_another_estimator_is_told(cli):
    outcome = cli("train", *STACK, "--hidden-dims", "8", *QUICK, "--out", "run")
    assert outcome.code == 2
    assert "StackedAutoencoder has no parameter --hidden-dims." in outcome.err


def test_what_pretraining_bought_is_told_and_kept(run):
    outcome, report = run(*STACK, "--ablate")
    assert report["ablation"]["sentence"] in outcome.out
    assert report["ablation"]["seeds"] == [0, 1, 2]
    assert report["model"]["pretraining"] == report["ablation"]["sentence"]


def test_a_plain_autoencoder_has_no_pretraining_to_leave_out(cli, tmp_path):
    outcome = cli("train", "--ablate", *QUICK, "--out", "run")
    assert outcome.code == 2 and not (tmp_path / "run").exists()


def test_rows_without_a_label_are_neither_a_class_nor_a_mistake(cli, tmp_path, rng):
    y = np.where(rng.random(200) < 0.5, "no", "yes")
    X = rng.normal(size=(200, 4)) + 6 * (y == "yes")[:, None]
    y[::3] = ""
    lines = [
        "a,b,c,d,y",
        *(f"{','.join(map(str, row))},{label}" for row, label in zip(X, y, strict=True)),
    ]
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    words = ("--estimator", "stacked-classifier", "--layer-dims", "8", "--pretraining-epochs", "2")
    outcome = cli("train", "t.csv", "--label", "y", *words, "-q", "--out", "run")
    assert outcome.code == 0, outcome.err
    report = json.loads((tmp_path / "run/report.json").read_text())
    assert report["results"]["Logistic regression"]["held_out"]["error_rate"] == 0
    assert json.loads((tmp_path / "run/model/model.json").read_text())["classes"] == ["no", "yes"]
    few = (*words, "--labels-per-class", "3")
    assert cli("train", "t.csv", "--label", "y", *few, "-q", "--out", "run2").code == 0
    assert "; 6 of " in (tmp_path / "run2/report.json").read_text()
