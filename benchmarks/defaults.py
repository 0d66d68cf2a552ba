"""The defaults compared with alternatives, on pictures and tables.

Each row is one change to the defaults. Its figure is the held-out squared error relative to that
of PCA with the same code size, on the same rows in the same scaling, mean over seeds: below 1 is
better than PCA. MNIST runs once per variant, on its own test rows; about ten minutes on two cores.

    python benchmarks/defaults.py
"""

from __future__ import annotations

import statistics
import sys
from typing import Any

import numpy as np
from _machine import shared, write

from isthmus import Autoencoder
from isthmus.evaluation import beside_pca
from isthmus.rows import split_rows
from isthmus.sources import read_source

VARIANTS: dict[str, dict[str, Any]] = {
    "default": {},
    "Adam 1e-3": {"optimizer": "adam"},
    "Adam 3e-3, cosine": {"optimizer": "adam", "learning_rate": 3e-3, "schedule": "cosine"},
    "ReLU between": {"activation": "relu"},
    "ReLU on the code": {"latent_activation": "relu"},
    "linear output": {"output_activation": "identity"},
    "one hidden layer": {"hidden_dims": (256,)},
    "smaller: 128-64": {"hidden_dims": (128, 64)},
    "standardised": {"scaling": "standard"},
    "no early stopping": {"early_stopping": False},
    "weight decay 0.1": {"weight_decay": 0.1},
}
TABLES = ("6_cardio", "30_satellite")
SEEDS = (0, 1, 2)


def main() -> None:
    sets: dict[str, Any] = {"digits": read_source("digits")}
    sets |= {name: read_source(shared("anomaly") / f"{name}.npz") for name in TABLES}
    sets["mnist"] = read_source("mnist", data_dir=shared("mnist"))
    results: dict[str, dict[str, Any]] = {}
    for variant, change in VARIANTS.items():
        results[variant] = {}
        for name, dataset in sets.items():
            seeds = SEEDS[:1] if name == "mnist" else SEEDS
            runs = [measure(dataset, seed, change) for seed in seeds]
            results[variant][name] = {
                key: round(statistics.mean(run[key] for run in runs), 4) for key in runs[0]
            }
            print(variant, name, results[variant][name], file=sys.stderr, flush=True)
    write(__file__, {"seeds": SEEDS, "mnist_seeds": SEEDS[:1], "results": results})


def measure(dataset: Any, seed: int, change: dict[str, Any]) -> dict[str, float]:
    X, held_out = dataset.X, dataset.X_test
    if held_out is None:
        stay, leave = split_rows(len(X), 0.2, seed=seed, purpose="test")
        X, held_out = X[stay], X[leave]
    model = Autoencoder(**change, random_state=seed).fit(np.asarray(X))
    _, ours, pca = beside_pca(model, X, held_out).judged
    return {
        "share_of_pca": ours.squared_error / pca.squared_error,
        "squared_error": ours.squared_error,
        "pca_squared_error": pca.squared_error,
        "latent_dim": model.latent_dim_,
        "seconds": sum(record["seconds"] for record in model.history_),
    }


if __name__ == "__main__":
    main()
