"""Peak memory of a stack of three layers on 1,000,000 rows of 784 bytes in a memory-mapped file.

The rows are random pictures with some structure (random mixtures of 32 patterns), which a separate
process first writes to a temporary .npy file. One pass for each layer and one for the whole:
memory does not depend on the number of passes.

    python benchmarks/stack_memory.py
"""

from __future__ import annotations

import multiprocessing
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
from _machine import write

from isthmus import StackedAutoencoder

N_ROWS, N_FEATURES = 1_000_000, 784


def write_rows(path: str, n_rows: int = N_ROWS) -> None:
    rng = np.random.default_rng(0)
    patterns = rng.random((32, N_FEATURES)) ** 4
    rows = np.lib.format.open_memmap(path, "w+", np.uint8, (n_rows, N_FEATURES))
    for start in range(0, n_rows, 10_000):
        weights = rng.dirichlet(np.full(32, 0.2), size=10_000)
        rows[start : start + 10_000] = np.clip(255 * 2 * weights @ patterns, 0, 255)
    rows.flush()


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        path = str(Path(scratch) / "rows.npy")
        writer = multiprocessing.get_context("spawn").Process(target=write_rows, args=(path,))
        writer.start()
        writer.join()
        rows = np.load(path, mmap_mode="r")
        started = time.perf_counter()
        stack = StackedAutoencoder(
            (256, 128, 64), pretraining_epochs=1, epochs=1, early_stopping=False, random_state=0
        ).fit(rows)
        seconds = time.perf_counter() - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        figures = {
            "rows": [N_ROWS, N_FEATURES],
            "layer_dims": [256, 128, 64],
            "passes": len(stack.history_),
            "fit_seconds": round(seconds, 1),
            "train_loss": [round(r["train_loss"], 5) for r in stack.history_],
            "peak_memory_gib": round(peak, 2),
            "of_it": "resident pages of the memory-mapped rows and codes included",
        }
    write(__file__, figures)


if __name__ == "__main__":
    main()
