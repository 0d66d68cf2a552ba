"""`isthmus train --force` replaces a run, and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.usefixtures("blank_figures")


def snapshot(folder: Path) -> dict[str, bytes | None]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def test_a_folder_with_another_config_file_is_left_alone(train):
    Path("p/.git").mkdir(parents=True)
    Path("p/config.yaml").write_text("port: 80")
    Path("p/thesis.txt").write_text("mine")
    before = snapshot(Path("p"))
    outcome = train("digits", "--out", "p", "--force")
    assert outcome.code == 2
    assert "The config.yaml" in outcome.sentence
    assert snapshot(Path("p")) == before


def test_the_working_folder_is_left_alone(train):
    Path("config.yaml").write_text("port: 80")
    Path("thesis.txt").write_text("mine")
    outcome = train("digits", "--out", ".", "--force")
    assert outcome.code == 2
    assert "--force must not replace the working directory" in outcome.sentence
    assert Path("thesis.txt").read_text() == "mine"


def test_a_whole_run_is_replaced_and_a_file_of_the_users_in_it_stops_that(train):
    assert train("digits", "--out", "run").code == 0
    assert train("digits", "--out", "run", "--force", "--lang", "zh").code == 0
    (Path("run") / "notes.txt").write_text("mine")
    before = snapshot(Path("run"))
    outcome = train("digits", "--out", "run", "--force")
    assert outcome.code == 2
    assert "run also contains `notes.txt`: move it away, or choose another name" in outcome.sentence
    assert snapshot(Path("run")) == before


def test_a_source_in_the_run_is_left_alone(train):
    assert train("digits", "--out", "run").code == 0
    np.save("run/rows.npy", np.random.default_rng(0).random((40, 4)))
    before = snapshot(Path("run"))
    outcome = train("run/rows.npy", "--out", "run", "--force")
    assert outcome.code == 2
    assert "The source" in outcome.sentence
    assert "is in run: choose another name, or move the source" in outcome.sentence
    assert snapshot(Path("run")) == before


@pytest.mark.parametrize("command", ["evaluate", "report"])
def test_what_other_commands_leave_in_a_run_is_the_runs_own(train, cli, command):
    assert train("digits", "--out", "run", "--log", "tensorboard").code == 0
    assert cli(command, "run").code == 0
    assert train("digits", "--out", "run", "--force").code == 0
