"""How much faster two processes with one thread each train than one process with one thread.

`torchrun --nproc-per-node 2 -m isthmus train` trains the first tutorial's network on MNIST, with
the same batches as one process. Both take turns; an epoch's time is the median over the epochs
after the first. Losses must agree, since both compute the same means over the same batches; the
largest relative difference is measured too.

Processes share the processors with everything else on the machine: measure it on a quiet one.

    python benchmarks/ranks.py [--rounds 3] [--epochs 5] [--ranks 2] [--batch-size 256 1024 4096]
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

VARIABLES = ("OMP_WAIT_POLICY", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def trained(n_ranks: int, epochs: int, batch_size: int) -> list[dict[str, Any]]:
    """Return the records of the epochs of a training."""
    given = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    given |= {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    command = [sys.executable]
    if n_ranks > 1:
        command += ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(n_ranks)]
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "run"
        command += ["-m", "isthmus", "train", "mnist", "--recipe", "tutorial", "--quiet"]
        command += ["--data-dir", str(shared("mnist")), "--epochs", str(epochs), "--out", str(out)]
        command += ["--batch-size", str(batch_size)]
        subprocess.run(command, env=given, stdout=subprocess.DEVNULL, check=True)
        lines = (out / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def largest_difference(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> float:
    """Return the largest relative difference of training losses."""
    return max(
        abs(a["train_loss"] / b["train_loss"] - 1) for a, b in zip(ours, theirs, strict=True)
    )


def compared(n_ranks: int, rounds: int, epochs: int, batch_size: int) -> dict[str, Any]:
    """Return seconds and losses of one and of several ranks, with batches of one size."""
    seconds: dict[int, list[float]] = {1: [], n_ranks: []}
    differences = []
    for _ in range(rounds):
        records = {n: trained(n, epochs, batch_size) for n in seconds}
        for n, of_epochs in records.items():
            seconds[n].append(statistics.median(r["seconds"] for r in of_epochs[1:]))
        differences.append(largest_difference(records[n_ranks], records[1]))
        print(batch_size, {n: round(taken[-1], 3) for n, taken in seconds.items()})
    return {
        "epoch_seconds": {str(n): taken for n, taken in seconds.items()},
        "times_as_fast": statistics.median(
            one / several for one, several in zip(seconds[1], seconds[n_ranks], strict=True)
        ),
        "largest_difference_of_losses": max(differences),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--batch-size", type=int, nargs="+", default=[256, 1024, 4096])
    arguments = parser.parse_args()
    figures: dict[str, Any] = {"rounds": arguments.rounds, "epochs": arguments.epochs}
    figures |= {"ranks": arguments.ranks}
    figures["batch_size"] = {
        str(size): compared(arguments.ranks, arguments.rounds, arguments.epochs, size)
        for size in arguments.batch_size
    }
    print(json.dumps(figures, indent=1))
    write(__file__, figures)


if __name__ == "__main__":
    main()
