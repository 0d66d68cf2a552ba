"""A run that is interrupted is continued in its folder, and ends as if it had not been."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from isthmus.artifacts import signed
from isthmus.errors import (
    ArtifactError,
    DataError,
    LostProcessError,
    OutputExistsError,
    TrainingError,
)
from isthmus.runs import (
    check_run_folder,
    is_unfinished,
    list_runs,
    read_unfinished,
    run_training,
)
from isthmus.training import Callback, TimeLimit

PARAMETERS = {"latent_dim": 2, "hidden_dims": (6,), "epochs": 4, "random_state": 0, "device": "cpu"}
CONFIG = {
    "source": {"source": "rows.npy"},
    "estimator": "autoencoder",
    "parameters": PARAMETERS,
    "test_fraction": 0.2,
}


def prepare(folder, patch):
    patch.chdir(folder)
    np.save("rows.npy", np.random.default_rng(0).random((120, 5), dtype=np.float32))
    # Figures take most of the time of a short run, and are drawn after all that is tested here.
    patch.setattr("isthmus.runs._run_training.draw_figures", lambda *args: [])


@pytest.fixture(autouse=True)
def _rows(tmp_path, monkeypatch):
    prepare(tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Results and files of a run without an interruption."""
    with pytest.MonkeyPatch.context() as patch:
        prepare(tmp_path_factory.mktemp("whole"), patch)
        run_training(CONFIG, out="run")
        return results("run"), files("run")


class Raise(Callback):
    """Raises after an epoch, as at the end of the process."""

    def __init__(self, epoch, error=KeyboardInterrupt):
        self.epoch, self.error = epoch, error

    def on_epoch_end(self, record):
        if record["epoch"] == self.epoch:
            raise self.error


def interrupted(epoch=2, error=KeyboardInterrupt, out="run", **options):
    with pytest.raises(error):
        run_training(
            CONFIG,
            out=out,
            checkpoint_epochs=1,
            checkpoint_seconds=None,
            callbacks=[Raise(epoch, error)],
            **options,
        )


def continued(run="run", **options):
    unfinished = read_unfinished(run)
    given = {**unfinished.options, **options}
    return run_training(unfinished.config, out=run, resumes=unfinished, **given)


def results(run):
    lines = Path(run, "metrics.jsonl").read_text().splitlines()
    records = [json.loads(line) for line in lines]
    for record in records:
        del record["seconds"]
    return records, Path(run, "model/model.safetensors").read_bytes()


def files(run):
    return sorted(path.name for path in Path(run).iterdir())


def test_a_continued_run_is_that_of_one_without_an_interruption(whole):
    interrupted()
    assert files("run/checkpoint") == ["start.json", "training-1.safetensors"]
    assert not Path("run/model").exists()
    continued()
    assert (results("run"), files("run")) == whole  # no checkpoint is left


def test_a_run_killed_before_its_first_checkpoint_starts_again(whole):
    interrupted()
    for path in (Path("run/checkpoint/training-1.safetensors"), Path("run/metrics.jsonl")):
        path.unlink()
    continued()
    assert results("run") == whole[0]


def test_a_run_that_a_limit_ended_is_complete_and_can_be_continued(whole):
    _, document = run_training(CONFIG, out="run", callbacks=[TimeLimit(1e-9)])
    assert document["source"]["notes"] == [
        "The time limit ended the training in epoch 1 of 4; the model is the best until then."
    ]
    assert is_unfinished(Path("run"))
    (found,) = list_runs("run")
    assert found.status == "complete"
    assert found.problem == (
        "The training was ended early. Continue it with `isthmus train --resume run`."
    )
    # Its report is kept until the new one is complete; ended again, it can be continued again.
    continued(callbacks=[TimeLimit(1e-9)])
    assert is_unfinished(Path("run"))
    continued()
    assert results("run") == whole[0]
    assert files("run") == whole[1] and files(".") == ["rows.npy", "run"]


def test_an_unfinished_run_is_listed_and_not_replaced():
    interrupted()
    (found,) = list_runs("run")
    assert found.status == "incomplete"
    assert found.problem == (
        "The training is not finished. If it does not run, continue it with "
        "`isthmus train --resume run`."
    )
    with pytest.raises(OutputExistsError, match="Continue it with `isthmus train --resume run`"):
        check_run_folder("run", force=False)
    run_training(CONFIG, out="run", force=True)
    assert not is_unfinished(Path("run"))


def test_a_run_to_be_replaced_stays_and_the_new_one_can_be_continued(whole):
    run_training({**CONFIG, "parameters": {**PARAMETERS, "epochs": 1}}, out="run")
    old = results("run")
    interrupted(force=True)
    assert results("run") == old
    assert is_unfinished(Path("run"))
    continued()
    assert results("run") == whole[0]


def test_a_training_that_diverged_is_not_to_be_continued():
    interrupted(error=TrainingError)
    assert files("run") == ["config.yaml", "environment.json", "metrics.jsonl"]
    with pytest.raises(ArtifactError, match="run has no training to continue: it has no check"):
        read_unfinished("run")


def test_a_training_that_lost_a_process_can_be_continued(whole):
    interrupted(error=LostProcessError)
    continued()
    assert (results("run"), files("run")) == whole


def test_other_rows_are_refused():
    interrupted()
    np.save("rows.npy", np.load("rows.npy") + 1)
    with pytest.raises(DataError, match=r"Those of .*rows.npy have changed since run was begun"):
        continued()


def test_another_version_is_refused_and_other_threads_are_noted():
    interrupted()
    path = Path("run/checkpoint/start.json")
    start = json.loads(path.read_text())
    start["facts"] |= {"isthmus": "0.0.9", "threads": 64}
    path.write_text(json.dumps(signed(start)))
    with pytest.raises(ArtifactError, match=r"run was begun with 0\.0\.9, and this is"):
        continued()
    (note,) = read_unfinished("run").notes({**start["facts"], "threads": 1})
    assert note.startswith("The training continues with threads 1. It began with 64, so its")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is not valid JSON in line 1"),
        ("[]", "a value in it has another type or form than it must have"),
        (json.dumps(signed({})), "it has no `config`"),
        (json.dumps(signed({"config": {}, "options": {}, "facts": {}})), "it has no `source`"),
    ],
)
def test_a_damaged_start_is_named(text, reason):
    interrupted()
    Path("run/checkpoint/start.json").write_text(text)
    message = rf"start\.json cannot be read \({reason}\)\. Train the run again"
    with pytest.raises(ArtifactError, match=message):
        read_unfinished("run")


def test_a_start_with_another_value_is_noticed():
    interrupted()
    path = Path("run/checkpoint/start.json")
    path.write_text(path.read_text().replace('"epochs": 4', '"epochs": 5'))
    with pytest.raises(ArtifactError, match=r"start\.json is damaged: its SHA-256 must begin"):
        continued()


def test_a_run_that_is_not_there_or_complete_is_refused():
    with pytest.raises(ArtifactError, match=r"Run nowhere not found\. List"):
        read_unfinished("nowhere")
    Path("run").mkdir()
    Path("run/report.json").write_text("{}")
    with pytest.raises(ArtifactError, match="run has no training to continue: it is complete"):
        read_unfinished("run")
