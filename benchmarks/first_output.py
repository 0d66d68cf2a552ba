"""Seconds until a command prints something, on a terminal, for every command.

    python benchmarks/first_output.py --before ../other-checkout/src

Each command runs in a pseudo-terminal. The clock and the processor seconds of the process are read
when its first byte arrives; it is then ended. With --before, commands of another checkout are timed
too, alternating, so that a busy machine disturbs both alike. Linux only.
"""

from __future__ import annotations

import argparse
import os
import pty
import select
import signal
import sys
import tempfile
import time
from pathlib import Path

from _machine import HERE, write

TRAIN = ["--epochs", "1", "--hidden-dims", "8", "--latent-dim", "2", "--device", "cpu"]
CASES = {
    "isthmus --help": ["--help"],
    "isthmus train --help": ["train", "--help"],
    "isthmus sweep --help": ["sweep", "--help"],
    "isthmus train rows.csv": ["train", "rows.csv", *TRAIN],
    "isthmus sweep rows.csv": ["sweep", "rows.csv", *TRAIN, "--latent-dim", "1,2"],
    "isthmus doctor rows.csv": ["doctor", "rows.csv"],
    "isthmus impute rows.csv": ["impute", "rows.csv", "-o", "filled.csv"],
    "isthmus encode RUN": ["encode", "run", "-o", "codes.csv"],
    "isthmus reconstruct RUN": ["reconstruct", "run", "-o", "again.csv"],
    "isthmus score RUN": ["score", "run", "-o", "scores.csv"],
    "isthmus evaluate RUN": ["evaluate", "run"],
    "isthmus compare RUN RUN": ["compare", "run", "run2"],
    "isthmus report RUN": ["report", "run"],
    "isthmus info RUN": ["info", "run"],
    "a missing file": ["train", "none.csv"],
    "an unknown option": ["train", "rows.csv", "--latent-dmi", "2"],
    "an invalid value": ["train", "rows.csv", "--latent-dim", "0"],
    "an unreadable header": ["train", "bad.parquet"],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", type=Path, help="src/ of another checkout")
    parser.add_argument("--repeats", type=int, default=3)
    chosen = parser.parse_args()
    sources = {"after": HERE.parent / "src"}
    if chosen.before:
        sources = {"before": chosen.before.resolve(), **sources}
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder))
        figures = {name: {when: [] for when in sources} for name in CASES}
        for _ in range(chosen.repeats):
            for name, words in CASES.items():
                for when, source in sources.items():
                    figures[name][when].append(first_output(words, source, folder))
    best = {
        name: {
            when: {"wall_seconds": min(w for w, _ in own), "cpu_seconds": min(c for _, c in own)}
            for when, own in figure.items()
        }
        for name, figure in figures.items()
    }
    for name, figure in best.items():
        print(name, figure)
    write(__file__, {"repeats": chosen.repeats, "best_of_repeats": best})


def prepare(folder: Path) -> None:
    """Write a table, two runs of it, and a file that is no Parquet file."""
    rows = [f"{k % 7},{k % 5},{'' if k % 11 == 0 else k % 3},{k % 2}" for k in range(200)]
    (folder / "rows.csv").write_text("\n".join(["a,b,c,d", *rows]) + "\n")
    (folder / "bad.parquet").write_bytes(b"PAR1 no more")
    for run in ("run", "run2"):
        words = ["train", "rows.csv", "-q", "--out", run, *TRAIN]
        status = os.spawnve(
            os.P_WAIT,
            sys.executable,
            [sys.executable, "-c", f"import os; os.chdir({str(folder)!r})\n" + _CALL, *words],
            os.environ | {"PYTHONPATH": str(HERE.parent / "src")},
        )
        if status:
            raise SystemExit(f"The run could not be made: exit code {status}.")


_CALL = "from isthmus.cli import main; main()"


def first_output(words: list[str], source: Path, folder: str) -> tuple[float, float]:
    """Return wall and processor seconds of a command until its first byte."""
    began = time.perf_counter()
    child, screen = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.environ |= {"PYTHONPATH": str(source), "TERM": "xterm", "LC_ALL": "C"}
        os.execv(sys.executable, [sys.executable, "-m", "isthmus", *words])
    select.select([screen], [], [])
    seconds, processor = time.perf_counter() - began, processor_seconds(child)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(screen)
    return round(seconds, 3), round(processor, 3)


def processor_seconds(process: int) -> float:
    """Return user and system seconds of a process; see proc_pid_stat(5)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
