"""Behaviour that requires a separate process: a terminal, Ctrl-C, a closed pipe."""

from __future__ import annotations

import os
import re
import subprocess
import sys
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


def test_a_terminal_gets_one_line_that_stays(tmp_path, screen):
    code, out, shown = on_a_terminal(tmp_path, "train", "--epochs", "12")
    assert code == 0, shown
    assert out.splitlines()[-1].startswith("Run: ")
    assert "━" in shown
    assert re.search(r"Epoch \d+/12", shown)
    assert "Loading PyTorch..." in shown and "Drawing figures..." in shown
    assert re.search(r"train [\d.]+ +validation [\d.]+", shown)
    assert re.search(r"rows/s  \d+:\d\d left", shown)
    (line,) = screen(shown)
    assert re.match(r"Epoch \d+/12 ", line)
    assert "Epoch [" not in shown


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
    assert done.returncode == 141


@pytest.mark.parametrize(
    ("words", "closed", "code"),
    [
        ("train digits.csv --epochs 1 --out run", ">&- 2>&-", 1),  # the table is not printed
        ("train missing.csv", "2>&-", 3),
        ("train -", "<&- 2>&-", 3),
    ],
)
def test_closed_streams_have_no_traceback(tmp_path, words, closed, code):
    rows = "".join(f"{k},{k * k},{k % 7}\n" for k in range(60))
    (tmp_path / "digits.csv").write_text(f"a,b,c\n{rows}")
    done = subprocess.run(
        ["sh", "-c", f'"$@" {closed}', "sh", *START, *words.split()],
        cwd=tmp_path,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "")
