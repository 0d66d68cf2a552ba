"""Codes of 1,000,000 rows of 784 bytes, from .npy to .npy, compared with the matrix products.

The command is `isthmus encode RUN rows.npy -o codes.npy` with the default network for pictures
(784-256-128-32), each time in its own process; ``encode`` is the time within the command without
start-up, ``command`` the total. The bound is the time of the same network's matrix products
alone, on as many rows in blocks of the encoder's size, measured in turn with it.

    python benchmarks/encode.py
"""

# bench: short

from __future__ import annotations

import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from _machine import write

from isthmus import Autoencoder
from isthmus.rows import block_size

N_ROWS, N_FEATURES = 1_000_000, 784
DIMS = (N_FEATURES, 256, 128, 32)
ROUNDS = 5

# What `isthmus` itself runs, with a clock around the command and the process's peak of memory.
COMMAND = """
import json, re, sys, time
import isthmus.cli._encode_command, isthmus.runs
from isthmus.cli import main
isthmus.runs.open_run, isthmus.runs.write_rows  # start-up: they load torch and all the rest
started = time.perf_counter()
try:
    main(["encode", *sys.argv[1:]])
except SystemExit as left:
    assert left.code == 0, left.code
seconds = time.perf_counter() - started
status = open("/proc/self/status").read()  # getrusage would tell the parent's peak at the fork
peak = int(re.search(r"VmHWM:\\s+(\\d+)", status)[1]) / 1024
print(json.dumps({"encode": seconds, "peak_memory_mb": peak}))
"""


def make_rows(path: Path, n_rows: int) -> None:
    rng = np.random.default_rng(0)
    rows = np.lib.format.open_memmap(path, "w+", np.uint8, (n_rows, N_FEATURES))
    for start in range(0, n_rows, 50_000):
        size = (min(50_000, n_rows - start), N_FEATURES)
        rows[start : start + 50_000] = rng.integers(0, 256, size, dtype=np.uint8)


def products() -> float:
    """Return seconds for the matrix products of all rows."""
    n = block_size(N_FEATURES)
    inputs = [torch.rand(n, width) for width in DIMS[:-1]]
    weights = [torch.rand(after, width) for width, after in itertools.pairwise(DIMS)]
    outputs = [torch.empty(n, width) for width in DIMS[1:]]
    blocks = -(-N_ROWS // n)
    started = time.perf_counter()
    for _ in range(blocks):
        for x, weight, out in zip(inputs, weights, outputs, strict=True):
            torch.mm(x, weight.t(), out=out)
    return time.perf_counter() - started


def encode(run: Path, rows: Path, out: Path) -> dict[str, float]:
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, str(run), str(rows), "-o", str(out)],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    return {**json.loads(done.stdout), "command": time.perf_counter() - started}


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        run, rows, tenth, out = (
            folder / name for name in ("run", "rows.npy", "tenth.npy", "codes.npy")
        )
        make_rows(rows, N_ROWS)
        make_rows(tenth, N_ROWS // 10)
        os.sync()  # otherwise the system writes them to disk during the first rounds
        Autoencoder(
            DIMS[-1], hidden_dims=DIMS[1:-1], epochs=1, early_stopping=False, random_state=0
        ).fit(np.load(tenth)[:2000]).save(run)
        peak_of_tenth = encode(run, tenth, out)["peak_memory_mb"]
        rounds = []
        for _ in range(ROUNDS):
            rounds.append({"products": products(), **encode(run, rows, out)})
            print(rounds[-1], flush=True)
        assert np.load(out, mmap_mode="r").shape == (N_ROWS, DIMS[-1])
    medians = {name: statistics.median(r[name] for r in rounds) for name in rounds[0]}
    figures = {
        "rows": [N_ROWS, N_FEATURES],
        "network": DIMS,
        "rounds": rounds,
        "medians": medians,
        "share_of_the_bound": statistics.median(r["products"] / r["encode"] for r in rounds),
        "peak_memory_mb_of_a_tenth_of_the_rows": peak_of_tenth,
        "of_it": "resident pages of the memory-mapped rows included",
    }
    write(__file__, figures)


if __name__ == "__main__":
    main()
