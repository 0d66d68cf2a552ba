"""How long an epoch takes beside other work: two trainings at once, and one beside a busy loop.

`isthmus train` trains the first tutorial's recipe on MNIST, alone, twice at the same time, and
beside a process that keeps one core busy. OpenMP's threads wait for each other at some forty
barriers in each step, and all wait for a thread that another process has displaced. Three settings
are compared: the command line's own, which leaves out threads that would share a processor; one
thread per processor, as before; and the same with OMP_WAIT_POLICY=PASSIVE, in which threads that
wait sleep at once. Settings and situations take turns in each round; an epoch's time is the median
over the epochs after the first.

    python benchmarks/contention.py [--rounds 3] [--epochs 5]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from _machine import shared, write

THREADS = str(len(os.sched_getaffinity(0)))
SETTINGS = {
    "command line": {},
    "a thread per processor": {"OMP_NUM_THREADS": THREADS},
    "a thread per processor, passive": {"OMP_NUM_THREADS": THREADS, "OMP_WAIT_POLICY": "PASSIVE"},
}
SITUATIONS = ("alone", "two trainings", "beside a busy loop")
VARIABLES = ("OMP_WAIT_POLICY", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def started(out: Path, epochs: int, setting: dict[str, str]) -> subprocess.Popen[bytes]:
    given = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    command = [sys.executable, "-m", "isthmus", "train", "mnist", "--recipe", "tutorial", "--quiet"]
    command += ["--data-dir", str(shared("mnist")), "--epochs", str(epochs), "--out", str(out)]
    return subprocess.Popen(command, env=given | setting, stdout=subprocess.DEVNULL)


def epoch_seconds(out: Path) -> float:
    lines = (out / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return statistics.median(json.loads(line)["seconds"] for line in lines[1:])


def measured(situation: str, epochs: int, setting: dict[str, str]) -> float:
    """Return the median seconds of an epoch; of two trainings, the mean of their medians."""
    with tempfile.TemporaryDirectory() as scratch:
        n_runs = 2 if situation == "two trainings" else 1
        outs = [Path(scratch) / f"run{k}" for k in range(n_runs)]
        busy = None
        if situation == "beside a busy loop":
            busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
        try:
            runs = [started(out, epochs, setting) for out in outs]
            if any(run.wait() for run in runs):
                raise SystemExit("isthmus train failed.")
        finally:
            if busy is not None:
                busy.kill()
                busy.wait()
        return statistics.fmean(map(epoch_seconds, outs))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=5)
    arguments = parser.parse_args()
    seconds: dict[str, dict[str, list[float]]] = {
        name: {situation: [] for situation in SITUATIONS} for name in SETTINGS
    }
    for _ in range(arguments.rounds):
        for situation in SITUATIONS:
            for name, setting in SETTINGS.items():
                seconds[name][situation].append(measured(situation, arguments.epochs, setting))
        print({n: {s: round(t[-1], 3) for s, t in by.items()} for n, by in seconds.items()})
    figures: dict[str, Any] = {"rounds": arguments.rounds, "epochs": arguments.epochs}
    for name, by_situation in seconds.items():
        alone = by_situation["alone"]
        figures[name] = {
            situation: {
                "epoch_seconds": taken,
                "median": statistics.median(taken),
                "times_alone": statistics.median(
                    its / own for its, own in zip(taken, alone, strict=True)
                ),
                "times_a_thread_per_processor_alone": statistics.median(
                    its / own
                    for its, own in zip(
                        taken, seconds["a thread per processor"]["alone"], strict=True
                    )
                ),
            }
            for situation, taken in by_situation.items()
        }
    print(json.dumps(figures, indent=1))
    write(__file__, figures)


if __name__ == "__main__":
    main()
