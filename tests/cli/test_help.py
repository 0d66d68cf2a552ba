"""Help is fast."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

COMMANDS = importlib.import_module("isthmus.cli._app").COMMANDS


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_loads_neither_torch_nor_matplotlib(command):
    words = [word for word in (command, "--help") if word]
    program = (
        "import sys\n"
        "from isthmus.cli import main\n"
        "try:\n"
        f"    main({words})\n"
        "finally:\n"
        "    assert not {'torch', 'matplotlib', 'sklearn'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Usage: isthmus {command}".rstrip() in done.stdout
