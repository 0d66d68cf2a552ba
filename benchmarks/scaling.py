"""What a training costs: processor seconds against rows, columns and width.

One process with one thread trains an `Autoencoder` with two hidden layers, the second half as wide
as the first, on random numbers, in batches of 512 with Adam. Processor time rather than elapsed
time is measured, which other programs on the machine hardly change; the least of several epochs
counts. Rows do not matter to the cost of one, so numbers without structure serve.

    OMP_NUM_THREADS=1 python benchmarks/scaling.py
"""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np
import torch
from _machine import write

from isthmus.accelerators import train
from isthmus.nn import MLPAutoencoder
from isthmus.objectives import Reconstruction
from isthmus.preprocessing import Scaling
from isthmus.rows import as_rows
from isthmus.training import Callback, Settings

BATCH, EPOCHS = 512, 4
# Rows, columns, width of the first hidden layer.
SHAPES = {
    "rows": [(5_120, 100, 256), (10_240, 100, 256), (20_480, 100, 256), (40_960, 100, 256)],
    "columns": [(5_120, columns, 256) for columns in (50, 100, 200, 400, 800, 1600)],
    "width": [(5_120, 100, width) for width in (64, 128, 256, 512, 1024)],
}


class Clock(Callback):
    """Processor seconds of each epoch."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def on_train_begin(self, plan: Any) -> None:
        """Start the clock."""
        self.before = time.process_time()

    def on_epoch_end(self, record: dict[str, Any]) -> None:
        """Note the seconds since the epoch before."""
        now = time.process_time()
        self.seconds.append(now - self.before)
        self.before = now


def measured(n_rows: int, n_columns: int, width: int) -> dict[str, Any]:
    X = np.random.default_rng(0).random((n_rows, n_columns), dtype=np.float32)
    rows = as_rows(X, Scaling("none", np.zeros(1), np.ones(1)), keep=True)
    network = MLPAutoencoder(
        n_columns, 32, (width, width // 2), generator=torch.Generator().manual_seed(0)
    )
    n_weights = sum(p.numel() for p in network.parameters())
    settings = Settings(
        epochs=EPOCHS,
        batch_size=BATCH,
        optimizer="adam",
        learning_rate=1e-3,
        schedule="constant",
        warmup=0.0,
        weight_decay=0.0,
        patience=None,
    )
    clock = Clock()
    train(Reconstruction(network), rows, settings, seed=0, callbacks=[clock])
    seconds = min(clock.seconds)
    return {
        "n_rows": n_rows,
        "n_columns": n_columns,
        "width": width,
        "n_weights": n_weights,
        "epoch_processor_seconds": seconds,
        "microseconds_per_row": 1e6 * seconds / n_rows,
        "gigaflops": 6e-9 * n_weights * n_rows / seconds,
    }


def main() -> None:
    torch.set_num_threads(1)
    figures: dict[str, Any] = {"batch_size": BATCH, "epochs": EPOCHS}
    for name, shapes in SHAPES.items():
        figures[name] = [measured(*shape) for shape in shapes]
        for own in figures[name]:
            print(name, json.dumps(own))
    write(__file__, figures)


if __name__ == "__main__":
    main()
