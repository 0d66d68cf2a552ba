"""`isthmus info` describes a run, in text and JSON."""

from __future__ import annotations

import json
import shutil

import pytest

import isthmus
from isthmus.artifacts import signed

pytestmark = pytest.mark.usefixtures("blank_figures")


def test_info_tells_what_the_run_is_and_how_well_it_does(cli, digits_run):
    outcome = cli("info", digits_run)
    assert (outcome.code, outcome.err) == (0, "")
    facts = dict(line.split(maxsplit=1) for line in outcome.out.split("\n\n")[0].splitlines())
    assert facts["estimator"] == "Autoencoder"
    assert facts["source"] == "digits"
    assert facts["layers"] == "64-8-2, mirrored decoder"
    assert facts["weights"] == f"{sum((64 * 8 + 8, 8 * 2 + 2, 2 * 8 + 8, 8 * 64 + 64)):,}"
    assert facts["seed"] == "0"
    assert "PCA (2)" in outcome.out
    assert "PCA beats the autoencoder" in outcome.out


def test_info_report_and_card_tell_of_a_linear_path(cli, tmp_path):
    outcome = cli(
        *("train", "digits", "--latent-dim", "2", "--hidden-dims", "8", "--epochs", "1"),
        *("--linear-path", "true", "--seed", "0", "--out", "run"),
    )
    assert outcome.code == 0
    assert "64-8-2 beside a linear path, mirrored decoder" in cli("info", "run").out
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    assert report["model"]["linear_path"] is True
    assert "linear path" in (tmp_path / "run" / "MODEL_CARD.md").read_text()


def test_a_stack_has_no_linear_path(cli):
    outcome = cli("train", "digits", "--estimator", "stacked", "--linear-path", "true")
    assert outcome.code == 2
    assert "StackedAutoencoder has no parameter --linear-path." in outcome.err


def test_info_as_json_is_one_document(cli, digits_run):
    document = cli("info", digits_run, "--json").document
    assert document["model"]["estimator"] == "Autoencoder"
    assert document["report"] == json.loads((digits_run / "report.json").read_text())


def test_a_saved_model_outside_a_run_has_facts_but_no_table(cli, digits_run, tmp_path):
    isthmus.load(digits_run).save(tmp_path / "model")
    outcome = cli("info", "model")
    assert outcome.code == 0
    assert "unknown" in outcome.out
    assert "PCA" not in outcome.out
    assert cli("info", "model", "--json").document["report"] is None


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("model/model.json", "{}"),
        ("model/model.json", '{"format": "isthmus", "schema_version": 1}'),
        ("model/model.json", '{"format": "isthmus", "schema_version": 2}'),
        ("model/model.json", "[1]"),
        ("model/model.json", "\x00"),
        ("report.json", "{"),
        ("report.json", "{}"),
    ],
)
def test_a_damaged_run_is_exit_3(cli, digits_run, tmp_path, file, text):
    shutil.copytree(digits_run, tmp_path / "run")
    (tmp_path / "run" / file).write_text(text)
    outcome = cli("info", "run")
    assert outcome.sentence
    assert outcome.code == 3


def test_no_run_is_exit_3(cli, tmp_path):
    assert cli("info", "none").sentence == "No run or model found at none. Check the path."
    assert "contains no model.json" in cli("info", ".").sentence
    assert cli("info", "none").code == cli("info", ".").code == 3


def test_a_hostile_model_cannot_act_on_the_terminal(cli, digits_run, tmp_path):
    shutil.copytree(digits_run, tmp_path / "run")
    path = tmp_path / "run/model/model.json"
    document = json.loads(path.read_text())
    document["estimator"] = "\x1b]0;owned\x07[red]x[/red]"
    path.write_text(json.dumps(signed(document)))
    text = cli("info", "run").out
    assert "\x1b" not in text and "\x07" not in text
    assert "\\x1b]0;owned\\x07[red]x[/red]" in text
    assert "\x1b" not in cli("info", "run", "--json").out
