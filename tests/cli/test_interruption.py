"""Ctrl-C in a training: the first keeps what was learned, the second ends at once."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import pytest

TRAIN = (
    "train", "digits", "--epochs", "100000", "--no-early-stopping", "--device", "cpu",
    "--hidden-dims", "8", "--out", "run",
)  # fmt: skip
REMARK = "Training was interrupted (epoch "
# A shell says 130 in both cases: Python itself ends by SIGINT if that came within `exec`.
ENDED = (130, -signal.SIGINT)


def heed_ctrl_c():
    """Undo that a shell lets its background jobs, such as these tests, ignore SIGINT."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def started(folder):
    """Start a long training as a process, with stderr in a file; return it in the first epochs."""
    with (folder / "stderr").open("w") as stderr, (folder / "stdout").open("w") as stdout:
        process = subprocess.Popen(
            [sys.executable, "-m", "isthmus", *TRAIN],
            cwd=folder,
            stdout=stdout,
            stderr=stderr,
            preexec_fn=heed_ctrl_c,
        )
    wait_for("Epoch", folder, process)
    return process


def wait_for(text, folder, process):
    while text not in (folder / "stderr").read_text():
        assert process.poll() is None, (folder / "stderr").read_text()
        time.sleep(0.02)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT cannot be sent to a process there")
def test_the_first_one_ends_the_training_and_makes_a_whole_run(tmp_path):
    process = started(tmp_path)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=120) == 0, (tmp_path / "stderr").read_text()
    assert "Stopping: what was learned so far is kept." in (tmp_path / "stderr").read_text()
    assert f"Note: {REMARK}" in (tmp_path / "stdout").read_text()
    report = json.loads((tmp_path / "run/report.json").read_text())
    assert report["model"]["epochs"] < 100_000
    assert any(note.startswith(REMARK) for note in report["source"]["notes"])
    assert REMARK in (tmp_path / "run/report.html").read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT cannot be sent to a process there")
def test_the_second_one_ends_at_once(tmp_path):
    process = started(tmp_path)
    process.send_signal(signal.SIGINT)
    wait_for("Stopping", tmp_path, process)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) in ENDED
    said = (tmp_path / "stderr").read_text()
    assert "isthmus: interrupted" in said or "isthmus: Measuring was stopped by Ctrl-C" in said
    assert not (tmp_path / "run/report.json").exists()
