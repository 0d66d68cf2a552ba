"""Metadata of every benchmark's results, and the location of the public data sets."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

from isthmus.runs import environment

HERE = Path(__file__).parent


def write(script: str, figures: dict[str, Any]) -> None:
    """Write ``NAME.json`` next to ``NAME.py``, with the commit, the machine and the versions."""
    target = HERE / f"{Path(script).stem}.json"
    machine = environment() | {"processor_name": _processor(), "cores": os.cpu_count()}
    made_by = {"script": f"benchmarks/{Path(script).name}", "commit": commit()}
    document = {**figures, "made_by": made_by, "machine": machine}
    target.write_text(json.dumps(document, indent=1) + "\n")
    print(f"written: {target}")


def shared(name: str) -> Path:
    """Return a folder of $ISTHMUS_DATA, or of ../shared/data next to the checkout."""
    roots = [os.environ.get("ISTHMUS_DATA"), HERE.parent.parent / "shared" / "data"]
    for root in roots:
        if root and (Path(root) / name).is_dir():
            return Path(root) / name
    raise SystemExit(f"No folder {name!r} in $ISTHMUS_DATA or ../shared/data.")


def commit() -> str:
    """Return the commit of the checkout; "-dirty" follows if src/ has uncommitted changes."""

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(HERE.parent), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        changed = git("status", "--porcelain", "--", "src")
        return git("rev-parse", "--short=12", "HEAD") + ("-dirty" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()
