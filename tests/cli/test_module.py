"""`python -m isthmus` is the command line, as `torchrun -m isthmus` requires."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


def run(*words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", "isthmus", *words]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)


def test_help_names_the_commands_and_loads_no_torch() -> None:
    code = (
        "import runpy, sys\n"
        "sys.argv = ['isthmus', '--help']\n"
        "try:\n    runpy.run_module('isthmus', run_name='__main__')\n"
        "finally:\n    assert 'torch' not in sys.modules"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Usage: isthmus COMMAND" in done.stdout and "train" in done.stdout


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        (("--version",), 0, ""),
        (("completion", "tcsh"), 2, "The shell must be one of bash, zsh, fish. Got 'tcsh'."),
        (("trian",), 2, "Unknown command 'trian'"),
        (("info", "nowhere"), 3, "No run or model found at nowhere"),
    ],
)
def test_exit_codes_are_those_of_the_command(words: tuple[str, ...], code: int, part: str) -> None:
    done = run(*words)
    assert done.returncode == code
    assert part in done.stderr


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("--version", "--verbose"), "torch "),
        (("completion", "bash"), "complete -F"),
        (("completion", "zsh"), "#compdef isthmus"),
        (("completion", "fish"), "complete -c isthmus"),
    ],
)
def test_facts_and_completion_scripts_are_on_stdout(words: tuple[str, ...], part: str) -> None:
    done = run(*words)
    assert (done.returncode, done.stderr) == (0, "")
    assert part in done.stdout
