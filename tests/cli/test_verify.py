"""`isthmus verify` reads every file of a run, and the held-out rows belong to the model."""

from __future__ import annotations

import errno
import json
import os
import shutil
from pathlib import Path

import pytest

from isthmus.artifacts import signed
from isthmus.cli._app import _first_denied

pytestmark = pytest.mark.usefixtures("blank_figures")


@pytest.fixture
def run(table_run, tmp_path):
    shutil.copytree(table_run, tmp_path / "run")
    return tmp_path / "run"


def failed(outcome):
    (result,) = json.loads(outcome.out)["runs"]
    return {
        check["file"]: check["message"] for check in result["checks"] if check["status"] == "failed"
    }


def rewrite(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def drop(path):
    path.unlink() if path.is_file() else shutil.rmtree(path)


def flip(path, at=-5):
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


DAMAGE = {
    "model/model.json": (lambda run: rewrite(run / "model/model.json", '"seed": 0', '"seed": 1'),),
    "model/model.safetensors": (lambda run: flip(run / "model/model.safetensors"),),
    "config.yaml": (
        lambda run: rewrite(run / "config.yaml", "random_state: 0", "random_state: 1"),
        lambda run: rewrite(run / "config.yaml", "latent_dim: 2", "latent_dim: 3"),
        lambda run: rewrite(run / "config.yaml", "test_fraction: 0.2", "test_fraction: 0.3"),
        lambda run: rewrite(run / "config.yaml", "label: kind", "label: other"),
        lambda run: drop(run / "config.yaml"),
    ),
    "environment.json": (
        lambda run: rewrite(run / "environment.json", '"seed": 0', '"seed": 1'),
        lambda run: (run / "environment.json").write_text("{"),
    ),
    "metrics.jsonl": (
        lambda run: (run / "metrics.jsonl").write_text(""),
        lambda run: (run / "metrics.jsonl").write_text("{"),
    ),
    "report.json": (
        lambda run: drop(next((run / "figures").iterdir())),
        lambda run: rewrite(run / "report.json", '"model_sha256": "', '"model_sha256": "0'),
        lambda run: (run / "report.json").write_text("[]"),
        lambda run: rewrite(run / "report.json", '"n_rows": 3', '"n_rows": 4'),
    ),
    "report.npz": (
        lambda run: flip(run / "report.npz", 90),
        lambda run: drop(run / "report.npz"),
    ),
    "report.html": (
        lambda run: rewrite(run / "report.html", "</html>", ""),
        lambda run: rewrite(run / "report.html", '<html lang="en"', '<html lang="zh-CN"'),
    ),
    "MODEL_CARD.md": (
        lambda run: (run / "MODEL_CARD.md").write_text("---"),
        lambda run: drop(run / "MODEL_CARD.md"),
    ),
    "evaluation.json": (lambda run: (run / "evaluation.json").write_text("{}"),),
}


def test_a_whole_run_passes_with_a_line_for_each_file(cli, table_run):
    outcome = cli("verify", table_run)
    assert outcome.code == 0
    lines = outcome.out.splitlines()
    assert lines[0] == str(table_run)
    assert lines[1].split()[:2] == ["ok", "model/model.json"]
    assert "Every file is whole and belongs to the model." in lines
    document = cli("verify", table_run, "--json").document
    assert document["passed"] is document["runs"][0]["passed"] is True


@pytest.mark.parametrize("file", DAMAGE)
def test_damage_of_a_file_is_named(cli, run, table_run, file):
    for damage in DAMAGE[file]:
        damage(run)
        outcome = cli("verify", run, "--json")
        assert outcome.code == 4
        assert file in failed(outcome)
        shutil.rmtree(run)
        shutil.copytree(table_run, run)


def test_what_a_training_is_continued_from_is_checked(cli):
    words = ("--epochs", "9999", "--checkpoint-every", "1epochs", "--max-time", "1s")
    assert cli("train", "digits", *words, "--out", "run").code == 0
    run = Path("run")
    assert cli("verify", run, "--json").code == 0
    flip(run / "checkpoint/training-1.safetensors")
    assert failed(cli("verify", run, "--json")).keys() == {"checkpoint"}


def test_failures_are_told_in_the_language_of_the_output(cli, run):
    for file in ("model/model.safetensors", "config.yaml", "metrics.jsonl", "report.html"):
        DAMAGE[file][0](run)
    drop(next((run / "figures").iterdir()))
    drop(run / "MODEL_CARD.md")
    lines = cli("verify", run, "--lang", "zh").out.splitlines()
    told = [line for line in lines if line.lstrip().startswith("失败")]
    assert len(told) == 6
    assert all(any("\u4e00" <= c <= "\u9fff" for c in line.split("  ")[-1]) for line in told)
    assert "SHA-256 在保存时以" in told[0]


def test_a_damaged_model_is_not_blamed_on_the_report(cli, run):
    flip(run / "model/model.safetensors")
    assert failed(cli("verify", run, "--json")).keys() == {"model/model.safetensors"}


def test_a_damaged_report_is_not_blamed_on_its_arrays(cli, run):
    (run / "report.json").write_text("[]")
    assert "report.npz" not in failed(cli("verify", run, "--json"))


def test_a_lost_line_of_the_metrics_is_counted(cli, run):
    lines = (run / "metrics.jsonl").read_text().splitlines()
    (run / "metrics.jsonl").write_text("\n".join(lines[1:]))
    assert "lacks 1 epoch of the model" in failed(cli("verify", run, "--json"))["metrics.jsonl"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
@pytest.mark.parametrize("file", ["metrics.jsonl", "report.html", "MODEL_CARD.md"])
def test_a_named_pipe_in_a_run_is_not_waited_for(cli, run, file):
    drop(run / file)
    os.mkfifo(run / file)
    outcome = cli("verify", run, "--json")
    assert outcome.code == 4
    assert failed(outcome)[file].endswith("cannot be read: it is a named pipe, not a regular file.")


def test_yaml_in_a_model_card_has_the_limits_of_settings(cli, run):
    (run / "MODEL_CARD.md").write_text("---\nreleased: 2020-99-99\n---\n")
    outcome = cli("verify", run, "--json")
    assert outcome.code == 4
    assert "is not complete" in failed(outcome)["MODEL_CARD.md"]


def test_a_missing_model_fails_and_a_model_alone_is_checked(cli, run):
    assert cli("verify", run / "model").code == 0
    drop(run / "model")
    outcome = cli("verify", run, "--json")
    assert outcome.code == 4
    assert "contains no model.json" in failed(outcome)["model"]


def test_a_report_of_another_model_is_noticed(cli, three_runs, tmp_path):
    shutil.copytree(three_runs / "b", tmp_path / "run")
    drop(tmp_path / "run/model")
    shutil.copytree(three_runs / "a/model", tmp_path / "run/model")
    found = failed(cli("verify", tmp_path / "run", "--json"))
    assert {"config.yaml", "environment.json", "metrics.jsonl", "report.json"} <= found.keys()


def test_what_killed_commands_left_is_noted_and_completed(cli, run):
    (run / ".changes").mkdir()
    (run / "report.html").rename(run / ".changes/report.html")
    (run.parent / ".run.old-0123abcd").mkdir()
    outcome = cli("verify", run)
    assert outcome.code == 0, outcome.out
    assert "note" in outcome.out
    assert ".changes" in outcome.out
    assert ".run.old-0123abcd" in outcome.out
    assert (run / "report.html").is_file()


def test_all_runs_of_a_folder_are_checked(cli, three_runs):
    document = cli("verify", three_runs, "--json").document
    assert [result["run"][-1] for result in document["runs"]] == ["a", "b", "c"]


@pytest.mark.parametrize("command", ["evaluate", "doctor"])
@pytest.mark.parametrize("is_earlier", [False, True], ids=["stored split", "earlier version"])
def test_other_held_out_rows_than_in_training_are_refused(cli, run, command, is_earlier):
    if is_earlier:
        path = run / "model/model.json"
        document = json.loads(path.read_text("utf-8"))
        del document["about"]["split"]
        path.write_text(json.dumps(signed(document)), "utf-8")
    rewrite(run / "config.yaml", "random_state: 0", "random_state: 1")
    outcome = cli(command, run)
    assert outcome.code == 3
    assert outcome.sentence == (
        f"The held-out rows of {run} are not those of its training: with random_state 1 and "
        "test_fraction 0.2, its config.yaml holds out rows that the model was trained on. Restore "
        "config.yaml, pass a source, or train again."
    )
    rewrite(run / "config.yaml", "random_state: 1", "random_state: 0")
    assert cli(command, run).code == 0


def test_no_run_is_told(cli):
    assert cli("verify").sentence == "`verify` requires at least one run. Got none."


def denied(monkeypatch, folder):
    """Let the system deny everything in a folder, as it would for another user than root."""
    stat = os.stat

    def guarded(path, *options, **named):
        if isinstance(path, str | os.PathLike) and Path(path).parent == folder:
            raise PermissionError(errno.EACCES, "Permission denied", os.fspath(path))
        return stat(path, *options, **named)

    monkeypatch.setattr(os, "stat", guarded)


def test_a_folder_without_permission_hides_no_other_run(cli, run, monkeypatch):
    (run.parent / "closed").mkdir()
    denied(monkeypatch, run.parent / "closed")
    (listed,) = json.loads(cli("runs", run.parent, "--json").out)
    assert listed["run"] == str(run)
    assert cli("verify", run.parent).code == 0


def test_a_model_without_permission_fails_the_check(cli, run, monkeypatch):
    denied(monkeypatch, run / "model")
    outcome = cli("verify", run, "--json")
    assert outcome.code == 4
    (result,) = json.loads(outcome.out)["runs"]
    assert "model.json cannot be read: Permission denied." in str(result["checks"])


def test_a_run_without_permission_is_one_sentence(cli, run, monkeypatch):
    denied(monkeypatch, run)
    outcome = cli("info", run)
    assert outcome.code == 3
    assert outcome.sentence.endswith(
        "must be readable, and writable for an output. The system says: Permission denied. Change "
        "its permissions, or choose another place."
    )


def test_the_outermost_folder_without_permission_is_named(run, monkeypatch):
    closed = run.parent / "closed"
    (closed / "inner").mkdir(parents=True)
    denied(monkeypatch, closed)
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != closed and access(path, mode))
    assert _first_denied(closed / "inner/deep/rows.csv") == closed
    monkeypatch.setattr(os, "access", access)
    assert _first_denied(closed / "inner/deep/rows.csv") == closed / "inner/deep/rows.csv"
