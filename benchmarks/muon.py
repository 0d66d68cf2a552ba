"""Time and loss of Muon by block size, compared with Adam, on two networks for MNIST.

Every variant has the same weights, batches and number of steps, its own default learning rate
and schedule, and both threads. ``whole`` orthogonalises each matrix as one. Errors are of the
10,000 test rows, summed over pixels in [0, 1].

    python benchmarks/muon.py [--epochs 3]
"""

from __future__ import annotations

import argparse
import statistics
from typing import Any

import torch
from _machine import shared, write

from isthmus.accelerators import new_optimizer, new_workspace, optimizers, train
from isthmus.nn import MLPAutoencoder
from isthmus.objectives import Reconstruction
from isthmus.preprocessing import fit_scaling
from isthmus.rows import DenseRows
from isthmus.sources import read_source
from isthmus.training import Settings, defaults_of

NETWORKS: dict[str, tuple[int, ...]] = {
    "784-256-128-32": (256, 128, 32),
    "784-1000-500-250-30": (1000, 500, 250, 30),
}
BATCH_SIZE = 512
VARIANTS: dict[str, int | None] = {"whole": 10**6, "128": 128, "64": 64, "32": 32, "as it is": None}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--epochs", type=int, default=3)
    epochs = parser.parse_args().epochs
    data = read_source("mnist", data_dir=str(shared("mnist")))
    assert data.X_test is not None
    scaling = fit_scaling(data.X, "unit")
    memory = new_workspace()
    rows, held_out = (
        DenseRows(X, scaling, memory=memory, keep=True) for X in (data.X, data.X_test)
    )
    figures: dict[str, Any] = {"epochs": epochs, "batch_size": BATCH_SIZE, "seed": 0}
    for network, dims in NETWORKS.items():
        for variant in ("adam", *VARIANTS):
            found = trained(dims, variant, rows, held_out, epochs)
            figures.setdefault(network, {})[variant] = found
            print(network, variant, found, flush=True)
    write(__file__, figures)


def trained(
    dims: tuple[int, ...], variant: str, rows: DenseRows, held_out: DenseRows, epochs: int
) -> dict[str, Any]:
    network = MLPAutoencoder(
        rows.n_features,
        dims[-1],
        dims[:-1],
        activation="silu",
        output_activation="sigmoid",
        generator=torch.Generator().manual_seed(0),
    )
    objective = Reconstruction(network)
    name = "adam" if variant == "adam" else "muon"
    settings = Settings(epochs, BATCH_SIZE, name, weight_decay=0.0, **defaults_of(name))
    optimizer = new_optimizer(objective, settings)
    if variant in VARIANTS:
        optimizer = optimizers()["muon"](objective.parameters(), block=VARIANTS[variant])
    records = train(objective, rows, settings, seed=0, validation=held_out, optimizer=optimizer)
    return {
        "seconds_per_epoch": round(statistics.median(r["seconds"] for r in records), 2),
        "squared_error": [round(r["validation_loss"] * rows.n_features, 2) for r in records],
    }


if __name__ == "__main__":
    main()
