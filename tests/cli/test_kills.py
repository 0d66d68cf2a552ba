"""Commands that SIGKILL ends at any moment leave the old files or the new ones, and no rests.

``benchmarks/kills.py`` makes the trials and counts them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks/kills.py"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
@pytest.mark.parametrize(
    ("n_kills", "only"),
    [
        (1, ["train --force", "encode"]),
        pytest.param(200, [], marks=[pytest.mark.slow, pytest.mark.timeout(7200)]),
    ],
)
def test_killed_commands_leave_old_files_or_new_ones(tmp_path, n_kills, only):
    chosen = ["--only", *only] if only else []
    done = subprocess.run(
        [sys.executable, SCRIPT, "--kills", str(n_kills), "--out", "-", *chosen],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "LC_ALL": "C"},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    table = json.loads(done.stdout)
    assert not {name: row["troubles"] for name, row in table.items() if row["failed"]}
    assert all(row["tried"] == n_kills for row in table.values())
