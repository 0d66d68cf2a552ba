"""Behaviour that requires a separate process: a terminal, Ctrl-C, a closed pipe."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pty = pytest.importorskip("pty", reason="no pseudo-terminals here")

START = [sys.executable, "-c", "from isthmus.cli import main; main()"]
SOURCE = Path(__file__).resolve().parents[2] / "src"


def environment(**more: str) -> dict[str, str]:
    path = os.pathsep.join([str(SOURCE), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    return {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "COLUMNS": "80", **more}


def on_a_terminal(folder, *words):
    """Run with stderr on a pseudo-terminal; return exit code, stdout and the terminal's output."""
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [*START, *words],
        cwd=folder,
        env=environment(TERM="xterm-256color"),
        stdout=subprocess.PIPE,
        stderr=follower,
        text=True,
    ) as process:
        os.close(follower)
        shown = b""
        while True:
            try:
                block = os.read(leader, 1 << 16)
            except OSError:  # Linux's way to tell that the other end is closed
                break
            if not block:
                break
            shown += block
        os.close(leader)
        out = process.stdout.read()
    return process.returncode, out, shown.decode()


def test_a_terminal_gets_a_bar_that_leaves_no_trace(tmp_path, screen):
    code, out, shown = on_a_terminal(tmp_path, "train", "--epochs", "12")
    assert code == 0, shown
    assert out.splitlines()[-1].startswith("Run: ")
    assert "━" in shown
    assert re.search(r"epoch \d+/12", shown)
    assert re.search(r"train [\d.]+ +validation [\d.]+", shown)
    assert re.search(r"\d:\d\d:\d\d", shown), "time left"
    assert screen(shown) == []
    assert "Epoch [" not in shown


def test_ctrl_c_keeps_the_losses_and_says_so_in_one_line(tmp_path):
    words = ["train", "--epochs", "100000", "--no-early-stopping", "--batch-size", "512", "-q"]
    with subprocess.Popen(
        [*START, *words],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        metrics = tmp_path / "runs/digits-1/metrics.jsonl"
        until = time.monotonic() + 60
        while not (metrics.exists() and metrics.stat().st_size) and time.monotonic() < until:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (1, "")
    assert err == "isthmus: interrupted; existing files have not changed.\n"
    left = {entry.name for entry in metrics.parent.iterdir()}
    assert left == {"config.yaml", "environment.json", "metrics.jsonl"}
    assert all("train_loss" in json.loads(line) for line in metrics.read_text().splitlines())


@pytest.mark.parametrize("words", [("info",), ("--help",)])
def test_a_reader_that_goes_away_is_no_error(digits_run, tmp_path, words):
    command = [words[0], digits_run, *words[1:]] if words[0] == "info" else words
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [*START, *map(str, command)],
            cwd=tmp_path,
            env=environment(),
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        os.close(writing)
    assert done.stderr == ""
    assert done.returncode == 1
