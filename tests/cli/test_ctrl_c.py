"""Ctrl-C ends every command with one line and exit code 130."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from isthmus.cli import _app

PROGRAM = """
import os, signal, sys, threading, time
signal.signal(signal.SIGINT, signal.default_int_handler)

def press():
    while {module!r} not in sys.modules:
        time.sleep(0.002)
    os.kill(os.getpid(), signal.SIGINT)

threading.Thread(target=press, daemon=True).start()
from isthmus.cli import main
main({words})
"""
ENDED = (130, -signal.SIGINT)
LINE = "isthmus: interrupted; existing files have not changed."


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT cannot be sent to a process there")
@pytest.mark.parametrize(
    ("words", "module"),
    [
        (["impute", "rows.csv"], "isthmus.sources.tables"),
        (["impute", "rows.csv"], "isthmus.imputation"),
        (["doctor", "rows.csv"], "torch.nn"),
        (["sweep", "rows.csv", "--latent-dim", "1,2"], "sklearn.utils"),
    ],
)
def test_a_command_that_reads_or_imports_ends(tmp_path, words, module):
    (tmp_path / "rows.csv").write_text("a,b\n" + "1,2\n3,\n5,4\n2,9\n" * 5000)
    program = PROGRAM.format(words=words, module=module)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, timeout=60
    )
    assert done.returncode in ENDED, done.stderr
    assert done.stderr.splitlines()[-1] == LINE
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]


@pytest.fixture
def _python_handles_it():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_python_handles_it")
def test_an_error_that_ctrl_c_became_is_still_ctrl_c(monkeypatch, capsys):
    def run(words):
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise SystemError("an extension raised an unreported exception") from None

    monkeypatch.setattr(_app, "_run", run)
    with pytest.raises(SystemExit) as end:
        _app.main(["runs"])
    assert end.value.code == 130
    assert capsys.readouterr().err.strip() == LINE


@pytest.mark.usefixtures("_python_handles_it")
def test_an_error_before_ctrl_c_keeps_its_code(monkeypatch, capsys):
    def run(words):
        raise SystemError("broken")

    monkeypatch.setattr(_app, "_run", run)
    with pytest.raises(SystemExit) as end:
        _app.main(["runs"])
    assert end.value.code == 1
    assert "the run failed: SystemError: broken" in capsys.readouterr().err
