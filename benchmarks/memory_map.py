"""Peak memory of ``isthmus train`` on 3,900,000 rows of 784 bytes, 3.06 GB in a .npy file.

The rows are random mixtures of 32 patterns. A separate process writes them, and the default
command trains on them for one epoch. Memory is read from /proc every quarter of a second:
everything that is resident except pages of the rows' own file, which the system reclaims when
needed.

    python benchmarks/memory_map.py                     needs Linux, 3.1 GB of disk, some minutes
    python benchmarks/memory_map.py --rows 400000
"""

from __future__ import annotations

import argparse
import multiprocessing
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _machine import write
from stack_memory import N_FEATURES, write_rows

N_ROWS = 3_900_000


def resident(pid: int, file: Path) -> tuple[int, int]:
    """Return the resident kibibytes of a process: its own, and pages of the file."""
    own = of_file = 0
    in_file = False
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            in_file = line.endswith(str(file))
        elif line.startswith("Rss:"):
            size = int(line.split()[1])
            own, of_file = (own, of_file + size) if in_file else (own + size, of_file)
    return own, of_file


def watched(command: list[str], file: Path) -> dict[str, float]:
    """Run a command, and return its seconds and its highest resident memory, in GB of 10^9."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    own = of_file = 0
    while process.poll() is None:
        try:
            now = resident(process.pid, file)
        except (FileNotFoundError, ProcessLookupError):
            break
        own, of_file = max(own, now[0]), max(of_file, now[1])
        time.sleep(0.25)
    if process.wait():
        raise SystemExit(f"{' '.join(command)} failed.")
    return {
        "seconds": round(time.perf_counter() - started, 1),
        "peak_memory_gb": round(own * 1024 / 1e9, 3),
        "peak_pages_of_the_file_gb": round(of_file * 1024 / 1e9, 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=N_ROWS)
    n_rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch).resolve() / "rows.npy"
        writer = multiprocessing.get_context("spawn").Process(
            target=write_rows, args=(str(path), n_rows)
        )
        writer.start()
        writer.join()
        run = Path(scratch) / "run"
        command = [sys.executable, "-m", "isthmus", "train", str(path), "--epochs", "1"]
        figures = watched([*command, "--out", str(run), "--quiet"], path)
    shown = "isthmus train rows.npy --epochs 1"
    figures = {"command": shown, "rows": [n_rows, N_FEATURES], **figures}
    if n_rows == N_ROWS:
        write(__file__, figures)
    else:
        print(figures)


if __name__ == "__main__":
    main()
