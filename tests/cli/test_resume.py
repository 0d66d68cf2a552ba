"""`isthmus train --resume`, and the signals and limits after which it continues."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from isthmus.runs import MetricsFile

FIGURES = "isthmus.runs._run_training.draw_figures"
SHORT = ("--epochs", "3", "--hidden-dims", "6", "--latent-dim", "2", "--device", "cpu", "-q")


@pytest.fixture(autouse=True)
def _rows(cli, monkeypatch):
    np.save("rows.npy", np.random.default_rng(0).random((120, 5), dtype=np.float32))
    monkeypatch.setattr(FIGURES, lambda *args: [])


@pytest.fixture
def sends(monkeypatch):
    """Send a signal to this process after the first epoch of the next training."""

    def send(number):
        write = MetricsFile.on_epoch_end

        def written(self, record):
            write(self, record)
            monkeypatch.setattr(MetricsFile, "on_epoch_end", write)
            signal.raise_signal(number)

        monkeypatch.setattr(MetricsFile, "on_epoch_end", written)

    return send


def model(run):
    return Path(run, "model/model.safetensors").read_bytes()


def test_sigterm_stops_a_training_which_then_continues(cli, sends):
    before = signal.getsignal(signal.SIGTERM)
    sends(signal.SIGTERM)
    done = cli("train", "rows.npy", *SHORT, "--out", "run")
    assert done.code == 143
    assert done.err.splitlines()[-1] == (
        "isthmus: The training was stopped by SIGTERM, and its state is kept. Continue it with "
        "`isthmus train --resume run`."
    )
    assert signal.getsignal(signal.SIGTERM) is before

    assert cli("info", "run").out.splitlines() == [
        "estimator     autoencoder",
        "source        " + str(Path("rows.npy").resolve()),
        "epochs        1 of at most 3",
        "status        not finished",
        "",
        "If the training does not run, continue it with `isthmus train --resume run`.",
    ]
    assert cli("info", "run", "--json").document["unfinished"]["epochs"] == 1
    assert "run  incomplete" in cli("runs", "run").out
    metrics = Path("run/metrics.jsonl")
    lines = metrics.read_bytes()
    metrics.write_bytes(b"\xff")
    assert (
        "metrics.jsonl cannot be read: it is not UTF-8 (byte 0xff at position 0)"
        in cli("info", "run").sentence
    )
    metrics.write_bytes(lines)
    again = cli("train", "rows.npy", *SHORT, "--out", "run")
    assert again.code == 2
    assert "Continue it with `isthmus train --resume run`, choose another" in again.sentence

    resumed = cli("train", "--resume", "run")
    assert resumed.code == 0 and "ended early" not in resumed.out
    assert "Continuing run with epoch 2/3." in resumed.err
    cli("train", "rows.npy", *SHORT, "--out", "whole")
    assert model("run") == model("whole")


@pytest.fixture
def hears_ctrl_c():
    """Let SIGINT have its effect also where the tests are a background job, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("hears_ctrl_c")
def test_ctrl_c_while_measuring_says_how_to_continue(cli, monkeypatch):
    monkeypatch.setattr(FIGURES, lambda *args: signal.raise_signal(signal.SIGINT))
    done = cli("train", "rows.npy", *SHORT, "--out", "run")
    assert done.code == 130
    assert done.err.splitlines()[-1] == (
        "isthmus: Measuring was stopped by Ctrl-C; the trained model is kept. Continue with "
        "`isthmus train --resume run`."
    )
    monkeypatch.setattr(FIGURES, lambda *args: [])
    assert cli("train", "--resume", "run").code == 0


def test_sigterm_while_measuring_says_how_to_continue(cli, monkeypatch, capfd):
    before, killed = signal.getsignal(signal.SIGTERM), []
    monkeypatch.setattr("isthmus.cli._interruption.os.kill", lambda *words: killed.append(words))
    monkeypatch.setattr(FIGURES, lambda *args: [signal.raise_signal(signal.SIGTERM)][1:])
    cli("train", "rows.npy", *SHORT, "--out", "run")
    assert killed == [(os.getpid(), signal.SIGTERM)]
    assert "Measuring was stopped by SIGTERM; the trained model is kept." in capfd.readouterr().err
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_link_in_the_place_of_a_runs_file_is_not_written_through(cli, sends, tmp_path):
    sends(signal.SIGTERM)
    cli("train", "rows.npy", *SHORT, "--out", "run")
    precious = tmp_path / "precious"
    precious.write_text("mine")
    Path("run/metrics.jsonl").unlink()
    Path("run/metrics.jsonl").symlink_to(precious)
    done = cli("train", "--resume", "run", "-q")
    assert (done.code, precious.read_text()) == (2, "mine")
    assert "run/metrics.jsonl is a link: move it away." in done.err


def test_ctrl_c_makes_a_complete_run_which_then_continues(cli, sends):
    sends(signal.SIGINT)
    done = cli("train", "rows.npy", *SHORT, "--out", "run")
    assert done.code == 0
    last = "The training was ended early. Continue it with `isthmus train --resume run`."
    assert done.out.splitlines()[-1] == last
    assert cli("info", "run").out.splitlines()[-1] == last
    assert json.loads(Path("run/report.json").read_text())["model"]["epochs"] == 1
    assert cli("train", "--resume", "run", "-q", "--json").document["model"]["epochs"] == 3


def test_ctrl_c_stops_a_detector_without_a_model(cli, sends):
    detector = ("--estimator", "outlier-detector", "--n-members", "2", *SHORT)
    sends(signal.SIGINT)
    done = cli("train", "rows.npy", *detector, "--out", "run")
    assert done.code == 130
    assert "was stopped by SIGINT, and its state is kept." in done.err.splitlines()[-1]
    assert cli("train", "--resume", "run", "-q").code == 0
    cli("train", "rows.npy", *detector, "--out", "whole")
    assert model("run") == model("whole")


def test_a_time_limit_ends_a_training_which_then_continues(cli):
    done = cli("train", "rows.npy", *SHORT, "--out", "run", "--max-time", "0.001s")
    assert done.code == 0
    assert "Note: The time limit ended the training in epoch 1 of 3" in done.out
    resumed = cli("train", "--resume", "run", "-q")
    assert resumed.code == 0 and "Note" not in resumed.out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("--resume", "run", "--epochs", "3"),
            "--resume continues a run with its own settings. Got also settings of the training: "
            "use --resume alone, or train a new run without it.",
        ),
        (
            ("rows.npy", "--resume", "run", "--out", "other"),
            "--resume continues a run with its own settings. Got also a source, --out: use "
            "--resume alone, or train a new run without it.",
        ),
        (
            ("--resume", "run"),
            "Run run not found. List the runs and their states with `isthmus runs`.",
        ),
        (
            ("rows.npy", "--max-time", "10"),
            "--max-time must be a time such as 90s, 10m or 1h30m. Got '10'.",
        ),
        (
            ("rows.npy", "--checkpoint-every", "5 rows"),
            "--checkpoint-every must be a time such as 10m, a number of epochs such as 5epochs, "
            "or never. Got '5 rows'.",
        ),
        (
            ("rows.npy", "--max-time", "1h30m", "--estimator", "outlier-detector"),
            "--max-time does not apply to outlier-detector, whose networks must all be trained to "
            "the end. Leave it out, or lower --epochs or --n-members.",
        ),
    ],
)
def test_refusals(cli, words, sentence):
    assert cli("train", *words).sentence == sentence
